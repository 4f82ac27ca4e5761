/**
 * Lineage is sound, word by word: for each word of the language, every RDD that it takes is made again from the first batch on, and
 * each partition has the rows of the one that it replaces (`lineage-check.ts`); what is committed has the interpreter's digests.
 *
 * The list is that of the language, so a new word needs a plan here, and a new operator one in which it is.
 */
import { describe, expect, it } from 'vitest'
import { boundedTrialOf } from '../../core/conformance/bounded-trial.ts'
import { builtPlan } from '../../core/conformance/built-plan.ts'
import { checkedSystem } from '../../core/conformance/checked-system.ts'
import { lineagePlan, WORD_KINDS } from '../../core/conformance/plans/lineage.ts'
import {
  type ConfigChanges,
  counterOf,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  trialOf,
} from '../../core/conformance/scenario.ts'
import { problemsOf } from '../../core/conformance/truth.ts'
import { tickLogOf } from '../../core/input/tick-log.ts'
import type { DataflowOperator } from '../../core/plan/dataflow.ts'
import { WORDS } from '../../core/plan/vocabulary.ts'
import type { RunRecord, Trial } from '../../core/system.ts'
import { milliseconds, type Nanos, seconds } from '../../core/units.ts'
import { NETWORK } from '../../core/world/simulated/network.ts'
import { checkedDStreamEngine } from '../checked-engine.ts'
import type { DStreamGraph } from '../graph.ts'
import { lowerToDStreams } from '../lower.ts'
import type { LineageCheck } from './lineage-check.ts'

/** Where there is none, lineage goes back to the first batch, and nothing is read back in place of being made again. */
const NO_CHECKPOINT = { checkpointInterval: seconds(8) }

const CUTS: Readonly<Record<string, ConfigChanges>> = {
  'columns, replaced': {},
  'plain, survived by others': { workers: 3, kernels: 'plain', replacement: 'survivors' },
}

/** Two workers die, so that everything was lost that has one partition. */
const kills = (first: Nanos, second: Nanos) =>
  [
    { kind: 'kill', process: 1, at: first },
    { kind: 'kill', process: 0, at: second },
  ] as const

async function graphOf({ config }: Trial): Promise<DStreamGraph> {
  const { dataflow } = await builtPlan(config.plan)
  return lowerToDStreams({ config, dataflow, ticks: tickLogOf(config, dataflow) })
}

async function checkedRun(
  trial: Trial,
  options: Scenario['options'] = {},
): Promise<{ readonly record: RunRecord; readonly lineage: LineageCheck }> {
  const { system, checked } = checkedSystem(checkedDStreamEngine, options)
  const record = await system.run(trial)
  expect(await problemsOf(trial, record)).toEqual([])
  // Static data is computed by runs before.
  return { record, lineage: checked.at(-1)!.lineage }
}

/** What of the graph no run has made again, in words. */
function neverMadeAgain(
  { rdds, dataflow }: DStreamGraph,
  runs: readonly LineageCheck[],
): readonly string[] {
  return rdds
    .filter(({ id }) => runs.every((lineage) => lineage.comparedOf(id) === 0))
    .map(({ id, kind, operator }) => `${kind} ${id} of ${dataflow.operators[operator]!.word}`)
}

describe.each(WORD_KINDS.filter((kind) => kind !== 'iterate'))('%s', (word) => {
  it.each(Object.entries(CUTS))('%s', async (_, config) => {
    const trial = trialOf('dstream', {
      plan: lineagePlan(word, INTERVAL_MS),
      config: { ...config, dstream: NO_CHECKPOINT },
      faults: kills(milliseconds(1_230), milliseconds(2_130)),
    })
    const { record, lineage } = await checkedRun(trial)
    expect(eventsOf(record, 'block-recomputed')).not.toEqual([])
    expect([counterOf(record, 'blockRestores'), counterOf(record, 'blockReloads')]).toEqual([0, 0])
    expect(neverMadeAgain(await graphOf(trial), [lineage])).toEqual([])
  })
})

/** So far apart that workers are killed between its jobs. */
const FAR = { network: { ...NETWORK, latency: milliseconds(6), jitter: 5 } }

it.each(Object.entries(CUTS))('iterate, a job for each round: %s', async (_, config) => {
  const scenario: Scenario = {
    plan: lineagePlan('iterate', INTERVAL_MS),
    config: {
      ...config,
      detector: { heartbeat: milliseconds(20), timeout: milliseconds(200) },
      dstream: { ...NO_CHECKPOINT, iterationsAsJobs: true },
    },
    options: FAR,
  }
  const trial = await boundedTrialOf('dstream', scenario)
  const calm = await checkedRun(trial, FAR)
  const begin = trial.config.input.duration
  const end = Math.max(...calm.record.commits.map(({ visibleAt }) => visibleAt))
  const checks: LineageCheck[] = []
  for (let part = 1; part < 8; part++) {
    const at = Math.round(begin + ((end - begin) * part) / 8)
    const faults = kills(at, at + seconds(1))
    const { record, lineage } = await checkedRun({ ...trial, faults }, FAR)
    expect(eventsOf(record, 'recovery-planned')).not.toEqual([])
    checks.push(lineage)
  }
  expect(neverMadeAgain(await graphOf(trial), checks)).toEqual([])
})

const OPERATORS: Readonly<Record<DataflowOperator['kind'], true>> = {
  source: true,
  exchange: true,
  reduceByKey: true,
  runningReduce: true,
  window: true,
  reduceByWindow: true,
  topK: true,
  evolve: true,
}

it('each word of the language has a plan with it, and each operator is in one', async () => {
  // A source is in each of them.
  const wanted = WORDS.flatMap(({ kind }) => kind ?? []).filter((kind) => kind !== 'source')
  expect([...WORD_KINDS].sort()).toEqual(wanted.sort())
  const kinds = new Set<string>()
  for (const word of WORD_KINDS) {
    const { plan, dataflow } = await builtPlan(lineagePlan(word, INTERVAL_MS))
    expect(plan.nodes.map(({ kind }) => kind)).toContain(word)
    for (const { kind } of dataflow.operators) kinds.add(kind)
  }
  expect([...kinds].sort()).toEqual(Object.keys(OPERATORS).sort())
})
