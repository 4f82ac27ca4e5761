/**
 * The failure detector: heartbeats between processes, sent between steps, over the same transport as everything else.
 *
 * Detection uses nothing but heartbeats, in both worlds; a thread's exit is a witness, never detection (DESIGN §5). A
 * peer that has not been heard for `timeout` is suspected. A life that has *never* been heard gets ten times as long: a
 * process that has just been asked for needs time to start. Who was heard before a new membership has started already:
 * what is known of a life is kept for as long as it is a peer.
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
import type { Membership } from './membership.ts'

export const HEARTBEAT_CHANNEL = 0xffff

const START_FACTOR = 10
const HEARTBEAT = new Uint8Array(0)

/** For so long a life that was asked for may never be heard: by then whoever watches a silent one has long missed it. */
export function startPatience({ timeout }: Pick<DetectorConfig, 'timeout'>): Nanos {
  return START_FACTOR * timeout
}

export interface DetectorOutcome {
  /** When `step` wants to be called again. */
  readonly next: Nanos
  /** Peers suspected by this step, ascending; each is named once in a membership. */
  readonly suspected: readonly ProcessId[]
}

/** What speaks against a peer. */
export interface Silence {
  /** Since it was heard last, or since it is a peer. */
  readonly gapNs: Nanos
  /** For so long of it this process was away, and could not have heard it. */
  readonly awayNs: Nanos
}

/** A life of another process, and what is known of it. */
interface Peer {
  readonly process: ProcessId
  readonly incarnation: number
  heardAt: Nanos
  /** `heardAt`, moved forward by the time that this process was away since. */
  silentSince: Nanos
  heardOnce: boolean
  suspected: boolean
}

const NOBODY: readonly ProcessId[] = []

export class FailureDetector {
  #world: World
  #heartbeat: Nanos
  #timeout: Nanos
  #peers: Peer[] = []
  /** By process: its place in `#peers`. Every message asks. */
  #places: (number | undefined)[] = []
  #beatAt: Nanos = Number.POSITIVE_INFINITY
  #gapMax: Nanos = 0
  #awayMax: Nanos = 0

  constructor(world: World, options: DetectorConfig) {
    this.#world = world
    this.#heartbeat = options.heartbeat
    this.#timeout = options.timeout
  }

  /** From now on these processes of a membership are the peers, this one aside. All of them may be suspected again. */
  adopt({ members }: Membership, peers: readonly ProcessId[], now: Nanos): void {
    const before = this.#peers
    const places = this.#places
    this.#peers = []
    this.#places = []
    for (const process of peers) {
      if (process === this.#world.process) continue
      const { incarnation } = members.find((member) => member.process === process)!
      const known = before[places[process] ?? -1]
      this.#places[process] = this.#peers.length
      this.#peers.push(
        known?.incarnation === incarnation
          ? { ...known, suspected: false }
          : {
              process,
              incarnation,
              heardAt: now,
              silentSince: now,
              heardOnce: false,
              suspected: false,
            },
      )
    }
    // New peers hear of this one at once; a beat that is late stays late, so that the absence is told by the next step.
    this.#beatAt = Math.min(this.#beatAt, now)
  }

  /** Something arrived from a peer; any message proves life as well as a heartbeat does. */
  heard(from: ProcessId, now: Nanos): void {
    const peer = this.#peer(from)
    if (peer === undefined) return
    const gap = now - peer.heardAt
    if (peer.heardOnce && gap > this.#gapMax) {
      this.#world.count('heartbeatGapNsMax', gap - this.#gapMax)
      this.#gapMax = gap
    }
    peer.heardAt = now
    peer.silentSince = now
    peer.heardOnce = true
  }

  /** Whether a peer's life was heard; undefined of who is no peer. */
  hasHeard(process: ProcessId): boolean | undefined {
    return this.#peer(process)?.heardOnce
  }

  /** Answers a heartbeat of who watches this process, unless it is a peer, and hears its own ones. */
  answer(from: ProcessId): void {
    if (this.#peer(from) === undefined) this.#beat(from, this.#world.authority.generation())
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
    for (const peer of this.#peers) {
      peer.silentSince = Math.min(now, peer.silentSince + away)
      this.#beat(peer.process, generation)
      const patience = this.#timeout * (peer.heardOnce ? 1 : START_FACTOR)
      if (!peer.suspected && now - peer.silentSince > patience) {
        peer.suspected = true
        suspected ??= []
        suspected.push(peer.process)
      }
    }
    this.#beatAt = now + this.#heartbeat
    return { next: this.#beatAt, suspected: suspected ?? NOBODY }
  }

  /** How long a peer has been silent, to be read with a suspicion. */
  silenceOf(process: ProcessId, now: Nanos): Silence {
    const peer = this.#peer(process)
    if (peer === undefined) return { gapNs: 0, awayNs: 0 }
    return { gapNs: now - peer.heardAt, awayNs: peer.silentSince - peer.heardAt }
  }

  #beat(to: ProcessId, generation: number): void {
    this.#world.transport.send({
      to,
      class: 'control',
      channel: HEARTBEAT_CHANNEL,
      generation,
      payload: HEARTBEAT,
    })
  }

  #peer(process: ProcessId): Peer | undefined {
    const place = this.#places[process]
    return place === undefined ? undefined : this.#peers[place]
  }
}
