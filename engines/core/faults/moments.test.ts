/** Moments: what of a run's history is in one, and which frames acknowledge. */
import { expect, test } from 'vitest'
import { CONFIRM_CHANNEL, GRANT_CHANNEL } from '../ingest/block.ts'
import type { HistoryFields } from '../metrics/history.ts'
import { CLASS_CONTROL, FRAME_HEADER_BYTES, KIND_MESSAGE, writeHeader } from '../world/frame.ts'
import { isAcknowledgement, type LastingMoment, Moments } from './moments.ts'

type Told = readonly [event: string, process: number, fields?: HistoryFields]

/** After each event, whether the moment is on. */
function check(moment: LastingMoment, events: readonly Told[]): readonly boolean[] {
  const moments = new Moments()
  return events.map(([event, process, fields = {}]) => {
    moments.see({ at: 0, process, incarnation: 1, event, fields })
    return moments.isOn(moment)
  })
}

test('a checkpoint lasts from the first copy until it is durable', () => {
  const on = check('checkpoint', [
    ['checkpoint-began', 0, { tick: 300 }],
    ['checkpoint-began', 1, { tick: 300 }],
    ['checkpoint-durable', 0, { tick: 300 }],
    ['checkpoint-began', 2, { batch: 3 }],
    ['checkpoint-durable', 2, { batch: 3, blocks: 4 }],
  ])
  expect(on).toEqual([true, true, false, true, false])
})

test('a worker may be at the next checkpoint while the last one is written', () => {
  const on = check('checkpoint', [
    ['checkpoint-began', 0, { tick: 300 }],
    ['checkpoint-began', 1, { tick: 600 }],
    ['checkpoint-durable', 0, { tick: 300 }],
    ['checkpoint-failed', 1, { tick: 600 }],
  ])
  expect(on).toEqual([true, true, true, false])
})

test('a checkpoint is over with its membership', () => {
  const events: Told[] = [
    ['checkpoint-began', 0, { tick: 300 }],
    ['generation-issued', -1, { generation: 2 }],
  ]
  expect(check('checkpoint', events)).toEqual([true, false])
})

test('recovery lasts until the last worker has gone back', () => {
  const on = check('recovery', [
    ['generation-adopted', 0, { generation: 1 }],
    ['generation-issued', -1, { generation: 2 }],
    ['rollback-began', 0, { generation: 2 }],
    ['rollback-began', 1, { generation: 2 }],
    ['rollback-ended', 1, { generation: 2, tick: 300 }],
    ['rollback-ended', 0, { generation: 2, tick: 300 }],
  ])
  expect(on).toEqual([false, true, true, true, true, false])
})

test('what ends a way back that is over ends nothing', () => {
  const on = check('recovery', [
    ['generation-issued', -1, { generation: 2 }],
    ['rollback-began', 0, { generation: 2 }],
    ['generation-issued', -1, { generation: 3 }],
    ['rollback-ended', 0, { generation: 2, tick: 300 }],
    ['rollback-began', 0, { generation: 3 }],
    ['rollback-ended', 0, { generation: 3, tick: 300 }],
  ])
  expect(on).toEqual([true, true, true, true, true, false])
})

test('recovery lasts until what was lost is made again', () => {
  const on = check('recovery', [
    ['generation-issued', -1, { generation: 2 }],
    ['recovery-planned', 2, { tasks: 7 }],
    ['recovery-completed', 2, { tasks: 7 }],
  ])
  expect(on).toEqual([true, true, false])
})

function frame(channel: number, numbers: readonly number[], resent = false): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + 8 * numbers.length)
  writeHeader(new DataView(bytes.buffer), 0, {
    length: 8 * numbers.length,
    channel,
    class: CLASS_CONTROL,
    kind: KIND_MESSAGE,
    resent,
    acknowledgesResent: false,
    generation: 1,
    fromIncarnation: 1,
    toIncarnation: 1,
    sequence: 0,
    acknowledged: 0,
    from: 0,
    to: 2,
  })
  new Float64Array(bytes.buffer, FRAME_HEADER_BYTES).set(numbers)
  return bytes
}

test('a grant acknowledges if it names records', () => {
  // Limit, two slots, and of partition 3 all records before 70.
  expect(isAcknowledgement(frame(GRANT_CHANNEL, [4096, 2, 64, 128, 3, 70]))).toBe(true)
  expect(isAcknowledgement(frame(GRANT_CHANNEL, [4096, 0, 3, 70]))).toBe(true)
  expect(isAcknowledgement(frame(GRANT_CHANNEL, [4096, 2, 64, 128]))).toBe(false)
  expect(isAcknowledgement(frame(GRANT_CHANNEL, [4096, 0, 3, 70], true))).toBe(false)
  expect(isAcknowledgement(frame(CONFIRM_CHANNEL, [4096, 0, 3, 70]))).toBe(false)
})
