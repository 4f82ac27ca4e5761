/**
 * Laws of latency: the cell-wise sum over a ramp is the loop over its records; a run's histogram is the one of all its
 * measured records; without exchange each partition has its own visible instant; what is not committed is counted as lost.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInputLog } from '../input/looping-log.ts'
import { TickLog } from '../input/tick-log.ts'
import type { VisibleCommit } from '../output/commit.ts'
import type { Dataflow } from '../plan/dataflow.ts'
import { Histogram } from './histogram.ts'
import {
  addRamp,
  latenciesOf,
  latenciesOverTime,
  type Schedule,
  sentLatenciesOf,
  summarize,
  visibleOnOf,
} from './latency.ts'

const MS = 1_000_000

function scheduleOf(rate: number, duration: number, partitions = 1): Schedule {
  const pool = { bytes: 0, offsets: 0, records: 1 }
  return createInputLog({ partitions, input: { rate, duration } }, pool)
}

function commitOf(partition: number, tick: number, visibleAt: number): VisibleCommit {
  return { generation: 0, output: 0, partition, tick, rows: 0, lane0: 0, lane1: 0, visibleAt }
}

/** Of the output of three partitions in ticks of 10 ms, from an instant on. */
function optionsOf(
  schedule: Schedule,
  { from, length, isOwn }: { from: number; length: number; isOwn: boolean },
) {
  return {
    output: 0,
    visibleOn: isOwn ? 'own-partition' : 'all-partitions',
    partitions: [0, 1, 2],
    ticks: new TickLog(10 * MS),
    schedule,
    from,
    to: from + length,
  } as const
}

const rates = fc.oneof(
  fc.integer({ min: 1, max: 1_000 }),
  fc.integer({ min: 1, max: 2_000_000 }),
  fc.constantFrom(1, 3, 999_999, 1_000_000, 100_000_000),
)

describe('a ramp', () => {
  it('is added as its records would be, one by one', () => {
    fc.assert(
      fc.property(
        rates,
        fc.nat(2_000 * MS),
        fc.integer({ min: 1, max: 10 * MS }),
        fc.oneof(fc.nat(1_000), fc.nat(20 * MS), fc.nat(5_000 * MS)),
        (rate, from, length, delay) => {
          // A bound on the loop that this is compared with.
          const to = from + Math.max(1, Math.min(length, Math.floor(2e13 / rate)))
          const schedule = scheduleOf(rate, 10_000 * MS)
          const visible = to + delay
          const fast = new Histogram()
          addRamp(fast, schedule, { partition: 0, from, to, visible })
          const slow = new Histogram()
          const end = schedule.dueBefore(0, to)
          for (let index = schedule.dueBefore(0, from); index < end; index++) {
            slow.add(visible - schedule.dueOf(0, index))
          }
          expect([...fast.slots]).toEqual([...slow.slots])
        },
      ),
      { numRuns: 300 },
    )
  })

  it('refuses a record that was visible before it was due', () => {
    const ramp = { partition: 0, from: 0, to: 10 * MS, visible: 5 * MS }
    expect(() => addRamp(new Histogram(), scheduleOf(1_000, 10 * MS), ramp)).toThrow(/early/)
  })
})

