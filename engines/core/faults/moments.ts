/**
 * Moments (`Moment` in `fault.ts`) as a world sees them: in the history that its processes append, and in what a receiver
 * sends. The same for both engines, which say what they do anyway and know of nobody that waits for it.
 */
import { GRANT_CHANNEL } from '../ingest/block.ts'
import type { HistoryEvent } from '../metrics/history.ts'
import { channelOf, FRAME_HEADER_BYTES, isResent } from '../world/frame.ts'
import type { Moment } from './fault.ts'

/** Those that last: a fault that is due in the middle of one begins at once. */
export type LastingMoment = Extract<Moment['on'], 'checkpoint' | 'recovery'>

/** A moment goes on as long as a part of it does: a checkpoint by its instant, a process's way back, a membership that nobody has. */
interface Change {
  readonly of: LastingMoment
  readonly does: 'begin' | 'end'
  readonly part: 'checkpoint' | 'membership' | 'process' | 'all'
}

const ends = (of: LastingMoment, part: Change['part']): Change => ({ of, does: 'end', part })
const begins = (of: LastingMoment, part: Change['part']): Change => ({ of, does: 'begin', part })

/** What each event of the history changes, in this order. */
export const MOMENT_EVENTS = new Map<string, readonly Change[]>([
  ['checkpoint-began', [begins('checkpoint', 'checkpoint')]],
  ['checkpoint-durable', [ends('checkpoint', 'checkpoint')]],
  ['checkpoint-failed', [ends('checkpoint', 'checkpoint')]],
  ['checkpoint-abandoned', [ends('checkpoint', 'checkpoint')]],
  [
    'generation-issued',
    [ends('checkpoint', 'all'), ends('recovery', 'all'), begins('recovery', 'membership')],
  ],
  // Timely: no worker ends before all have begun.
  ['rollback-began', [begins('recovery', 'process'), ends('recovery', 'membership')]],
  ['rollback-ended', [ends('recovery', 'process')]],
  // The same of who may go on with what it has, while others are restored.
  ['takeover-began', [begins('recovery', 'process'), ends('recovery', 'membership')]],
  ['takeover-ended', [ends('recovery', 'process')]],
  // D-Stream: what was lost is made again.
  ['recovery-completed', [ends('recovery', 'all')]],
])

export class Moments {
  readonly #parts: Readonly<Record<LastingMoment, Set<string>>> = {
    checkpoint: new Set(),
    recovery: new Set(),
  }

  /** Looks at an event of the history, in the order of the run. */
  see(event: HistoryEvent): void {
    for (const { of, does, part } of MOMENT_EVENTS.get(event.event) ?? []) {
      const parts = this.#parts[of]
      if (part === 'all') parts.clear()
      else if (does === 'begin') parts.add(nameOf(part, event))
      else parts.delete(nameOf(part, event))
    }
  }

  isOn(moment: LastingMoment): boolean {
    return this.#parts[moment].size > 0
  }
}

function nameOf(part: Change['part'], { process, fields }: HistoryEvent): string {
  if (part === 'checkpoint') return `${fields.tick ?? fields.batch}`
  return part === 'process' ? `${process}` : part
}

export function isLasting(on: Moment['on']): on is LastingMoment {
  return on === 'checkpoint' || on === 'recovery'
}

/**
 * Whether a frame is a receiver's acknowledgement of records, on its way to the client for the first time: a grant that has
 * pairs (partition, records below which both workers have everything) behind its limit and its slots (`ingest/receiver.ts`).
 * `payload`: what follows the header.
 */
export function acknowledges(header: Uint8Array, payload: Uint8Array): boolean {
  if (channelOf(header) !== GRANT_CHANNEL || isResent(header)) return false
  const numbers = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const slots = numbers.getFloat64(8, true)
  return payload.length > 8 * (2 + slots)
}

/** The same of a whole frame. */
export function isAcknowledgement(frame: Uint8Array): boolean {
  return acknowledges(frame, frame.subarray(FRAME_HEADER_BYTES))
}
