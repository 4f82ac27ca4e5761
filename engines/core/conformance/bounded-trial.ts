/** Scenarios over inputs that end: as trials, and what is wrong with the final answers of their runs. */
import { boundedConfig } from '../input/bounded-config.ts'
import { interpretedAnswers } from '../interpreter/answers.ts'
import { type Digest, digestOfRows } from '../output/digest.ts'
import { finalAnswers } from '../output/final-answer.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { loadPlan } from '../plan/named-plan.ts'
import type { RunRecord, Trial } from '../system.ts'
import { type Nanos, seconds } from '../units.ts'
import { type Scenario, type Subject, trialOf } from './scenario.ts'
import { truthOf } from './truth.ts'

/** A scenario as a bounded run: of its input it has the lines, and a rate for a plan with lengths. */
export async function boundedTrialOf(
  engine: Subject['engine'],
  scenario: Scenario,
): Promise<Trial> {
  const asked = trialOf(engine, scenario)
  const { partitions, plan, input, timely, dstream } = asked.config
  const records = asked.pool.offsets.length - 1
  const shape = boundedConfig(await loadPlan(plan), { records, partitions, rate: input.rate })
  const fitting = (length: Nanos): Nanos => Math.ceil(length / shape.tick) * shape.tick
  const config = {
    ...asked.config,
    ...shape,
    keepRows: true,
    timely: { ...timely, checkpointInterval: fitting(timely.checkpointInterval) },
    dstream: { ...dstream, checkpointInterval: fitting(dstream.checkpointInterval) },
  }
  return { ...asked, config, deadline: shape.input.duration + seconds(20) }
}

/** By output: the digests of a run's final answers. */
export async function answerDigests(trial: Trial, record: RunRecord): Promise<readonly Digest[]> {
  const dataflow = buildDataflow(await loadPlan(trial.config.plan))
  return finalAnswers(dataflow, record).map(({ rows }) => digestOfRows(rows))
}

/** All that is wrong with the final answers of a run whose commits are right, in words. */
export async function answerProblemsOf(
  trial: Trial,
  record: RunRecord,
): Promise<readonly string[]> {
  const expected = interpretedAnswers(await loadPlan(trial.config.plan), await truthOf(trial))
  const found = await answerDigests(trial, record)
  return found.flatMap((is, output) => {
    const should = digestOfRows(expected[output]!)
    if (sameDigest(is, should)) return []
    return [`the answer ${output} has ${is.rows} rows, and should have ${should.rows} others`]
  })
}

function sameDigest(a: Digest, b: Digest): boolean {
  return a.rows === b.rows && a.lane0 === b.lane0 && a.lane1 === b.lane1
}
