/**
 * Streams joined with static data, on both engines, simulated: `ad-analytics` as its oracle says, with a worker killed that
 * needs the table again; and tables of all shapes as the interpreter says, on which records find one row, several, or none.
 */
import { describe, expect, it } from 'vitest'
import { commitsByPlace, runRight } from '../../engines/core/conformance/operators.ts'
import { conformancePlan } from '../../engines/core/conformance/plans.ts'
import {
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  STATIC_LINES,
  trialOf,
} from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { EngineName } from '../../engines/core/plan/operator-support.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { dueCommits } from '../checkers/due-commits.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict } from '../checkers/verdict.ts'

const WORKLOADS = ['ad-analytics', 'ad-analytics-integers'] as const

/** A run of a workload that is valid by its oracle, an ad's campaign by `join`. */
async function judgedRun(
  engine: EngineName,
  name: (typeof WORKLOADS)[number],
  { join = 'static', ...scenario }: Omit<Scenario, 'plan'> & { readonly join?: string },
): Promise<RunRecord> {
  const workload = workloadNamed(name)
  const parameters = { interval: `${INTERVAL_MS}ms`, length: `${2 * INTERVAL_MS}ms`, join }
  const input = { rate: 400, duration: milliseconds(6 * INTERVAL_MS) }
  const plan = workload.plan(parameters)
  const asked = { ...scenario, plan, config: { input, ...scenario.config } }
  const trial = {
    ...trialOf(engine, asked),
    pool: makeInput(workload.inputs[0]!.kind, { records: 500, seed: 3 }),
    staticInputs: workload.staticInputs!(parameters),
  }
  const record = await simulatedSubject(engine, checkedEngineOf).run(trial)
  const outputs = dueCommits(buildDataflow(await loadPlan(plan)), trial.config)
  const verdict = judge(record, trial, outputs, workload.oracle(parameters))
  expect(describeVerdict(verdict)).toMatch(/^valid/)
  return record
}

describe.each(ENGINES.flatMap((engine) => WORKLOADS.map((name) => ({ engine, name }))))(
  '$name on $engine',
  ({ engine, name }) => {
    it.each(['columns', 'plain'] as const)(
      '%s: commits what a map in its place does',
      async (kernels) => {
        const config = { kernels }
        const joined = commitsByPlace(await judgedRun(engine, name, { config }))
        const mapped = await judgedRun(engine, name, { config, join: 'map' })
        expect(joined).toEqual(commitsByPlace(mapped))
        expect(mapped.commits.some(({ rows }) => rows > 0)).toBe(true)
      },
    )

    it.each([
      ['replaced', { kernels: 'columns' }],
      ['survived by others, plain', { kernels: 'plain', workers: 3, replacement: 'survivors' }],
    ] as const)(
      'a killed worker, %s: whoever has its partitions has the table',
      async (_, config) => {
        for (const at of [30, 1_130, 1_990]) {
          const faults = [{ kind: 'kill', process: 1, at: milliseconds(at) }] as const
          const record = await judgedRun(engine, name, { config, faults })
          expect(eventsOf(record, 'fault-kill')[0]?.fields.witnessed).toBe(true)
          const after = record.commits.filter(({ visibleAt }) => visibleAt > milliseconds(at))
          expect(after.some(({ rows }) => rows > 0)).toBe(true)
        }
      },
    )
  },
)

/** Lines of what a word is, for words of the stream. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  'no row': [],
  'one row': ['river water'],
  'one key, many times': Array.from({ length: 40 }, (_, kind) => `river kind-${kind % 30}`),
  'keys that never come': ['ford stone', 'dam stone'],
  'a key that is empty, and a value that is missing': [' nothing', 'river', 'bridge wood'],
  'many keys, of which few come': [
    ...Array.from({ length: 500 }, (_, word) => `word-${word} kind-${word % 7}`),
    ...STATIC_LINES['input:kinds']!,
  ],
}

const KILL = [{ kind: 'kill', process: 1, at: milliseconds(1_310) }] as const

describe.each(ENGINES)('on %s', (engine) => {
  const plans = ['a join with static data', 'static data that is reduced and grouped'] as const

  it.each(Object.entries(TABLES))('a table of %s', async (_, lines) => {
    const subject = simulatedSubject(engine, checkedEngineOf)
    for (const name of plans) {
      const plan = conformancePlan(name, INTERVAL_MS)
      const scenario = { plan, statics: { 'input:kinds': lines } }
      await runRight(subject, { ...scenario, config: { kernels: 'plain' } })
      await runRight(subject, { ...scenario, config: { workers: 3, partitions: 7 }, faults: KILL })
    }
  })

  it('a row that is no value ends the run by name, before a record is read', async () => {
    const subject = simulatedSubject(engine, checkedEngineOf)
    const plan = {
      module: 'experiments/cli/own-plans.fixture.ts',
      export: 'sections',
      parameters: { interval: `${INTERVAL_MS}ms`, sections: 'sections.jsonl' },
    }
    const rows = ['{"url":"/a","section":"one"}', '{"url":']
    const trial = {
      ...trialOf(engine, { plan, lines: ['{"url":"/a"}'] }),
      staticInputs: { 'file:sections.jsonl': poolBytesOf(rows) },
    }
    const record = await subject.run(trial)
    expect(record.outcome).toBe('failed')
    expect(record.error).toMatchObject({ code: 'user-function' })
    expect(record.error?.message).toMatch(
      /^map \(node \d+\) of the record '\{"url":' .*: its function threw SyntaxError/,
    )
    expect(record.commits).toEqual([])
  })
})
