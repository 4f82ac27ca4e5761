/**
 * The rows of the bench: what is divided by what, what must be reached and what is aimed for (issues 3 to 5, "How fast"), and the
 * side conditions under which a number counts (METHOD, "How the rules bind here").
 *
 * A row is data. Its number is the median over rounds of a ratio within a round (`groups.ts`), with a bootstrap interval over
 * rounds.
 */

import { faultRows } from './fault-rows.ts'
import { ONE_EDGE, ROUND, WHOLE_GRAPH } from './graph-rows.ts'
import { LONG, MAIN_JOB, VALIDATE } from './measured-by.ts'
import { rateRows } from './rate-rows.ts'
import { rowOfScale, simulatedScales } from './simulated-scale.ts'
import { checkedSubjects } from './subjects.ts'
import { isInPeers, PEERS_TOLERANCE } from './yardsticks.ts'

/** A limit on a row's number. `within` is a ratio to the expected one, from 1 − tolerance to 1 + tolerance. */
export type Limit =
  | { readonly sense: 'at least' | 'at most'; readonly value: number }
  | { readonly sense: 'within'; readonly value: number; readonly tolerance: number }

export interface BenchRow {
  /** Kebab-case, for `--rows`. */
  readonly name: string
  readonly what: string
  readonly part: 'how fast' | 'side conditions'
  /** The group of a round that it is measured in (`groups.ts`); without one, it is measured once, in another way. */
  readonly group?: string
  /** Name of a measure (`measure.ts`); a row without a denominator is the measure itself. */
  readonly numerator: string
  readonly denominator?: string
  /** A rate is in records/s. */
  readonly unit: 'ratio' | 'rate' | 'ns' | 'share' | 'bytes' | 'count'
  readonly reach?: Limit
  readonly aim?: Limit
  /** The rule before this one: what it was measured by instead. Its verdict is shown, too (METHOD). */
  readonly formerly?: {
    readonly what: string
    readonly numerator?: string
    readonly denominator?: string
  }
  /** The command that measures it, where that is not the bench as it is: without its run, the row is not measured. */
  readonly measuredBy?: string
  /** Values of which fewer may fail and cannot pass; of a group, the rounds are. */
  readonly least?: number
  /** The row that must pass, or this one is invalid: a baseline that is not what it should be. */
  readonly standsOn?: string
}

const least = (value: number): Limit => ({ sense: 'at least', value })
const most = (value: number): Limit => ({ sense: 'at most', value })
const ms = (value: number): Limit => most(value * 1e6)
/** By which latencies were judged before. */
const HALF_OF_PACE = 'half of the pace under overload'

const fast = (row: Omit<BenchRow, 'part' | 'unit'>): BenchRow => ({
  unit: 'ratio',
  part: 'how fast',
  ...row,
})
const side = (row: Omit<BenchRow, 'part' | 'unit'>): BenchRow => ({
  unit: 'ratio',
  part: 'side conditions',
  ...row,
})

