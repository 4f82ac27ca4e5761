/**
 * The failure detector: heartbeats between processes, sent between steps, over the same transport as everything else.
 *
 * Detection uses nothing but heartbeats, in both worlds; a thread's exit is a witness, never detection (DESIGN §5). A
 * peer that has not been heard for `timeout` is suspected. A peer that has not been heard *since the last reset* gets
 * ten times as long: a process that has just been asked for needs time to start.
 *
 * Silence counts only while this process listens. One that comes late to its own heartbeat (a long step, a thread that
 * was not scheduled) has not read what arrived meanwhile, and its peers may have stood still beside it: the delay is not
 * held against them.
 *
 * It publishes its longest gap between two heartbeats of one peer, in the counter `heartbeatGapNsMax`, and the longest time
 * that it was away itself, in `heartbeatAwayNsMax`. A suspicion comes with both (`silenceOf`): one whose gap is mostly
 * absence says more about who suspects than about the suspected.
 */
import type { DetectorConfig } from '../run-config.ts'
import type { Nanos, ProcessId } from '../units.ts'
import type { World } from '../world/world.ts'

export const HEARTBEAT_CHANNEL = 0xffff

const START_FACTOR = 10
const HEARTBEAT = new Uint8Array(0)

export interface DetectorOutcome {
  /** When `step` wants to be called again. */
  readonly next: Nanos
  /** Peers suspected by this step, ascending; each is named once until the next reset. */
  readonly suspected: readonly ProcessId[]
}

/** What speaks against a peer. */
export interface Silence {
  /** Since it was heard last, or since the last reset. */
  readonly gapNs: Nanos
  /** For so long of it this process was away, and could not have heard it. */
  readonly awayNs: Nanos
}

const NOBODY: readonly ProcessId[] = []

export class FailureDetector {
  #world: World
  #heartbeat: Nanos
  #timeout: Nanos
  #peers: ProcessId[] = []
  /** By process: its place in `#peers`. Every message asks. */
  #places: (number | undefined)[] = []
  #heardAt: Nanos[] = []
  /** `heardAt`, moved forward by the time that this process was away since. */
  #silentSince: Nanos[] = []
  #heardOnce: boolean[] = []
  #suspected: boolean[] = []
  #beatAt: Nanos = 0
  #gapMax: Nanos = 0
  #awayMax: Nanos = 0

  constructor(world: World, options: DetectorConfig & { readonly peers: readonly ProcessId[] }) {
    this.#world = world
    this.#heartbeat = options.heartbeat
    this.#timeout = options.timeout
    this.reset(options.peers, world.now())
  }

  /** Starts anew with these peers: after a new membership. */
  reset(peers: readonly ProcessId[], now: Nanos): void {
    this.#peers = peers.filter((peer) => peer !== this.#world.process)
    this.#places = []
    for (let index = 0; index < this.#peers.length; index++) {
      this.#places[this.#peers[index]!] = index
    }
    this.#heardAt = this.#peers.map(() => now)
    this.#silentSince = this.#peers.map(() => now)
    this.#heardOnce = this.#peers.map(() => false)
    this.#suspected = this.#peers.map(() => false)
    this.#beatAt = now
  }

  /** Something arrived from a peer; any message proves life as well as a heartbeat does. */
  heard(from: ProcessId, now: Nanos): void {
    const index = this.#places[from]
    if (index === undefined) return
    const gap = now - this.#heardAt[index]!
    if (this.#heardOnce[index] && gap > this.#gapMax) {
      this.#world.count('heartbeatGapNsMax', gap - this.#gapMax)
      this.#gapMax = gap
    }
    this.#heardAt[index] = now
    this.#silentSince[index] = now
    this.#heardOnce[index] = true
  }

  /** Sends heartbeats when they are due and tells who is suspected. Costs O(peers), at most each `heartbeat`. */
  step(now: Nanos): DetectorOutcome {
    if (now < this.#beatAt) return { next: this.#beatAt, suspected: NOBODY }
    const generation = this.#world.authority.generation()
    const away = now - this.#beatAt
    if (away > this.#awayMax) {
      this.#world.count('heartbeatAwayNsMax', away - this.#awayMax)
      this.#awayMax = away
    }
    let suspected: ProcessId[] | undefined
    for (let index = 0; index < this.#peers.length; index++) {
      const peer = this.#peers[index]!
      this.#silentSince[index] = Math.min(now, this.#silentSince[index]! + away)
      this.#world.transport.send({
        to: peer,
        class: 'control',
        channel: HEARTBEAT_CHANNEL,
        generation,
        payload: HEARTBEAT,
      })
      const patience = this.#timeout * (this.#heardOnce[index] ? 1 : START_FACTOR)
      if (!this.#suspected[index] && now - this.#silentSince[index]! > patience) {
        this.#suspected[index] = true
        suspected ??= []
        suspected.push(peer)
      }
    }
    this.#beatAt = now + this.#heartbeat
    return { next: this.#beatAt, suspected: suspected ?? NOBODY }
  }

  /** How long a peer has been silent, to be read with a suspicion. */
  silenceOf(peer: ProcessId, now: Nanos): Silence {
    const index = this.#places[peer]
    if (index === undefined) return { gapNs: 0, awayNs: 0 }
    const heardAt = this.#heardAt[index]!
    return { gapNs: now - heardAt, awayNs: this.#silentSince[index]! - heardAt }
  }
}
