/**
 * What a bounded trial measured: how long it took for its answer, and the answer. There are no latencies: all records were
 * due before the clock started.
 */
import { DigestSum } from '../../engines/core/output/digest.ts'
import { type FinalAnswer, finalAnswers } from '../../engines/core/output/final-answer.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { textOf } from './committed.ts'
import { completedTicks } from './completed-ticks.ts'
import type { Measured } from './trial-measures.ts'
import { resourcesOf } from './trial-resources.ts'
import type { AnswerSummary } from './trial-spec.ts'

/** Of a run that did not complete, or kept no rows, there is no answer. Costs an encoding of each row. */
export function boundedMeasures(
  record: RunRecord,
  { spec, config, dataflow, outputs }: Measured,
  records: number,
) {
  const { output, partitions } = outputs[0]!
  const last = record.commits.reduce((latest, { visibleAt }) => Math.max(latest, visibleAt), 0)
  const elapsed = Math.max(0, Math.round(last - clockStart(config.input)))
  const isComplete = record.outcome === 'completed' && elapsed > 0
  const answers = isComplete && spec.showRows !== 0 ? finalAnswers(dataflow, record) : []
  return {
    recordsMeasured: records,
    recordsAll: records,
    ticksCompleted: completedTicks(record.commits, output, partitions.length).length,
    processedPerSecond: isComplete ? (records * 1e9) / elapsed : 0,
    rowsCommitted: record.commits.reduce((sum, { rows }) => sum + rows, 0),
    ...(isComplete
      ? { answered: { elapsed, answers: answers.map((each) => summaryOf(each, spec.showRows)) } }
      : {}),
    ...resourcesOf(record),
  }
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
