/**
 * How many events a second: an exchange of numbers, ad analytics on numbers, and the nine queries of Nexmark, on either engine
 * (issue 4, "How fast"). What the timely engine must reach is its own rate; D-Stream's stands beside it without a limit.
 *
 * Windows, and how long auctions last, are so short that a trial has several: a window that closes nowhere within a trial would
 * have no rate. A D-Stream's batch is the interval; of the exchange, which would hold a second's pairs in memory, it is less.
 */
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import type { Group } from './groups.ts'
import type { BenchRow } from './rows.ts'
import type { Subject } from './subjects.ts'

interface Rate {
  /** Kebab-case: of its rows, and in names of subjects. */
  readonly name: string
  readonly what: string
  readonly change: Partial<TrialSpec>
  readonly batch: Nanos
  /** First paces to overload, records/s: of the timely engine, then of the other. */
  readonly guesses: readonly [timely: number, dstream: number]
  readonly reach: number
  readonly aim?: number
  /** The loop of one thread over the same records (`baselines/pair-loops.ts`). */
  readonly loop?: string
}

const INTERVAL = milliseconds(100)
const interval = '100ms'
const length = '500ms'

/**
 * Flink's published throughput a core, events/s, by query (README of nexmark/nexmark: Flink 1.13, 8 workers, RocksDB, checkpoints
 * each 3 minutes). None of query 6, which Flink's SQL does not have.
 */
const FLINK: readonly (number | undefined)[] = [
  155_020,
  157_940,
  175_210,
  152_120,
  34_330,
  22_140,
  undefined,
  12_330,
  146_140,
]
const WORKERS = 2

/** Of what goes through most of an engine's code: a second later half of it is still being compiled. */
const warmup = seconds(2)

const QUERIES: readonly {
  readonly parameters: TrialSpec['parameters']
  readonly guesses: Rate['guesses']
  readonly warmup?: Nanos
}[] = [
  { parameters: { interval }, guesses: [2.5e6, 2.5e6] },
  { parameters: { interval }, guesses: [2.5e6, 2.5e6] },
  { parameters: { interval }, guesses: [4e6, 4e6] },
  { parameters: { interval }, guesses: [4e6, 4e6] },
  { parameters: { interval, lasts: '200ms' }, guesses: [0.55e6, 0.45e6], warmup },
  { parameters: { interval, length, slide: '100ms' }, guesses: [3e6, 3e6] },
  { parameters: { interval, lasts: '200ms' }, guesses: [0.55e6, 0.45e6], warmup },
  { parameters: { interval, length }, guesses: [2e6, 2e6] },
  { parameters: { interval, length }, guesses: [4e6, 4e6] },
]

const nexmark: readonly Rate[] = QUERIES.map(({ guesses, ...how }, query) => {
  const flink = FLINK[query]
  return {
    name: `nexmark-q${query}`,
    what: `Nexmark query ${query}`,
    change: { workload: `nexmark-q${query}`, input: { kind: 'nexmark-events' }, ...how },
    batch: INTERVAL,
    guesses,
    reach: 0.5e6,
    ...(flink === undefined ? {} : { aim: flink * WORKERS }),
  }
})

const rates: readonly Rate[] = [
  {
    name: 'exchange',
    what: 'exchange of 8-byte records',
    change: { workload: 'exchange', input: { kind: 'number-pairs' } },
    batch: milliseconds(20),
    guesses: [110e6, 80e6],
    reach: 100e6,
    aim: 400e6,
    loop: 'partition loop',
  },
  {
    name: 'ad-analytics',
    what: 'ad analytics on integers, windows of 500 ms',
    change: {
      workload: 'ad-analytics-integers',
      parameters: { interval, length },
      input: { kind: 'ad-pairs' },
    },
    batch: INTERVAL,
    guesses: [45e6, 45e6],
    reach: 5e6,
    aim: 30e6,
    loop: 'campaign loop',
  },
  {
    name: 'ad-analytics-joined',
    what: 'the same, an ad’s campaign joined as static data',
    change: {
      workload: 'ad-analytics-integers',
      parameters: { interval, length, join: 'static' },
      input: { kind: 'ad-pairs' },
    },
    batch: INTERVAL,
    guesses: [15e6, 15e6],
    reach: 5e6,
    aim: 30e6,
  },
  ...nexmark,
]

/** By the loop's name, the subject that it is measured by. */
export const loopsOfRates: Readonly<Record<string, string>> = Object.fromEntries(
  rates.flatMap(({ name, loop }) => (loop === undefined ? [] : [[loop, `${name} loops`]])),
)

export const rateSubjects: readonly Subject[] = rates.flatMap(
  ({ name, change, batch, guesses, loop }): readonly Subject[] => [
    ...(loop === undefined ? [] : [{ name: `${name} loops`, kind: 'baseline', change } as const]),
    { name: `timely ${name}`, kind: 'overload', change, brief: true, guess: guesses[0] },
    {
      name: `dstream ${name}`,
      kind: 'overload',
      change: { ...change, engine: 'dstream', tick: batch },
      brief: true,
      guess: guesses[1],
    },
  ],
)

export const rateGroups: readonly Group[] = rates.map(({ name, loop }) => {
  const loops = loop === undefined ? [] : [`${name} loops`]
  return { name, visits: [...loops, `timely ${name}`, `dstream ${name}`, ...loops] }
})

export const rateRows: readonly BenchRow[] = rates.flatMap(
  ({ name, what, reach, aim, loop }): readonly BenchRow[] => {
    const row = (engine: string, how: Pick<BenchRow, 'unit'> & Partial<BenchRow>): BenchRow => ({
      name: `${name}-${engine}`,
      what: `${what}, ${engine}`,
      part: 'how fast',
      group: name,
      numerator: `${engine} ${name}`,
      ...how,
    })
    const least = (value: number) => ({ sense: 'at least', value }) as const
    return [
      row('timely', {
        unit: 'rate',
        reach: least(reach),
        ...(aim === undefined ? {} : { aim: least(aim) }),
      }),
      row('dstream', { unit: 'rate' }),
      ...(loop === undefined
        ? []
        : [
            row('timely', {
              name: `${name}-cost`,
              what: `${what}, timely ÷ ${loop} (COST)`,
              unit: 'ratio',
              denominator: loop,
            }),
          ]),
    ]
  },
)
