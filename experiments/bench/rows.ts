/**
 * The rows of the bench: what is divided by what, what must be reached and what is aimed for (issue 3, "How fast"), and the
 * side conditions under which a number counts (METHOD, "How the rules bind here").
 *
 * A row is data. Its numbers are medians of interleaved repeats, with a bootstrap interval over trials.
 */

/** A limit on a row's number. `within` is a ratio to the expected one, from 1 − tolerance to 1 + tolerance. */
export type Limit =
  | { readonly sense: 'at least' | 'at most'; readonly value: number }
  | { readonly sense: 'within'; readonly value: number; readonly tolerance: number }

export interface BenchRow {
  /** Kebab-case, for `--rows`. */
  readonly name: string
  readonly what: string
  readonly group: 'how fast' | 'side conditions'
  /** Name of a measure (`measure.ts`); a row without a denominator is the measure itself. */
  readonly numerator: string
  readonly denominator?: string
  readonly unit: 'ratio' | 'ns' | 'share' | 'bytes'
  readonly reach?: Limit
  readonly aim?: Limit
  /** The row that must pass, or this one is invalid: a baseline that is not what it should be. */
  readonly standsOn?: string
}

const least = (value: number): Limit => ({ sense: 'at least', value })
const most = (value: number): Limit => ({ sense: 'at most', value })
const peers = (value: number): Limit => ({ sense: 'within', value, tolerance: 0.15 })
const ms = (value: number): Limit => most(value * 1e6)

const fast = (row: Omit<BenchRow, 'group' | 'unit'>): BenchRow => ({
  unit: 'ratio',
  group: 'how fast',
  ...row,
})
const side = (row: Omit<BenchRow, 'group' | 'unit'>): BenchRow => ({
  unit: 'ratio',
  group: 'side conditions',
  ...row,
})

