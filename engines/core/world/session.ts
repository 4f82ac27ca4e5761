/** The state of one session: a peer, a class, what is on its way there and what is expected from it. */
import type { Region } from '../columns/memory.ts'
import type { Authority } from '../membership/membership.ts'
import type { Nanos, ProcessId } from '../units.ts'
import { CLASS_CONTROL, CLASS_DATA, type ClassNumber, type RawLink } from './frame.ts'
import { Outbox } from './outbox.ts'
import { RoundTrip } from './round-trip.ts'
import type { SessionLimits } from './session-limits.ts'
import type { Outgoing } from './world.ts'

/** One direction pair with one peer in one class. */
export interface Session {
  readonly peer: ProcessId
  readonly class: ClassNumber
  incarnation: number
  /** Whether this incarnation of the peer has been heard. */
  heard: boolean
  outbox: Outbox
  expected: number
  /** Whether the frame before it was one that the peer sent again. */
  expectedResent: boolean
  /** One that comes after it has arrived, and the peer has not been told. */
  gap: boolean
  owedBytes: number
  owedSince: Nanos
  /** When something was transmitted or acknowledged last: the timeout counts from here. */
  transmittedAt: Nanos
  roundTrip: RoundTrip
  /** When frames were sent again last because the peer had told of a gap. */
  filledAt: Nanos
  /** The frame that was missing then. */
  filledSequence: number
  /** Bytes that may be in flight: less than the limit after a timeout. */
  windowBytes: number
  /** In `#touched`: something happened since the last flush. */
  touched: boolean
  /** Counted in `#congested`. */
  congested: boolean
  /** Instant of its entry in `#deadlines`, or Infinity. */
  dueAt: Nanos
}

export interface SessionPlace {
  readonly from: ProcessId
  readonly peer: ProcessId
  readonly class: ClassNumber
  readonly incarnation: number
}

export function newSession(place: SessionPlace, limits: SessionLimits): Session {
  return {
    ...freshState(place, limits),
    peer: place.peer,
    class: place.class,
    owedSince: 0,
    transmittedAt: 0,
    touched: false,
    congested: false,
    dueAt: Number.POSITIVE_INFINITY,
  }
}

/** The session's class of a message. */
export function classOf(message: Pick<Outgoing, 'class'>): ClassNumber {
  return message.class === 'data' ? CLASS_DATA : CLASS_CONTROL
}

/** What begins anew with an incarnation of the peer. */
export function freshState(
  { from, peer, class: sessionClass, incarnation }: SessionPlace,
  limits: SessionLimits,
) {
  const control = sessionClass === CLASS_CONTROL
  return {
    incarnation,
    heard: false,
    outbox: new Outbox(
      `the ${control ? 'control' : 'data'} link from process ${from} to ${peer}`,
      control ? limits.controlOutboxBytesMax : limits.dataOutboxBytesMax,
    ),
    expected: 0,
    expectedResent: false,
    gap: false,
    owedBytes: 0,
    roundTrip: new RoundTrip(limits.retransmitAfter),
    filledAt: Number.NEGATIVE_INFINITY,
    filledSequence: -1,
    windowBytes: limits.windowBytes,
  }
}

/** Goes back to the oldest frame that is not acknowledged, and sends a little at first: the link may only be slow. */
export function resend(
  session: Session,
  now: Nanos,
  { resendBytes, windowBytes }: SessionLimits,
): void {
  session.outbox.rewind()
  session.windowBytes = Math.min(resendBytes, windowBytes)
  session.transmittedAt = now
}

/**
 * The peer has got what comes after the frame that it expects. Returns whether that one is sent again now: nobody waits for the
 * timeout then. The same gap once a round trip, since much of what is in flight tells of it; another one at once: who had to
 * wait would hear of it no more, as nothing new is sent while what was sent again fills the window.
 */
export function fillsGap(
  session: Session,
  expected: number,
  now: Nanos,
  limits: SessionLimits,
): boolean {
  const { outbox, roundTrip, filledAt, filledSequence } = session
  if (!outbox.unacknowledged || outbox.headSequence !== expected) return false
  if (expected === filledSequence && now - filledAt < roundTrip.usual) return false
  session.filledAt = now
  session.filledSequence = expected
  roundTrip.forget()
  resend(session, now, limits)
  return true
}

/** The first instant from `at` on that is a multiple of `step`. */
export function onGrid(at: Nanos, step: Nanos): Nanos {
  return Math.ceil(at / step) * step
}

export interface SessionContext {
  readonly process: ProcessId
  readonly incarnation: number
  readonly region: Region
  readonly authority: Authority
  readonly link: RawLink
  now(): Nanos
  count(counter: string, by: number): void
}
