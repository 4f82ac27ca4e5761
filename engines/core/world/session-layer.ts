/**
 * The reliable session layer: what both worlds share above their raw links (DESIGN §5).
 *
 * Per peer and class, frames are numbered, acknowledged cumulatively, kept until then, and sent again after a timeout
 * (go back N), few at first, since a link that is slow looks like one that loses; or sooner, when the peer tells of a gap in
 * what it gets. So messages arrive once and in order whatever the link loses or doubles. A session belongs to a pair of
 * incarnations: when the authority names a new one for a peer, what was queued for the old one is dropped and counted.
 * Frames from or to another incarnation, and messages of a generation older than the authority's, are dropped and counted.
 * The world's loop: `refresh()`, `accept(frame)` for each raw frame, `deliverLocal`, then the process's step, then `flush`.
 */
import { ANY_GENERATION } from '../membership/membership.ts'
import type { Nanos, Pointer, ProcessId } from '../units.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import {
  CLASS_CONTROL,
  CLASS_DATA,
  type ClassNumber,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  KIND_ACKNOWLEDGEMENT,
  KIND_GAP,
  KIND_MESSAGE,
  KIND_PASSED,
  LANDED,
  readHeader,
  writeHeader,
} from './frame.ts'
import { landed, landingPayload } from './landing.ts'
import { LocalQueue } from './local-queue.ts'
import {
  classOf,
  fillsGap,
  freshState,
  newSession,
  onGrid,
  resend,
  type Session,
  type SessionContext,
  type SessionPlace,
} from './session.ts'
import { SESSION_LIMITS, type SessionLimits } from './session-limits.ts'
import type { Inbound, Outgoing, Transport } from './world.ts'

export class SessionLayer implements Transport {
  #context: SessionContext
  #limits: SessionLimits
  #sessions: Session[] = []
  /** `sessions` by peer × 2 + class. */
  #byPeer: (Session | undefined)[] = []
  /** Sessions that the next flush must look at; all others only when they come due. A flush costs what happened, not the peers. */
  #touched: Session[] = []
  #deadlines = new DeadlineQueue<Session>()
  /** Data sessions whose outbox is more than half full. */
  #congested = 0
  #local: LocalQueue
  #generation = 0
  #incarnations: number[] = []
  #acknowledgement = new Uint8Array(FRAME_HEADER_BYTES)
  #nothing = new Uint8Array(0)
  #passed = new Uint8Array(FRAME_HEADER_BYTES)
  #passedView = new DataView(this.#passed.buffer)

  constructor(context: SessionContext, limits: SessionLimits = SESSION_LIMITS) {
    this.#context = context
    this.#limits = limits
    this.#local = new LocalQueue(context.region, limits.localBytesMax)
    this.refresh()
  }

  /** Reads the membership if it is new. Costs one load when it is not. */
  refresh(): void {
    const { authority } = this.#context
    if (authority.generation() === this.#generation) return
    const membership = authority.current()
    this.#generation = membership.generation
    this.#incarnations = []
    for (const member of membership.members) {
      this.#incarnations[member.process] = member.state === 'live' ? member.incarnation : 0
    }
    for (const session of this.#sessions) this.#renew(session)
  }

  send(message: Outgoing): void {
    // The sender may have seen a membership that is newer than its round: what it says is to the lives of that one.
    if (message.generation > this.#generation) {
      if (message.generation !== ANY_GENERATION) this.#context.count('overlookedMemberships', 1)
      this.refresh()
    }
    if (message.landing === undefined) this.#send(message)
    else this.#land(message, message.landing)
  }

  #land(message: Outgoing, landing: Pointer): void {
    const { link, count } = this.#context
    const { to, class: itsClass, channel, generation, payload, tail } = message
    if (this.#session(to, classOf(message)).incarnation === 0) {
      count('undeliverableMessages', 1)
      return
    }
    const place = link.place?.bind(link)
    if (place) count('messageBytes', payload.length + (tail?.length ?? 0))
    const bytes = landingPayload(message, landing, place)
    const frame = { to, class: itsClass, channel, generation, payload: bytes }
    this.#send(frame, LANDED)
  }

  #send(message: Outgoing, flag: 0 | typeof LANDED = 0): void {
    const { to, payload, tail, channel, generation } = message
    const { link, count, process, incarnation } = this.#context
    const length = payload.length + (tail?.length ?? 0)
    if (to === process) {
      this.#local.push(message)
      return
    }
    const session = this.#session(to, classOf(message))
    if (session.incarnation === 0) {
      count('undeliverableMessages', 1)
      return
    }
    const header: FrameHeader = {
      length,
      channel,
      class: session.class,
      kind: flag | (link.lossless === true ? KIND_PASSED : KIND_MESSAGE),
      resent: false,
      acknowledgesResent: session.expectedResent,
      generation,
      fromIncarnation: incarnation,
      toIncarnation: session.incarnation,
      sequence: session.outbox.nextSequence,
      acknowledged: session.expected,
      from: process,
      to,
    }
    if (!this.#pass(session, message, header)) {
      session.outbox.append(header, payload, tail)
      this.#touch(session)
      this.#weigh(session)
    }
    count('messages', 1)
    count('messageBytes', length)
  }

