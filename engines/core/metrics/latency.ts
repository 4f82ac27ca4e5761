/**
 * Latency, computed after a run from its commits and its due sequence: exact, and at no cost per record (DESIGN §9).
 *
 * *Latency of a record* = visible − due. Visible is the first commit of the first tick that includes the record: on its own
 * partition where an output has no exchange between input and sink, otherwise on the last of all partitions of the output
 * (which partitions a record's keys go to is not looked at, so this is an upper bound). The dues of a tick are an
 * arithmetic ramp, so a tick's latencies are counted cell by cell, by asking the schedule how many records were due before
 * the instants where cells begin:
 *
 *   due:      ──┬──┬──┬──┬──┬──┤ tick                      visible
 *   latency:    └──────────────────────────────────────────────┘     cells of the histogram, from the right
 *
 * *Sent-stamped latency of a record* = visible − the instant at which the workers that commit it had read its tick: what
 * systems report that stamp a record as they read it. While records wait to be read it stands still, and the other grows.
 * A tick's records have one stamp, that of the last of them: for the others it is a lower bound, by what reading the tick took.
 *
 * *Latency of a close* = the last partition's commit − window end: one sample a tick.
 *
 * The measured interval is of due instants; what was due before or after is left out, however late it was.
 */
import { assert } from '../assert.ts'
import type { InputLog } from '../input/input-log.ts'
import type { TickLog } from '../input/tick-log.ts'
import type { VisibleCommit } from '../output/commit.ts'
import type { Dataflow } from '../plan/dataflow.ts'
import type { Nanos, PartitionId, TickEnd } from '../units.ts'
import { cellEnd, cellOf, cellStart, Histogram } from './histogram.ts'

/** What of an input log is needed: a schedule needs no pool. */
export type Schedule = Pick<InputLog, 'partitions' | 'dueBefore' | 'dueOf'>

/** Whose commit makes a record visible. */
export type VisibleOn = 'own-partition' | 'all-partitions'

export interface LatencyOptions {
  readonly commits: Iterable<VisibleCommit>
  readonly output: number
  readonly visibleOn: VisibleOn
  /** Partitions on which the output commits: all of the input's, or 0 alone (`expectedCommits`). */
  readonly partitions: readonly PartitionId[]
  /** The output's. */
  readonly ticks: TickLog
  readonly schedule: Schedule
  /** Records due in `[from, to)` are measured, and closes of windows that end in `(from, to]`. */
  readonly from: Nanos
  readonly to: Nanos
}

/** Quantiles of one latency, in ns. */
export interface LatencySummary {
  readonly count: number
  readonly p50: Nanos
  readonly p90: Nanos
  readonly p95: Nanos
  readonly p99: Nanos
  readonly p999: Nanos
  readonly max: Nanos
  /** Complementary distribution: share of records with a latency above. Ascending by latency. */
  readonly ccdf: readonly (readonly [latencyNs: Nanos, share: number])[]
}

export interface Latencies {
  /** Of records, in ns. */
  readonly records: Histogram
  /** Of closes, in ns. */
  readonly closes: Histogram
  /** Measured records, and closes, that never became visible: they have no latency, and the run is not complete. */
  readonly recordsLost: number
  readonly closesLost: number
}

/**
 * Latencies of one output. Costs O(commits), and for each tick and partition the cells that its ramp spans or its records,
 * whichever are fewer.
 */
export function latenciesOf(options: LatencyOptions): Latencies {
  return latenciesIn(firstCommits(options), options)
}

/**
 * Latencies over time: of the records due in each interval between neighbouring `cuts`, which ascend. An interval's
 * histogram is only there while it is visited.
 */
export function latenciesOverTime(
  options: Omit<LatencyOptions, 'from' | 'to'>,
  cuts: readonly Nanos[],
  visit: (latencies: Latencies, interval: number) => void,
): void {
  const first = firstCommits(options)
  for (let interval = 0; interval + 1 < cuts.length; interval++) {
    const span = { from: cuts[interval]!, to: cuts[interval + 1]! }
    visit(latenciesIn(first, { ...options, ...span }), interval)
  }
}

function latenciesIn(first: readonly FirstCommits[], options: LatencyOptions): Latencies {
  const { visibleOn, schedule, partitions, ticks, from, to } = options
  assert(
    visibleOn === 'all-partitions' || partitions.length === schedule.partitions,
    `${partitions.length} partitions commit for ${schedule.partitions} of the input: not its own`,
  )
  const records = new Histogram()
  const closes = new Histogram()
  let recordsLost = 0
  let closesLost = 0
  // From the first tick that ends after `from`.
  for (let index = ticks.containing(from); ticks.endOf(index - 1) < to; index++) {
    const tick = ticks.endOf(index)
    const last = lastOf(partitions.map((partition) => first[partition]?.get(tick)))
    if (tick <= to) {
      if (last === undefined) closesLost += 1
      else closes.add(last - tick)
    }
    const span = { from: Math.max(from, ticks.endOf(index - 1)), to: Math.min(to, tick) }
    for (let partition = 0; partition < schedule.partitions; partition++) {
      const visible = visibleOn === 'all-partitions' ? last : first[partition]?.get(tick)
      if (visible === undefined) recordsLost += countDue(schedule, partition, span)
      else addRamp(records, schedule, { ...span, partition, visible })
    }
  }
  return { records, closes, recordsLost, closesLost }
}

