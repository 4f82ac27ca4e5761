/** How much a session keeps and how long it waits: what bounds memory and delays of the reliable session layer. */
import type { Nanos } from '../units.ts'

export interface SessionLimits {
  /** Bytes that wait or are unacknowledged in one data outbox, and in one control outbox. */
  readonly dataOutboxBytesMax: number
  readonly controlOutboxBytesMax: number
  /** Bytes in flight before an acknowledgement must come. */
  readonly windowBytes: number
  /** An acknowledgement goes out after this many bytes, or about this long after the first one owed. */
  readonly acknowledgeBytes: number
  readonly acknowledgeDelay: Nanos
  /** Both delays are lengthened by up to a quarter, so that what many sessions wait for comes due at once. */
  readonly retransmitAfter: Nanos
}

export const SESSION_LIMITS: SessionLimits = {
  dataOutboxBytesMax: 32 * 1024 * 1024,
  controlOutboxBytesMax: 8 * 1024 * 1024,
  windowBytes: 4 * 1024 * 1024,
  acknowledgeBytes: 128 * 1024,
  acknowledgeDelay: 20_000_000,
  retransmitAfter: 200_000_000,
}