export const benchRows: readonly BenchRow[] = [
  fast({
    name: 'word-count-timely',
    what: 'WordCount, timely ÷ byte loop',
    numerator: 'timely',
    denominator: 'byte loop',
    reach: least(4),
    aim: least(12),
  }),
  fast({
    name: 'word-count-cost',
    what: 'WordCount, timely ÷ kernel loop (COST)',
    numerator: 'timely',
    denominator: 'kernel loop',
    aim: least(1.5),
    standsOn: 'baseline-kernel-loop',
  }),
  fast({
    name: 'word-count-dstream',
    what: 'WordCount, dstream, 1 s batches ÷ byte loop',
    numerator: 'dstream',
    denominator: 'byte loop',
    reach: least(3),
  }),
  fast({
    name: 'dstream-equals-timely',
    what: 'WordCount, dstream ÷ timely',
    numerator: 'dstream',
    denominator: 'timely',
    aim: least(1),
  }),
  fast({
    name: 'plain-timely',
    what: 'WordCount, plain functions, timely ÷ split + Map',
    numerator: 'timely plain',
    denominator: 'split + Map',
    reach: least(1.2),
    aim: least(2),
    standsOn: 'baseline-split-map',
  }),
  fast({
    name: 'plain-dstream',
    what: 'WordCount, plain functions, dstream ÷ split + Map',
    numerator: 'dstream plain',
    denominator: 'split + Map',
    reach: least(1.2),
    aim: least(2),
    standsOn: 'baseline-split-map',
  }),
  ...(['timely', 'dstream'] as const).flatMap((engine) => [
    fast({
      name: `grep-${engine}`,
      what: `Grep, ${engine}, log ÷ chunk search`,
      numerator: `${engine} grep`,
      denominator: 'chunk indexOf',
      reach: least(4),
      aim: least(8),
      standsOn: 'baseline-chunk-search',
    }),
    fast({
      name: `grep-pushed-${engine}`,
      what: `Grep, ${engine}, pushed ÷ chunk search`,
      numerator: `${engine} grep pushed`,
      denominator: 'chunk indexOf',
      reach: least(1),
      aim: least(2),
      standsOn: 'baseline-chunk-search',
    }),
  ]),
  fast({
    name: 'latency-p50',
    what: 'WordCount, timely at half load, tick 1 ms: p50',
    numerator: 'timely at half load p50',
    reach: ms(3),
    aim: ms(0.7),
  }),
  fast({
    name: 'latency-p99',
    what: 'WordCount, timely at half load, tick 1 ms: p99',
    numerator: 'timely at half load p99',
    reach: ms(25),
    aim: ms(4),
  }),
  fast({
    name: 'smallest-batch',
    what: 'WordCount, dstream at 10 % load: smallest batch',
    numerator: 'smallest batch',
    reach: ms(20),
    aim: ms(5),
  }),
  fast({
    name: 'memory',
    what: 'main job: largest resident set of a trial (latest complete run)',
    numerator: 'main job resident bytes',
    reach: most(2 ** 30),
    aim: most(2 ** 29),
  }),
  fast({
    name: 'memory-flat',
    what: 'main job: peak of 10 minutes ÷ peak of 1 minute (--long)',
    numerator: 'resident bytes of 10 minutes',
    denominator: 'resident bytes of 1 minute',
    reach: most(1.05),
  }),
  fast({
    name: 'simulated-scale',
    what: 'simulated, dstream: 100 nodes × 4 cores, 60 s of 1 s batches: real time',
    numerator: 'simulated scale',
    reach: most(60e9),
    aim: most(10e9),
  }),
  fast({
    name: 'validate',
    what: 'simulation against threads, 1–2 workers: throughput',
    numerator: 'validate',
    reach: most(0.15),
    aim: most(0.1),
  }),
  side({
    name: 'digests',
    what: 'digests on ÷ off',
    numerator: 'timely',
    denominator: 'timely without digests',
    reach: least(0.97),
  }),
  side({
    name: 'a-a',
    what: 'A/A: the headline against itself',
    numerator: 'timely again',
    denominator: 'timely',
    reach: { sense: 'within', value: 1, tolerance: 0.1 },
  }),
  side({
    name: 'fresh-bytes',
    what: 'a pool ten times as large ÷ headline',
    numerator: 'timely fresh bytes',
    denominator: 'timely',
    reach: least(0.9),
  }),
  side({
    name: 'longer-than',
    what: 'with an extra filter(length > 3) ÷ headline',
    numerator: 'timely longer than 3',
    denominator: 'timely',
    reach: least(0.6),
  }),
  side({
    name: 'prefix',
    what: 'with another key (prefix of 3) ÷ headline',
    numerator: 'timely prefix',
    denominator: 'timely',
    reach: least(0.6),
  }),
  side({
    name: 'real-text',
    what: 'real text, long words (2.3 × as many a record) ÷ headline',
    numerator: 'timely real text',
    denominator: 'timely',
    reach: least(0.4),
  }),
  ...(['timely', 'dstream'] as const).map((engine) =>
    side({
      name: `remote-share-${engine}`,
      what: `share of exchanged bytes that crossed workers, ${engine}`,
      numerator: `${engine} remote share`,
      reach: { sense: 'within', value: 0.5, tolerance: 0.1 },
    }),
  ),
  side({
    name: 'baseline-kernel-loop',
    what: 'kernel loop ÷ byte loop, against PEERS',
    numerator: 'kernel loop',
    denominator: 'byte loop',
    reach: peers(15 / 2.46),
  }),
  side({
    name: 'baseline-split-map',
    what: 'split + Map ÷ byte loop, against PEERS',
    numerator: 'split + Map',
    denominator: 'byte loop',
    reach: peers(0.81 / 2.46),
  }),
  side({
    name: 'baseline-chunk-search',
    what: 'chunk search ÷ byte loop, against PEERS',
    numerator: 'chunk indexOf',
    denominator: 'byte loop',
    reach: peers(26.7 / 2.46),
  }),
].map(withUnit)

function withUnit(row: BenchRow): BenchRow {
  if (row.denominator !== undefined) return row
  if (row.numerator.endsWith('share') || row.name === 'validate') return { ...row, unit: 'share' }
  return { ...row, unit: row.name === 'memory' ? 'bytes' : 'ns' }
}