describe('the latencies of a run', () => {
  const runs = fc.record({
    rate: fc.integer({ min: 0, max: 50_000 }),
    delays: fc.array(fc.array(fc.nat(30 * MS), { minLength: 3, maxLength: 3 }), {
      minLength: 10,
      maxLength: 10,
    }),
    from: fc.integer({ min: 0, max: 50 * MS }),
    length: fc.integer({ min: 1, max: 50 * MS }),
    isOwn: fc.boolean(),
  })

  it('are those of all measured records, and of all closes', () => {
    fc.assert(
      fc.property(runs, ({ rate, delays, from, length, isOwn }) => {
        const schedule = scheduleOf(rate, 100 * MS, 3)
        const visible = delays.map((row, i) => row.map((delay) => (i + 1) * 10 * MS + delay))
        const commits = visible.flatMap((row, i) =>
          row.flatMap((at, p) => [
            commitOf(p, (i + 1) * 10 * MS, at),
            // A second commit of the tick, after a fault: it does not count.
            commitOf(p, (i + 1) * 10 * MS, at + 99 * MS),
          ]),
        )
        const options = optionsOf(schedule, { from, length, isOwn })
        const { to } = options
        const latencies = latenciesOf({ commits, ...options })
        const records = new Histogram()
        for (let p = 0; p < 3; p++) {
          for (let index = 0; index < schedule.dueBefore(p, 100 * MS); index++) {
            const due = schedule.dueOf(p, index)
            if (due < from || due >= to) continue
            const row = visible[Math.floor(due / (10 * MS))]!
            records.add((isOwn ? row[p]! : Math.max(...row)) - due)
          }
        }
        const closes = new Histogram()
        visible.forEach((row, i) => {
          const end = (i + 1) * 10 * MS
          if (end > from && end <= to) closes.add(Math.max(...row) - end)
        })
        expect([...latencies.records.slots]).toEqual([...records.slots])
        expect([...latencies.closes.slots]).toEqual([...closes.slots])
        expect([latencies.recordsLost, latencies.closesLost]).toEqual([0, 0])
      }),
      { numRuns: 100 },
    )
  })

  const base = {
    output: 0,
    visibleOn: 'all-partitions',
    partitions: [0, 1],
    ticks: new TickLog(10 * MS),
    schedule: scheduleOf(2_000, 20 * MS, 2),
    from: 0,
    to: 20 * MS,
  } as const

  it('count what never became visible, and do not count it as fast', () => {
    const commits = [
      commitOf(0, 10 * MS, 11 * MS),
      commitOf(1, 10 * MS, 12 * MS),
      commitOf(0, 20 * MS, 21 * MS),
      { ...commitOf(1, 20 * MS, 22 * MS), output: 1 },
    ]
    const all = latenciesOf({ ...base, commits })
    expect([all.records.count, all.recordsLost, all.closes.count, all.closesLost]).toEqual([
      20, 20, 1, 1,
    ])
    const own = latenciesOf({ ...base, commits, visibleOn: 'own-partition' })
    expect([own.records.count, own.recordsLost]).toEqual([30, 10])
  })

  it('may be of an output that commits on partition 0 alone', () => {
    const commits = [commitOf(0, 10 * MS, 11 * MS), commitOf(0, 20 * MS, 25 * MS)]
    const { records, closes } = latenciesOf({ ...base, partitions: [0], commits })
    expect([records.count, closes.max, records.max]).toEqual([40, 5 * MS, 15 * MS])
    expect(summarize(records)).toMatchObject({ count: 40, max: 15 * MS, p999: 15 * MS })
    expect(summarize(records)!.ccdf.at(-1)![1]).toBe(0)
    expect(summarize(new Histogram())).toBeUndefined()
  })

  it('from the reading on are those of all measured records, and never longer', () => {
    fc.assert(
      fc.property(runs, ({ rate, delays, from, length, isOwn }) => {
        const schedule = scheduleOf(rate, 100 * MS, 3)
        // Read somewhere between the tick's end and its commit.
        const first = delays.map((row, i) =>
          row.map((delay, p) => {
            const tick = (i + 1) * 10 * MS
            const readAt = tick + Math.floor((delay * ((i + p) % 4)) / 4)
            return { ...commitOf(p, tick, tick + delay), readAt }
          }),
        )
        const options = optionsOf(schedule, { from, length, isOwn })
        // A second commit of each place, read and visible later: it does not count.
        const again = first.flat().map((commit) => {
          return { ...commit, readAt: commit.visibleAt, visibleAt: commit.visibleAt + MS }
        })
        const commits = [...first.flat(), ...again]
        const expected = new Histogram()
        for (let p = 0; p < 3; p++) {
          for (let index = 0; index < schedule.dueBefore(p, 100 * MS); index++) {
            const due = schedule.dueOf(p, index)
            if (due < from || due >= from + length) continue
            const row = first[Math.floor(due / (10 * MS))]!
            const seen = isOwn ? [row[p]!] : row
            const readAt = Math.max(...seen.map((commit) => commit.readAt))
            expected.add(Math.max(...seen.map((commit) => commit.visibleAt)) - readAt)
          }
        }
        const sent = sentLatenciesOf({ ...options, commits })
        expect([...sent.slots]).toEqual([...expected.slots])
        const { records } = latenciesOf({ ...options, commits })
        expect(sent.count).toBe(records.count)
        for (const share of sent.count > 0 ? [0, 0.5, 0.99, 1] : []) {
          expect(sent.quantile(share)).toBeLessThanOrEqual(records.quantile(share)!)
        }
        const unread = commits.map((commit) => ({ ...commit, readAt: undefined }))
        expect(sentLatenciesOf({ ...options, commits: unread }).count).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  it('over time are those of the parts', () => {
    fc.assert(
      fc.property(runs, fc.array(fc.nat(90 * MS), { maxLength: 5 }), ({ rate, delays }, inner) => {
        const commits = delays.flatMap((row, i) =>
          row.map((delay, p) => commitOf(p, (i + 1) * 10 * MS, (i + 1) * 10 * MS + delay)),
        )
        const options = {
          ...base,
          commits,
          partitions: [0, 1, 2],
          schedule: scheduleOf(rate, 100 * MS, 3),
        }
        const cuts = [0, ...inner, 100 * MS].sort((a, b) => a - b)
        const merged = new Histogram()
        let closes = 0
        latenciesOverTime(options, cuts, (part, interval) => {
          const span = { from: cuts[interval]!, to: cuts[interval + 1]! }
          const alone = latenciesOf({ ...options, ...span })
          expect([...part.records.slots]).toEqual([...alone.records.slots])
          merged.merge(part.records)
          closes += part.closes.count
        })
        const whole = latenciesOf({ ...options, from: 0, to: 100 * MS })
        expect([...merged.slots]).toEqual([...whole.records.slots])
        expect(closes).toBe(whole.closes.count)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a record is visible', () => {
  const path = (from: number, to: Dataflow['paths'][number]['to']) => ({
    id: 0,
    from,
    chain: [],
    to,
    crossings: [],
  })
  const output = { kind: 'output', output: 0 } as const

  it('on its own partition when nothing is exchanged', () => {
    const window = { kind: 'operator', operator: 1, routing: 'same-partition' } as const
    expect(visibleOnOf({ paths: [path(0, output)] }, 0)).toBe('own-partition')
    expect(visibleOnOf({ paths: [path(0, window), path(1, output)] }, 0)).toBe('own-partition')
  })

  it('on all partitions behind an exchange, wherever it lies', () => {
    const byKey = { kind: 'operator', operator: 1, routing: 'by-key' } as const
    const local = { kind: 'operator', operator: 2, routing: 'same-partition' } as const
    const other = { kind: 'output', output: 1 } as const
    const paths = [path(0, byKey), path(1, local), path(2, output), path(0, other)]
    expect(visibleOnOf({ paths }, 0)).toBe('all-partitions')
    expect(visibleOnOf({ paths }, 1)).toBe('own-partition')
  })
})