  /** Hands a message to a lossless link at once, if nothing is before it: no copy is kept, and nobody waits for the step's end. */
  #pass(session: Session, { payload, tail }: Outgoing, header: FrameHeader): boolean {
    const { link } = this.#context
    const { outbox } = session
    if (link.lossless !== true || !outbox.empty) return false
    writeHeader(this.#passedView, 0, header)
    if (!link.trySend(session.peer, session.class, this.#passed, payload, true, tail)) return false
    outbox.passed()
    if (!session.gap) session.owedBytes = 0
    return true
  }

  congested(): boolean {
    return this.#congested > 0 || this.#local.congested
  }

  /**
   * Takes a raw frame that lies in the run's memory; hands its message on if it is the next one of its session.
   *
   * Returns false for a frame to a later life of this process, which does not know yet that it is over: the frame is
   * left where it is, for who comes after.
   */
  accept(pointer: Pointer, deliver: (inbound: Inbound) => void): boolean {
    const { region, process, incarnation } = this.#context
    const header = readHeader(region.memory, pointer)
    if (header.to === process && header.toIncarnation > incarnation) return false
    this.#accept(pointer, header, deliver)
    return true
  }

  #accept(pointer: Pointer, header: FrameHeader, deliver: (inbound: Inbound) => void): void {
    const { process, incarnation, count } = this.#context
    if (header.to !== process || header.toIncarnation !== incarnation) {
      count('staleMessages', 1)
      return
    }
    const session = this.#session(header.from, header.class)
    // A peer's new life may be heard of from itself before this process has looked at the authority.
    if (header.fromIncarnation !== session.incarnation) this.refresh()
    if (header.fromIncarnation !== session.incarnation) {
      count('staleMessages', 1)
      return
    }
    if (!session.heard) this.#greet(header.from)
    this.#touch(session)
    this.#acknowledged(session, header)
    if (header.kind === KIND_GAP) {
      const filled = fillsGap(session, header.acknowledged, this.#context.now(), this.#limits)
      if (filled) count('retransmissions', 1)
    }
    if (header.kind === KIND_ACKNOWLEDGEMENT || header.kind === KIND_GAP) return
    const isKept = (header.kind & ~LANDED) !== KIND_PASSED
    if (isKept) {
      if (session.owedBytes === 0) session.owedSince = this.#context.now()
      session.owedBytes += FRAME_HEADER_BYTES + header.length
    }
    if (header.sequence !== session.expected) {
      // A double, or one that overtook a lost one: the acknowledgement tells the sender where we are.
      count('repeatedFrames', 1)
      session.owedBytes += this.#limits.acknowledgeBytes
      session.gap ||= isKept && header.sequence > session.expected
      return
    }
    session.expected += 1
    session.expectedResent = header.resent
    if (header.generation < this.#generation) {
      count('staleMessages', 1)
      return
    }
    const frame = { pointer: pointer + FRAME_HEADER_BYTES, length: header.length }
    deliver({
      kind: 'message',
      from: header.from,
      channel: header.channel,
      generation: header.generation,
      payload: (header.kind & LANDED) === 0 ? frame : landed(this.#context.region.memory, frame),
    })
  }

  #acknowledged(session: Session, { acknowledged, acknowledgesResent }: FrameHeader): void {
    const bytes = session.outbox.acknowledge(acknowledged, acknowledgesResent)
    if (bytes === 0) return
    const now = this.#context.now()
    session.transmittedAt = now
    session.roundTrip.acknowledged(session.outbox.headSequence, now, acknowledgesResent)
    session.windowBytes = Math.min(session.windowBytes + bytes, this.#limits.windowBytes)
    this.#weigh(session)
  }

  /** Hands on what the process has sent to itself before this call. Returns whether there was any. */
  deliverLocal(deliver: (inbound: Inbound) => void): boolean {
    // Each round of a process asks, and seldom is there any.
    if (this.#local.empty) return false
    const { process, count } = this.#context
    return this.#local.deliver(({ pointer, length, channel, generation }) => {
      if (generation < this.#generation) {
        count('staleMessages', 1)
        return
      }
      const payload = { pointer, length }
      deliver({ kind: 'message', from: process, channel, generation, payload })
    })
  }

  /** Transmits what can be, and acknowledgements that are due. Returns when it wants to be called again. */
  flush(now: Nanos): Nanos {
    if (!this.#local.empty) return now
    const wasCongested = this.#congested > 0
    const deadlines = this.#deadlines
    for (let session = deadlines.take(now); session; session = deadlines.take(now)) {
      session.dueAt = Number.POSITIVE_INFINITY
      this.#touch(session)
    }
    const touched = this.#touched
    for (let index = 0; index < touched.length; index++) {
      const session = touched[index]!
      session.touched = false
      if (session.incarnation === 0) continue
      const at = this.#flushSession(session, now)
      // An entry that is too early stays: the session is looked at once for nothing, and never twice in the queue.
      if (at >= session.dueAt) continue
      session.dueAt = at
      deadlines.add(at, session)
    }
    touched.length = 0
    // Who held back in this step may go on at once.
    if (wasCongested && this.#congested === 0) return now
    return deadlines.next
  }

  #flushSession(session: Session, now: Nanos): Nanos {
    const { outbox } = session
    const { retransmitAfter, acknowledgeBytes, acknowledgeDelay } = this.#limits
    if (outbox.unacknowledged && now - session.transmittedAt >= session.roundTrip.timeout) {
      session.roundTrip.timedOut()
      resend(session, now, this.#limits)
      this.#context.count('retransmissions', 1)
    }
    const { link } = this.#context
    let next = Number.POSITIVE_INFINITY
    if (outbox.unsent) {
      const wasInFlight = outbox.unacknowledged
      const first = outbox.sentSequence
      const acknowledging = {
        acknowledged: session.expected,
        acknowledgesResent: session.expectedResent,
      }
      const sent = outbox.transmit(session.windowBytes, acknowledging, (header, payload) =>
        link.trySend(session.peer, session.class, header, payload, true),
      )
      if (sent) {
        // As good as there: no copy is kept, and nobody needs to say so.
        if (link.lossless === true) outbox.acknowledge(outbox.sentSequence, false)
        else if (outbox.sentSequence > first) session.roundTrip.sent(first, now)
        // Of a gap no message tells.
        if (!session.gap) session.owedBytes = 0
        if (!wasInFlight) session.transmittedAt = now
        this.#weigh(session)
      }
      // No room on the link, or no window: look again soon; what frees it also wakes us.
      if (outbox.unsent) next = now + 1_000_000
    }
    if (outbox.unacknowledged) {
      const at = session.transmittedAt + session.roundTrip.timeout
      next = Math.min(next, onGrid(at, retransmitAfter / 4))
    }
    if (session.owedBytes > 0) {
      const urgent = session.owedBytes >= acknowledgeBytes
      if (urgent || now - session.owedSince >= acknowledgeDelay) {
        if (this.#acknowledge(session, urgent)) {
          session.owedBytes = 0
          session.gap = false
        } else next = Math.min(next, now + 1_000_000)
      } else {
        const at = onGrid(session.owedSince + acknowledgeDelay, acknowledgeDelay / 4)
        next = Math.min(next, at)
      }
    }
    return next
  }

  #acknowledge(session: Session, urgent: boolean): boolean {
    const { process, incarnation, link } = this.#context
    writeHeader(new DataView(this.#acknowledgement.buffer), 0, {
      length: 0,
      channel: 0,
      class: session.class,
      kind: session.gap ? KIND_GAP : KIND_ACKNOWLEDGEMENT,
      resent: false,
      acknowledgesResent: session.expectedResent,
      generation: this.#generation,
      fromIncarnation: incarnation,
      toIncarnation: session.incarnation,
      sequence: session.outbox.nextSequence,
      acknowledged: session.expected,
      from: process,
      to: session.peer,
    })
    return link.trySend(session.peer, session.class, this.#acknowledgement, this.#nothing, urgent)
  }

  /** A replacement speaks for the first time: what was sent before it ran is lost, and need not wait for a timeout. */
  #greet(peer: ProcessId): void {
    for (const sessionClass of [CLASS_CONTROL, CLASS_DATA] as const) {
      const session = this.#session(peer, sessionClass)
      session.heard = true
      if (session.incarnation === 1 || !session.outbox.unacknowledged) continue
      session.outbox.rewind()
      session.roundTrip.forget()
    }
  }

  #session(peer: ProcessId, sessionClass: ClassNumber): Session {
    const index = peer * 2 + sessionClass
    const known = this.#byPeer[index]
    if (known) return known
    const session = newSession(this.#placeOf(peer, sessionClass), this.#limits)
    this.#byPeer[index] = session
    this.#sessions.push(session)
    return session
  }

  #placeOf(peer: ProcessId, sessionClass: ClassNumber): SessionPlace {
    const incarnation = this.#incarnations[peer] ?? 0
    return { from: this.#context.process, peer, class: sessionClass, incarnation }
  }

  #renew(session: Session): void {
    const place = this.#placeOf(session.peer, session.class)
    if (place.incarnation === session.incarnation) return
    Object.assign(session, freshState(place, this.#limits))
    this.#weigh(session)
  }

  #touch(session: Session): void {
    if (session.touched) return
    session.touched = true
    this.#touched.push(session)
  }

  /** Keeps the number of congested sessions: whatever fills or empties an outbox calls this. */
  #weigh(session: Session): void {
    if (session.class !== CLASS_DATA) return
    const congested = session.outbox.bytes > this.#limits.dataOutboxBytesMax / 2
    if (congested === session.congested) return
    session.congested = congested
    this.#congested += congested ? 1 : -1
  }
}
