/**
 * Laws of windows by event time over an input that is out of order, by any bound, cut and lateness:
 *
 * 1. with a bound of 0 the rows are those without disorder;
 * 2. with a lateness of the bound or more, nothing is late;
 * 3. late for a window are exactly the records that came in a period that began at its close or later: with a lateness of
 *    0, those that the end of the window's period lies before;
 * 4. every record is counted once for each window that it lies in: with the window, or as late, or in neither if the window
 *    is open when nobody looks any more;
 * 5. where the input ends there is no such window: every record is counted. What is late is the same.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createInputLog } from '../input/looping-log.ts'
import { sum } from '../plan/functions.ts'
import { planOf, readStream } from '../plan/stream.ts'
import type { InputDisorder } from '../run-config.ts'
import { milliseconds } from '../units.ts'
import { type DueRecord, interpret } from './interpret.ts'

const PERIOD = milliseconds(100)
const DURATION = 24 * PERIOD
const PARTITIONS = 3
const KEYS = ['a', 'b', 'c']

interface Drawn {
  readonly disorder: InputDisorder
  readonly length: number
  readonly slide: number
  readonly lateness: number
  readonly parts: number
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  disorder: fc.record({
    bound: fc.nat(6 * PERIOD),
    share: fc.constantFrom(0.2, 0.7, 1),
    seed: fc.nat(0xffff_ffff),
  }),
  // No multiples of the period.
  length: fc.integer({ min: 3, max: 9 }).map((parts) => (parts * PERIOD) / 2),
  slide: fc.integer({ min: 1, max: 3 }).map((parts) => (parts * PERIOD) / 2),
  lateness: fc.nat(12).map((parts) => (parts * PERIOD) / 4),
  parts: fc.constantFrom(1, 2, 5),
})

/** Records of an input, due at 40 a second and partition; the value is the key. */
function recordsOf(disorder?: InputDisorder): DueRecord[] {
  const input = { rate: 120, duration: DURATION, ...(disorder && { disorder }) }
  const pool = { bytes: 65_536, offsets: 65_536, records: 1 }
  const log = createInputLog({ partitions: PARTITIONS, input }, pool)
  return KEYS.flatMap((_, partition) =>
    Array.from({ length: log.dueBefore(partition, DURATION) }, (_, index) => ({
      dueAt: log.dueOf(partition, index),
      eventTime: log.eventTimeOf(partition, index),
      value: KEYS[index % KEYS.length],
    })),
  )
}

/** Rows of `windows` and `late`, and how many records they count. */
function counted(
  { length, slide, lateness, parts }: Drawn,
  records: readonly DueRecord[],
  endsAt?: number,
) {
  const ns = (nanos: number): string => (nanos === 0 ? '0s' : `${nanos}ns`)
  const { windows, late } = readStream<string>('file:a', ns(PERIOD), { stamped: true })
    .map(([at, key]): [string, { at: number; n: number }] => [key, { at, n: 1 }])
    .reduceByEventTime(ns(length), (a, b) => ({ at: Math.max(a.at, b.at), n: a.n + b.n }), {
      time: ([, { at }]) => at,
      lateness: ns(lateness),
      slide: ns(slide),
    })
  const plan = planOf([
    windows.map(([place, { n }]): [unknown, number] => [place, n]),
    late.reduceByKey(sum),
  ])
  const ticks = Array.from({ length: (DURATION / PERIOD) * parts }, (_, index) => {
    return ((index + 1) * PERIOD) / parts
  })
  const found = interpret(plan, records, ticks, undefined, endsAt)
  const rowsOf = (output: number) => {
    return found
      .filter((tick) => tick.output === output)
      .flatMap(({ tick, rows }) => rows.map(([key, n]) => JSON.stringify([tick, key, n])))
      .sort()
  }
  return { windows: rowsOf(0), late: rowsOf(1) }
}

const countOf = (rows: readonly string[]): number =>
  rows.reduce((total, row) => total + JSON.parse(row)[2], 0)

/** Where each record stands with each window that it lies in, by the definition. */
function placed({ length, slide, lateness }: Drawn, records: readonly DueRecord[]) {
  return records.flatMap(({ dueAt, eventTime = dueAt, value }) => {
    const windows: ('late' | 'in time' | 'open')[] = []
    const last = Math.floor((eventTime + length) / slide) * slide
    const begins = Math.floor(dueAt / PERIOD) * PERIOD
    for (let end = last; end > eventTime; end -= slide) {
      const closes = Math.ceil((end + lateness) / PERIOD) * PERIOD
      windows.push(begins >= closes ? 'late' : closes <= DURATION ? 'in time' : 'open')
    }
    return windows.map((place) => ({ place, tick: begins + PERIOD, value }))
  })
}

it('a bound of 0 is no disorder', () => {
  fc.assert(
    fc.property(drawn, (trial) => {
      const disorder = { ...trial.disorder, bound: 0 }
      expect(counted(trial, recordsOf(disorder))).toEqual(counted(trial, recordsOf()))
    }),
    { numRuns: 20 },
  )
})

it('a lateness of the bound or more leaves nothing late', () => {
  fc.assert(
    fc.property(drawn, fc.nat(PERIOD), (trial, more) => {
      const { bound } = trial.disorder
      const patient = { ...trial, lateness: bound + more }
      expect(counted(patient, recordsOf(trial.disorder)).late).toEqual([])
    }),
    { numRuns: 50 },
  )
})

it('late are exactly those that came after the close, and every record is counted once', () => {
  fc.assert(
    fc.property(drawn, fc.boolean(), (trial, isHasty) => {
      const hasty = isHasty ? { ...trial, lateness: 0 } : trial
      const records = recordsOf(trial.disorder)
      const { windows, late } = counted(hasty, records)
      const all = placed(hasty, records)
      const expected = new Map<string, number>()
      for (const { place, tick, value } of all) {
        const row = JSON.stringify([tick, value])
        if (place === 'late') expected.set(row, (expected.get(row) ?? 0) + 1)
      }
      const rows = [...expected].map(([row, n]) => JSON.stringify([...JSON.parse(row), n])).sort()
      expect(late).toEqual(rows)
      expect(countOf(windows)).toBe(all.filter(({ place }) => place === 'in time').length)
    }),
    { numRuns: 50 },
  )
})

it('where the input ends, every record is counted in each of its windows, or late for it', () => {
  fc.assert(
    fc.property(drawn, (trial) => {
      const records = recordsOf(trial.disorder)
      const [ended, open] = [counted(trial, records, DURATION), counted(trial, records)]
      expect(ended.late).toEqual(open.late)
      expect(countOf(ended.windows) + countOf(ended.late)).toBe(placed(trial, records).length)
      // Each window once, and those that were put out before as they were.
      const places = ended.windows.map((row) => JSON.stringify(JSON.parse(row)[1]))
      expect(new Set(places).size).toBe(places.length)
      expect(ended.windows).toEqual(expect.arrayContaining([...open.windows]))
    }),
    { numRuns: 50 },
  )
})

it('both happen', () => {
  const disorder = { bound: 4 * PERIOD, share: 0.5, seed: 1 }
  const trial = { disorder, length: 2 * PERIOD, slide: PERIOD, lateness: PERIOD, parts: 1 }
  const { windows, late } = counted(trial, recordsOf(disorder))
  expect(countOf(windows)).toBeGreaterThan(100)
  expect(countOf(late)).toBeGreaterThan(10)
})