/** Sent-stamped latencies of the same records; those of ticks whose commits have no stamp are left out. */
export function sentLatenciesOf(options: LatencyOptions): Histogram {
  const { visibleOn, schedule, partitions, ticks, from, to } = options
  const first = firstCommits(options)
  // No tick has been read at 0: it stands for a commit without a stamp.
  const read = firstCommits(options, ({ readAt }) => readAt ?? 0)
  const histogram = new Histogram()
  for (let index = ticks.containing(from); ticks.endOf(index - 1) < to; index++) {
    const tick = ticks.endOf(index)
    const last = lastOf(partitions.map((partition) => first[partition]?.get(tick)))
    const lastRead = lastOf(partitions.map((partition) => read[partition]?.get(tick)))
    const span = { from: Math.max(from, ticks.endOf(index - 1)), to: Math.min(to, tick) }
    for (let partition = 0; partition < schedule.partitions; partition++) {
      const isOwn = visibleOn === 'own-partition'
      const visible = isOwn ? first[partition]?.get(tick) : last
      const readAt = isOwn ? read[partition]?.get(tick) : lastRead
      if (visible === undefined || !readAt) continue
      histogram.add(visible - readAt, countDue(schedule, partition, span))
    }
  }
  return histogram
}

/** `undefined` when nothing was measured. */
export function summarize(histogram: Histogram): LatencySummary | undefined {
  const { count, max } = histogram
  if (max === undefined) return undefined
  const at = (share: number): Nanos => histogram.quantile(share)!
  const ccdf: [Nanos, number][] = []
  let above = count
  histogram.forEachCell((_from, to, times) => {
    above -= times
    ccdf.push([to - 1, above / count])
  })
  return {
    count,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max,
    ccdf,
  }
}

/** `own-partition` where nothing between a source and the output moves rows to another partition. */
export function visibleOnOf({ paths }: Pick<Dataflow, 'paths'>, output: number): VisibleOn {
  const reached = paths.filter(({ to }) => to.kind === 'output' && to.output === output)
  // Paths grow while they are walked: each brings those that lead to where it starts.
  for (const { from } of reached) {
    for (const path of paths) {
      if (path.to.kind !== 'operator' || path.to.operator !== from) continue
      if (path.to.routing !== 'same-partition') return 'all-partitions'
      if (!reached.includes(path)) reached.push(path)
    }
  }
  return 'own-partition'
}

/**
 * Adds `visible − due` for the records of a partition due in `[from, to)`, exactly as if one by one.
 */
export function addRamp(
  histogram: Histogram,
  schedule: Schedule,
  ramp: {
    readonly partition: PartitionId
    readonly from: Nanos
    readonly to: Nanos
    readonly visible: Nanos
  },
): void {
  const { partition, visible } = ramp
  const first = schedule.dueBefore(partition, ramp.from)
  const end = schedule.dueBefore(partition, ramp.to)
  if (first === end) return
  const greatest = visible - schedule.dueOf(partition, first)
  const least = visible - schedule.dueOf(partition, end - 1)
  assert(least >= 0, `record ${end - 1} of partition ${partition} was visible ${-least} ns early`)
  if (end - first <= cellOf(greatest) - cellOf(least)) {
    for (let index = first; index < end; index++) {
      histogram.add(visible - schedule.dueOf(partition, index))
    }
    return
  }
  // The exact maximum goes in by itself; cells get the rest by any value that lies in them.
  histogram.add(greatest)
  let before = first + 1
  for (let cell = cellOf(greatest); before < end; cell--) {
    // A latency of at least the cell's start belongs to a record due at `visible − start` or before.
    const until = Math.min(end, schedule.dueBefore(partition, visible - cellStart(cell) + 1))
    if (until <= before) continue
    histogram.add(Math.min(cellEnd(cell) - 1, greatest), until - before)
    before = until
  }
}

/** Of a partition: the instant of the first commit of each tick, or another that this commit carries. */
type FirstCommits = ReadonlyMap<TickEnd, Nanos>

function firstCommits(
  { commits, output }: Pick<LatencyOptions, 'commits' | 'output'>,
  instantOf: (commit: VisibleCommit) => Nanos = ({ visibleAt }) => visibleAt,
): FirstCommits[] {
  const first: Map<TickEnd, Nanos>[] = []
  for (const commit of commits) {
    if (commit.output !== output) continue
    let ticks = first[commit.partition]
    if (ticks === undefined) {
      ticks = new Map()
      first[commit.partition] = ticks
    }
    if (!ticks.has(commit.tick)) ticks.set(commit.tick, instantOf(commit))
  }
  return first
}

/** The latest instant; `undefined` if one is missing. */
function lastOf(instants: readonly (Nanos | undefined)[]): Nanos | undefined {
  let last = 0
  for (const instant of instants) {
    if (instant === undefined) return undefined
    if (instant > last) last = instant
  }
  return last
}

function countDue(
  schedule: Schedule,
  partition: PartitionId,
  { from, to }: { readonly from: Nanos; readonly to: Nanos },
): number {
  return schedule.dueBefore(partition, to) - schedule.dueBefore(partition, from)
}
