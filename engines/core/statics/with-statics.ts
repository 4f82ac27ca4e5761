/**
 * A system around a system: computes what a plan joins as static data, by runs of its own before the plan's, and gives the
 * rows to all of its processes.
 *
 *   trial ──▶ part 'ads' ──bounded run, rows kept──▶ final answer ──encoded──┐
 *        └──▶ part 'users' ──…─────────────────────────────────────────────┼──▶ the plan's own run
 *
 * A static part is a plan like any other, run on the same engine in the same world, by all workers, without the faults and without
 * workers that join or leave: their instants are those of the plan's run. It needs no verdict of its own: wrong static rows make
 * wrong rows.
 */
import { InputError } from '../errors.ts'
import { boundedConfig } from '../input/bounded-config.ts'
import { finalAnswers } from '../output/final-answer.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { loadPlan } from '../plan/named-plan.ts'
import { staticNames } from '../plan/static-data.ts'
import type { RunConfig } from '../run-config.ts'
import type { PoolBytes, RunRecord, System, Trial } from '../system.ts'
import { type EncodedRows, encodeRows, STATIC_BYTES_MAX } from './encoded-rows.ts'

/**
 * A static part that does not complete ends the whole run with its outcome and error, and no commits. Rejects as `system`
 * does, with an `InputError` for an input that the trial does not have, and a `CapacityError` for rows over `bytesMax`.
 */
export function withStatics(system: System, bytesMax = STATIC_BYTES_MAX): System {
  return {
    name: system.name,
    async run(trial) {
      const statics: EncodedRows[] = []
      for (const name of staticNames(await loadPlan(trial.config.plan))) {
        const part = await partOf(trial, name)
        const record = await system.run(part)
        if (record.outcome !== 'completed') return { ...record, commits: [], rows: [] }
        statics.push(encodeRows(name, await rowsOf(part, record), bytesMax))
      }
      return system.run(statics.length === 0 ? trial : { ...trial, statics })
    },
  }
}

async function partOf(trial: Trial, name: string): Promise<Trial> {
  const { resize: _, keepRowsMax: __, ...asked } = trial.config
  const config = { ...asked, plan: { ...asked.plan, static: name } }
  const plan = await loadPlan(config.plan)
  const source = buildDataflow(plan).operators.find(({ kind }) => kind === 'source')
  const pool = inputOf(trial, name, source?.kind === 'source' ? source.url : '')
  const records = pool.offsets.length - 1
  const { tick, input } = boundedConfig(plan, { records, partitions: config.partitions, rate: 0 })
  return {
    config: {
      ...withTick(config, tick),
      input,
      ingest: 'log',
      keepRows: true,
      saveAll: false,
      digests: true,
    },
    pool,
    faults: [],
    deadline: input.duration + trial.deadline - trial.config.input.duration,
  }
}

function inputOf({ staticInputs = {} }: Trial, name: string, url: string): PoolBytes {
  const pool = staticInputs[url]
  if (pool !== undefined) return pool
  throw new InputError({
    asked: `static data ${name}`,
    found: `no records of its input '${url}'`,
    rule: 'a run has the records of every readStatic of its plan',
    remedy: 'Name a file by file:path, or let the workload make them',
  })
}

/** A configuration whose distances of checkpoints fit another tick. A part has no loops. */
function withTick(config: RunConfig, tick: number): RunConfig {
  const { iterationsAsJobs: _, ...dstream } = config.dstream
  return {
    ...config,
    tick,
    timely: { ...config.timely, checkpointInterval: tick },
    dstream: { ...dstream, checkpointInterval: tick },
  }
}

async function rowsOf({ config }: Trial, record: Pick<RunRecord, 'commits' | 'rows'>) {
  const [answer] = finalAnswers(buildDataflow(await loadPlan(config.plan)), record)
  return answer?.rows ?? []
}
