/**
 * The simulated network: nodes with one interface each, a latency between them, and links that keep their order.
 *
 * A frame leaves when the sender's interface is free, takes bytes / bandwidth on it, then the latency. Processes of one
 * node reach each other through memory: a short latency and no interface. Faults act on top of it (`faults/link-faults.ts`).
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

  /** When a frame that is handed over now arrives; `delay`: so much later, and with it what comes after it on its link. */
  arrival(
    now: Nanos,
    frame: { from: ProcessId; to: ProcessId; bytes: number; delay: Nanos },
  ): Nanos {
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
    at += frame.delay
    const link = linkNumber(frame.from, frame.to)
    const last = this.#arrivals.get(link)
    if (last !== undefined && last > at) at = last
    this.#arrivals.set(link, at)
    return at
  }
}

/** A number of its own for each link. */
export function linkNumber(from: ProcessId, to: ProcessId): number {
  return from * 65_536 + to
}