export const benchRows: readonly BenchRow[] = [
  fast({
    name: 'word-count-timely',
    what: 'WordCount, timely ÷ byte loop',
    group: 'word-count',
    numerator: 'timely',
    denominator: 'byte loop',
    reach: least(4),
    aim: least(12),
    standsOn: 'baseline-byte-loop',
  }),
  fast({
    name: 'word-count-cost',
    what: 'WordCount, timely ÷ kernel loop (COST)',
    group: 'word-count',
    numerator: 'timely',
    denominator: 'kernel loop',
    aim: least(1.5),
    standsOn: 'baseline-kernel-loop',
  }),
  fast({
    name: 'word-count-dstream',
    what: 'WordCount, dstream, 1 s batches ÷ byte loop',
    group: 'word-count',
    numerator: 'dstream',
    denominator: 'byte loop',
    reach: least(3),
    standsOn: 'baseline-byte-loop',
  }),
  fast({
    name: 'dstream-equals-timely',
    what: 'WordCount, dstream ÷ timely',
    group: 'word-count',
    numerator: 'dstream',
    denominator: 'timely',
    aim: least(1),
  }),
  fast({
    name: 'plain-timely',
    what: 'WordCount, plain functions, timely ÷ split + Map',
    group: 'plain',
    numerator: 'timely plain',
    denominator: 'split + Map',
    reach: least(1.2),
    aim: least(2),
    standsOn: 'baseline-split-map',
  }),
  fast({
    name: 'plain-dstream',
    what: 'WordCount, plain functions, dstream ÷ split + Map',
    group: 'plain',
    numerator: 'dstream plain',
    denominator: 'split + Map',
    reach: least(1.2),
    aim: least(2),
    standsOn: 'baseline-split-map',
  }),
  ...(['timely', 'dstream'] as const).flatMap((engine) => [
    fast({
      name: `grep-${engine}`,
      group: 'grep',
      what: `Grep, ${engine}, log ÷ chunk search`,
      numerator: `${engine} grep`,
      denominator: 'chunk indexOf',
      reach: least(4),
      aim: least(8),
      standsOn: 'baseline-chunk-indexof',
    }),
    fast({
      name: `grep-pushed-${engine}`,
      group: 'grep-pushed',
      // Unlike guarantees (METHOD 11): between checkpoints all that was pushed would be kept.
      what: `Grep, ${engine}, pushed, recovery ${engine === 'timely' ? 'none' : 'lineage'} ÷ chunk search`,
      numerator: `${engine} grep pushed`,
      denominator: 'chunk indexOf',
      reach: least(1),
      aim: least(2),
      standsOn: 'baseline-chunk-indexof',
    }),
  ]),
  fast({
    name: 'latency-p50',
    what: 'WordCount, timely, 2 ms ticks, half of what it holds at this tick: p50',
    group: 'latency',
    numerator: 'timely at half load p50',
    formerly: { what: HALF_OF_PACE, numerator: 'timely at half of its pace p50' },
    reach: ms(3),
    aim: ms(0.7),
  }),
  fast({
    name: 'latency-p99',
    what: 'WordCount, timely, 2 ms ticks, half of what it holds at this tick: p99',
    group: 'latency',
    numerator: 'timely at half load p99',
    formerly: { what: HALF_OF_PACE, numerator: 'timely at half of its pace p99' },
    reach: ms(25),
    aim: ms(4),
  }),
  ...(['p50', 'p99'] as const).map((quantile) =>
    fast({
      name: `latency-${quantile}-from-0`,
      what: `the same on a clock that starts at 0, so that what is compiled anew within a run is part of it: ${quantile}`,
      group: 'latency',
      numerator: `timely at half load from 0 ${quantile}`,
    }),
  ),
  fast({
    name: 'smallest-batch',
    what: 'WordCount, dstream at 10 % load: smallest batch whose successors start in time',
    group: 'smallest-batch',
    numerator: 'smallest batch',
    reach: ms(20),
    aim: ms(5),
  }),
  fast({
    name: 'smallest-batch-p99',
    what: 'the same: p99 of records at that batch',
    group: 'smallest-batch',
    numerator: 'smallest batch p99',
  }),
  fast({
    name: 'smallest-batch-processing',
    what: 'the same: from first task to end, median of these batches (Spark, near-empty ones: 104 ms Grep, 315 ms WordCount)',
    group: 'smallest-batch',
    numerator: 'smallest batch processing',
  }),
  fast({
    name: 'components',
    what: 'components of 1 M random edges, pairs of integers, timely ÷ label propagation',
    numerator: WHOLE_GRAPH,
    denominator: 'label propagation',
    reach: least(0.5),
    aim: least(1),
  }),
  fast({
    name: 'components-union-find',
    what: 'the same ÷ union-find (COST)',
    numerator: WHOLE_GRAPH,
    denominator: 'union-find',
  }),
  fast({
    name: 'components-one-edge',
    what: 'components of 100 k random edges and more, pairs of integers, intervals of 1 ms, workers spin 100 µs: p50 of one more edge',
    numerator: ONE_EDGE,
    reach: ms(1),
    aim: ms(0.2),
  }),
  fast({
    name: 'barrier',
    what: 'a round of a loop with nothing to do, a record a worker, timely, workers spin 100 µs: p50 of means over 1,000 rounds',
    numerator: ROUND,
    reach: ms(0.025),
    aim: ms(0.003),
  }),
  ...rateRows,
  fast({
    name: 'memory',
    what: 'main job: largest resident set of a trial and of all that started it, npm included (latest complete run)',
    formerly: {
      what: 'without npm',
      numerator: 'main job resident bytes without npm',
    },
    measuredBy: MAIN_JOB,
    numerator: 'main job resident bytes',
    reach: most(2 ** 30),
    aim: most(2 ** 29),
  }),
  ...(['timely', 'dstream'] as const).map((engine) =>
    fast({
      name: `memory-flat-${engine}`,
      what: `WordCount, ${engine}, real text and ticks of the main job, about half load: resident set in the tenth minute ÷ in the second (--long)`,
      numerator: `${engine} resident bytes of the tenth minute`,
      denominator: `${engine} resident bytes of the second minute`,
      measuredBy: LONG,
      reach: most(1.05),
    }),
  ),
  ...(['timely', 'dstream'] as const).flatMap((engine) => [
    fast({
      name: `memory-overload-pushed-${engine}`,
      what: `Grep, ${engine}, pushed, recovery ${engine === 'timely' ? 'none' : 'lineage'}, offered 3 × its pace: resident set of the run, before it is judged`,
      numerator: `${engine} pushed overload resident bytes`,
      reach: most(2 ** 30),
      aim: most(2 ** 29),
    }),
    fast({
      name: `memory-overload-http-${engine}`,
      what: `WordCount with plain functions, ${engine}, HTTP, offered 3 × its pace: resident set of the run up to the input's end (its judge holds all that came)`,
      numerator: `${engine} http overload resident bytes`,
      reach: most(2 ** 30),
      aim: most(2 ** 29),
    }),
  ]),
  ...faultRows,
  ...simulatedScales.map((scale) =>
    fast({
      name: rowOfScale(scale),
      what: `simulated ${scale.engine}, ${scale.workload} at ${scale.rate / 1e6} M/s, 100 nodes of one process × 4 cores: 60 s of 1 s batches in`,
      numerator: rowOfScale(scale),
      reach: most(60e9),
      aim: most(10e9),
    }),
  ),
  ...(
    [
      ['throughput', 0.15, 0.1],
      ['p50', 0.3, 0.2],
      ['p90', 0.3, 0.2],
    ] as const
  ).map(([quantity, reach, aim]) =>
    fast({
      name: `validate-${quantity}`,
      what: `simulation against threads, 1–2 workers: largest residual of ${quantity}`,
      numerator: `validate ${quantity}`,
      measuredBy: VALIDATE,
      reach: most(reach),
      aim: most(aim),
    }),
  ),
  ...checkedSubjects.map((of) =>
    side({
      name: `digests-${of.replace(' ', '-')}`,
      what: `digests, ${of.includes('grep') ? of : `${of} WordCount`}: CPU a record of the workers, off ÷ on`,
      group: `digests ${of}`,
      numerator: `${of} unchecked CPU a record`,
      denominator: `${of} checked CPU a record`,
      reach: least(0.97),
    }),
  ),
  side({
    name: 'a-a',
    what: 'A/A: the headline against itself',
    group: 'a-a',
    numerator: 'timely again',
    denominator: 'timely beside',
    reach: { sense: 'within', value: 1, tolerance: 0.1 },
  }),
  side({
    name: 'head-room',
    what: 'null engine (due records counted, ticks committed, nothing else) ÷ the fastest subject, grep on timely',
    group: 'head-room',
    numerator: 'null engine',
    denominator: 'timely grep',
  }),
  side({
    name: 'fresh-bytes',
    what: 'WordCount, timely, 1 worker, one load: CPU a record of the workers over a pool that loops ÷ over one that is read once',
    group: 'fresh-bytes',
    numerator: 'timely looping pool CPU a record',
    denominator: 'timely fresh bytes CPU a record',
    formerly: {
      what: 'pace over a pool ten times as large, which loops too, ÷ headline',
      numerator: 'timely large pool',
      denominator: 'timely beside',
    },
    reach: least(0.9),
  }),
  side({
    name: 'longer-than',
    what: 'with an extra filter(length > 3) ÷ headline',
    group: 'longer-than',
    numerator: 'timely longer than 3',
    denominator: 'timely beside',
    reach: least(0.6),
  }),
  side({
    name: 'prefix',
    what: 'with another key (prefix of 3) ÷ headline',
    group: 'prefix',
    numerator: 'timely prefix',
    denominator: 'timely beside',
    reach: least(0.6),
  }),
  side({
    name: 'real-text',
    what: 'real text, words beyond 16 bytes ÷ headline: words a second',
    group: 'real-text',
    numerator: 'timely real text words',
    denominator: 'timely beside words',
    reach: least(0.4),
  }),
  ...(['timely', 'dstream'] as const).map((engine) =>
    side({
      name: `remote-share-${engine}`,
      group: 'word-count',
      what: `share of exchanged bytes that crossed workers, ${engine}`,
      numerator: `${engine} remote share`,
      reach: { sense: 'within', value: 0.5, tolerance: 0.1 },
    }),
  ),
  side({
    name: 'baseline-byte-loop',
    what: 'byte loop ÷ byte loop with a wide table (that of PEERS): no slower',
    group: 'loops',
    numerator: 'byte loop',
    denominator: 'byte loop, wide table',
    reach: least(1 - PEERS_TOLERANCE),
  }),
  ...(['kernel loop', 'split + Map', 'chunk indexOf'] as const).map((loop) =>
    side({
      name: `baseline-${loop.replaceAll(/[^a-zA-Z]+/g, '-').toLowerCase()}`,
      what: `${loop}: its part of PEERS' rate ÷ that of the yardsticks`,
      group: 'loops',
      numerator: loop,
      reach: { sense: 'within', value: 1, tolerance: PEERS_TOLERANCE },
    }),
  ),
].map(withUnit)

function withUnit(row: BenchRow): BenchRow {
  const isGiven = row.unit !== 'ratio' || row.denominator !== undefined
  if (isGiven || row.numerator.endsWith('ratio') || isInPeers(row.numerator)) return row
  if (row.numerator.endsWith('share') || row.name.startsWith('validate')) {
    return { ...row, unit: 'share' }
  }
  return { ...row, unit: row.numerator.endsWith('bytes') ? 'bytes' : 'ns' }
}
