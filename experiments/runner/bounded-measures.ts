/**
 * What a bounded trial measured: how long it took for its answer, and the answer; of a loop that was run as jobs, what a job
 * took. There are no latencies: all records were due before the clock started.
 */
import { tickLogOf } from '../../engines/core/input/tick-log.ts'
import { DigestSum } from '../../engines/core/output/digest.ts'
import { type FinalAnswer, finalAnswers } from '../../engines/core/output/final-answer.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { quantile } from '../statistics/quantiles.ts'
import { firstOf, textOf } from './committed.ts'
import { completedTicks } from './completed-ticks.ts'
import { type FaultPhases, phasesOf } from './recovery-phases.ts'
import type { Measured } from './trial-measures.ts'
import { resourcesOf } from './trial-resources.ts'
import type { AnswerSummary, JobsSummary } from './trial-spec.ts'

/** Of a run that did not complete, or kept no rows, there is no answer. Costs an encoding of each row. */
export function boundedMeasures(record: RunRecord, measured: Measured, records: number) {
  const { spec, config, dataflow, outputs } = measured
  const { output, partitions } = outputs[0]!
  const first = firstOf(record.commits)
  const last = first.reduce((latest, { visibleAt }) => Math.max(latest, visibleAt), 0)
  const elapsed = Math.max(0, Math.round(last - clockStart(config.input)))
  const isComplete = record.outcome === 'completed' && elapsed > 0
  const answers = isComplete && spec.showRows !== 0 ? finalAnswers(dataflow, record) : []
  return {
    recordsMeasured: records,
    recordsAll: records,
    ticksCompleted: completedTicks(record.commits, output, partitions.length).length,
    processedPerSecond: isComplete ? (records * 1e9) / elapsed : 0,
    rowsCommitted: first.reduce((sum, { rows }) => sum + rows, 0),
    ...(isComplete
      ? { answered: { elapsed, answers: answers.map((each) => summaryOf(each, spec.showRows)) } }
      : {}),
    ...(config.dstream.iterationsAsJobs && isComplete ? jobsOf(record, last) : {}),
    ...(spec.faults.length > 0 ? { recoveries: recoveriesOf(record, measured) } : {}),
    ...resourcesOf(record),
  }
}

/** What of a recovery has no need of latencies. */
function recoveriesOf(
  { commits, history, outcome }: RunRecord,
  { spec: { faults }, config, dataflow }: Measured,
): readonly FaultPhases[] {
  const ticks = tickLogOf(config, dataflow)
  const tickEnd = (tick: number): Nanos => ticks.endOf(tick)
  const calm = { completed: [], dueBefore: () => 0, start: 0, end: 0 }
  return phasesOf({ ...calm, faults, history, commits, outcome, tickEnd })
}

function summaryOf({ name, rows }: FinalAnswer, shown = 0): AnswerSummary {
  const sum = new DigestSum()
  for (const [key, value] of rows) sum.addRow(key, value)
  const { lane0, lane1 } = sum.take()
  return {
    name,
    rows: rows.length,
    digest: [lane0, lane1].map((lane) => lane.toString(16).padStart(8, '0')).join(''),
    first: rows.slice(0, shown).map(([key, value]) => [textOf(key), textOf(value)] as const),
  }
}

/** By the driver's account of its batches. None on an engine that has no driver. */
function jobsOf(
  { history, processes }: RunRecord,
  answeredAt: Nanos,
): { readonly jobs?: JobsSummary } {
  // By batch: a driver that takes over begins jobs again that were under way.
  const timesOf = (event: string) => {
    const own = history.filter((entry) => entry.event === event)
    return new Map(own.map(({ fields, at }): [number, Nanos] => [Number(fields.batch), at]))
  }
  const submitted = timesOf('job-submitted')
  const ended = timesOf('batch-completed')
  // A run is over with the last commit of the last job: nobody may hear of its end.
  ended.set(Math.max(...submitted.keys()), answeredAt)
  const [first, ...others] = [...submitted].map(([batch, at]) => ended.get(batch)! - at)
  if (first === undefined || others.length === 0) return {}
  const cpu = processes.flatMap(({ cpuNs }) => cpuNs ?? [])
  const isKnown = cpu.length === processes.length
  return {
    jobs: {
      count: submitted.size,
      first,
      p50: quantile(others, 0.5),
      max: Math.max(...others),
      ...(isKnown ? { cpuNs: cpu.reduce((sum, ns) => sum + ns, 0) / submitted.size } : {}),
    },
  }
}
