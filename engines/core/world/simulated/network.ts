/**
 * The simulated network: nodes with one interface each, a latency between them, and links that keep their order.
 *
 * A frame leaves when the sender's interface is free, takes bytes / bandwidth on it, then the latency. Processes of one
 * node reach each other through memory: a short latency and no interface. Faults will act here (DESIGN §8).
 */
import type { Nanos, ProcessId } from '../../units.ts'
import type { Random } from '../random.ts'

export interface NetworkConfig {
  readonly latency: Nanos
  readonly localLatency: Nanos
  /** Of one node's interface. */
  readonly bytesPerSecond: number
  readonly processesPerNode: number
  /** A latency is stretched by up to this share of itself, drawn from the seed: other seeds, other interleavings. */
  readonly jitter: number
}

export const NETWORK: NetworkConfig = {
  latency: 50_000,
  localLatency: 2_000,
  bytesPerSecond: 125_000_000,
  processesPerNode: 1,
  jitter: 0.5,
}

export class Network {
  #config: NetworkConfig
  #random: Random
  /** When each node's interface is free. */
  #freeAt: Nanos[] = []
  /** Last arrival per link, so that frames of one link never overtake each other. */
  #arrivals = new Map<number, Nanos>()

  constructor(config: NetworkConfig, random: Random) {
    this.#config = config
    this.#random = random
  }

  /** When a frame that is handed over now arrives. */
  arrival(now: Nanos, frame: { from: ProcessId; to: ProcessId; bytes: number }): Nanos {
    const { latency, localLatency, bytesPerSecond, processesPerNode, jitter } = this.#config
    const stretch = 1 + jitter * this.#random.unit()
    const node = Math.floor(frame.from / processesPerNode)
    let at: Nanos
    if (node === Math.floor(frame.to / processesPerNode))
      at = now + Math.round(localLatency * stretch)
    else {
      const start = Math.max(now, this.#freeAt[node] ?? 0)
      const sent = start + Math.ceil((frame.bytes * 1e9) / bytesPerSecond)
      this.#freeAt[node] = sent
      at = sent + Math.round(latency * stretch)
    }
    const link = frame.from * 65_536 + frame.to
    const last = this.#arrivals.get(link)
    if (last !== undefined && last > at) at = last
    this.#arrivals.set(link, at)
    return at
  }
}
