/** What `straggler` and `overload` print: how long intervals take while a node is slow, and how a burst drains. */
import type { Nanos } from '../../engines/core/units.ts'
import { formatRate } from '../cli/options.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import { medianInterval } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'
import type { FaultReport, LoadedTrial, MeasuredArm } from './design.ts'
import { durationText, lengthTo, medianText, spanText } from './phases.ts'
import { largest, rateText, verdictText } from './report.ts'

export function stragglerReport({ arms, seed }: FaultReport): readonly string[] {
  return [
    'Interval time: of a D-Stream from the first task of a batch to its end, of timely from the end of an epoch to its commit.',
    'Medians of what ended in the trial in peace, and while one node was slow; ratios of one trial each.',
    formatTable(
      [
        { title: '', align: 'left' },
        { title: 'rate', unit: 'records' },
        { title: 'slow', unit: 'seen' },
        { title: 'in peace' },
        { title: 'with a', unit: 'slow node' },
        { title: 'ratio' },
        { title: '95 %' },
        { title: 'worst', unit: 'interval' },
        { title: 'p99', unit: 'in peace' },
        { title: 'p99', unit: 'whole trial' },
        { title: 'verdict', align: 'left' },
      ],
      arms.map((each): TableRow => {
        const { arm, calm, hit } = each
        const slow = hit.map((trial) => slowTimesOf(trial))
        const ratios = slowRatiosOf(each)
        return [
          arm.name,
          rateText(hit),
          String(slow.filter(({ length }) => length > 0).length),
          medianText(calmTimesOf(calm)),
          medianText(slow.flat()),
          ratios.length === 0 ? undefined : median(ratios).toFixed(2),
          ratioSpan(ratios, seed),
          durationText(largest(slow.flat(), (time) => time)),
          durationText(largest(calm, ({ outcome }) => outcome.latency?.p99)),
          durationText(largest(hit, ({ outcome }) => outcome.latency?.p99)),
          verdictText([...calm, ...hit]),
        ]
      }),
    ),
  ]
}

function ratioSpan(ratios: readonly number[], seed: number): string | undefined {
  if (ratios.length < 2) return undefined
  const { low, high } = medianInterval(ratios, { seed })
  return `${low.toFixed(2)} – ${high.toFixed(2)}`
}

/** Interval times of a trial, of a part of its clock: one value for each entry of its timeline in which some ended. */
function timesIn({ spec, outcome }: LoadedTrial, from: Nanos, to: Nanos): readonly Nanos[] {
  return (outcome.timeline ?? []).flatMap(({ at, interval, processing, lag }) => {
    const time = spec.engine === 'dstream' ? processing : lag
    return at - interval >= from && at <= to ? (time ?? []) : []
  })
}

const isValid = ({ outcome }: LoadedTrial): boolean => outcome.verdict === 'valid'

function calmTimesOf(calm: readonly LoadedTrial[]): readonly Nanos[] {
  return calm
    .filter(isValid)
    .flatMap((trial) => timesIn(trial, trial.spec.warmup, trial.spec.warmup + trial.spec.measured))
}

/** While a node was slow, by each witness. */
function slowTimesOf(trial: LoadedTrial): readonly Nanos[] {
  if (!isValid(trial)) return []
  const { faults } = trial.spec
  return (trial.outcome.recoveries ?? []).flatMap(({ witnessedAt }, place) => {
    const fault = faults[place]
    if (witnessedAt === undefined || fault === undefined || !('length' in fault)) return []
    return timesIn(trial, witnessedAt, witnessedAt + fault.length)
  })
}

/** Of each trial that has both: how much longer intervals took while a node was slow than in peace. */
export function slowRatiosOf({ calm, hit }: MeasuredArm): readonly number[] {
  const peace = calmTimesOf(calm)
  if (peace.length === 0) return []
  return hit.flatMap((trial) => {
    const slow = slowTimesOf(trial)
    return slow.length === 0 ? [] : median(slow) / median(peace)
  })
}

export function overloadReport({ arms, seed }: FaultReport): readonly string[] {
  return [
    'The backlog is what is due and not visible. Gone: latency is within 1.1 times the worst of before, and stays there for 3 s.',
    'What follows from the rates: what exceeds the maximum in the burst, at what the load leaves of it. Medians.',
    formatTable(
      [
        { title: '', align: 'left' },
        { title: 'rate', unit: 'records' },
        { title: 'burst', unit: 'records' },
        { title: 'bursts' },
        { title: 'largest', unit: 'backlog' },
        { title: 'worst', unit: 'latency' },
        { title: 'gone', unit: 'after burst' },
        { title: '95 %' },
        { title: 'from', unit: 'the rates' },
        { title: 'in peace', unit: 'worst' },
        { title: 'verdict', align: 'left' },
      ],
      arms.map(({ arm, calm, hit }): TableRow => {
        const drains = hit.flatMap((trial) => drainOf(trial) ?? [])
        const bursts = hit.flatMap(({ spec }) => spec.burst?.rate ?? [])
        const backlogs = hit.flatMap(({ outcome }) =>
          (outcome.timeline ?? []).map(({ backlogRecords }) => backlogRecords),
        )
        return [
          arm.name,
          rateText(hit),
          bursts.length === 0 ? undefined : formatRate(Math.round(median(bursts))),
          String(drains.length),
          backlogs.length === 0 ? undefined : String(Math.max(...backlogs)),
          durationText(largest(hit, ({ outcome }) => outcome.burst?.latencyMax)),
          ...drainCells(drains, seed),
          durationText(largest(calm, ({ outcome }) => outcome.latency?.max)),
          verdictText([...calm, ...hit]),
        ]
      }),
    ),
  ]
}

interface Drain {
  /** From the burst's end until latency is back. */
  readonly took: Nanos
  /** What follows from the rates. */
  readonly expected: Nanos
}

/** Undefined where the trial had no burst, or its latency was not measured. */
export function drainOf({ spec, outcome, pace }: LoadedTrial): Drain | undefined {
  const { burst, rate } = spec
  const phases = outcome.burst
  if (burst === undefined || phases?.witnessedAt === undefined || pace === undefined) {
    return undefined
  }
  const length = burst.until - burst.from
  return {
    took: Math.max(0, lengthTo(phases, 'latencyBackAt') - length),
    expected: (length * Math.max(0, burst.rate - pace)) / Math.max(1, pace - rate),
  }
}

function drainCells(drains: readonly Drain[], seed: number): readonly (string | undefined)[] {
  if (drains.length === 0) return [undefined, undefined, undefined]
  const took = drains.map((drain) => drain.took)
  const interval = medianInterval(took, { seed })
  return [
    durationText(median(took)),
    spanText(interval),
    durationText(median(drains.map(({ expected }) => expected))),
  ]
}
