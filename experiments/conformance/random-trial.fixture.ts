/**
 * Random trials: a plan's recipe, lines, a schedule, a cut, kills. For fast-check: typed, and shrinking to a plain `map`
 * over one line on one worker.
 */
import fc from 'fast-check'
import { expect } from 'vitest'
import type {
  End,
  PairStep,
  Recipe,
  Span,
  Tail,
  TextStep,
} from '../../engines/core/conformance/recipe.ts'
import { recipeNamed } from '../../engines/core/conformance/recipe.ts'
import {
  type Scenario,
  simulatedSubject,
  trialOf,
} from '../../engines/core/conformance/scenario.ts'
import { problemsOf } from '../../engines/core/conformance/truth.ts'
import type { Fault } from '../../engines/core/faults/fault.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { commonPeriod } from '../../engines/core/plan/duration.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { ENGINES, engineOf } from '../../engines/index.ts'

const INTERVAL_MS = 200
/** Longer periods make longer runs, of which nothing new is learned. */
const PERIODS_MAX = 24

const span: fc.Arbitrary<Span> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([slide, more]) => ({ slide, length: slide + more }))

const textStep: fc.Arbitrary<TextStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<TextStep>(
      'words',
      'split',
      'lower-case',
      'prefix',
      'trim',
      'contains',
      'longer-than',
      'not-empty',
      'twice',
      'union-words',
      'union-itself',
    ),
  },
  { weight: 1, arbitrary: span },
)

const pairStep: fc.Arbitrary<PairStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom<PairStep>(
      'reduce-sum',
      'reduce-largest',
      'odd-values',
      'swap',
      'running-changes',
      'rank-changes',
      'union-reduced',
      'distinct',
      'grouped',
      'cogrouped',
      'joined',
      'tracked',
      'table-joined',
      'static-joined',
      'by-event-time',
    ),
  },
  { weight: 1, arbitrary: span.map((window): PairStep => ({ window })) },
  { weight: 1, arbitrary: fc.record({ changesOf: span, inverse: fc.boolean() }) },
)

const end: fc.Arbitrary<End> = fc.oneof(
  fc.constantFrom<End>('pairs', 'reduce-sum', 'running-sum', 'running-smallest'),
  span.map((counted): End => ({ counted })),
  fc.record({ reduced: span, how: fc.constantFrom('sum', 'inverse', 'largest') }),
)

const tail: fc.Arbitrary<Tail> = fc.oneof(
  fc.constantFrom<Tail>('none', 'changes'),
  fc.record({ top: fc.integer({ min: 1, max: 4 }) }),
)

const recipe: fc.Arbitrary<Recipe> = fc.record({
  intervalMs: fc.constant(INTERVAL_MS),
  text: fc.array(textStep, { maxLength: 3 }),
  form: fc.constantFrom('ones', 'lengths', 'by-first', 'two-forms'),
  pairs: fc.array(pairStep, { maxLength: 2 }),
  end,
  tail,
  also: fc.uniqueArray(fc.constantFrom('text', 'pairs', 'end'), { maxLength: 2 }),
})

const word = fc.constantFrom('a', 'b', 'ab', 'Ba', 'river', 'é', 'a-long-word-of-more-than-16')
const line = fc.array(word, { maxLength: 4 }).map((found) => found.join(' '))

interface Cut {
  readonly workers: number
  readonly partitions: number
  readonly tickMs: number
  readonly rate: number
  readonly seed: number
  readonly kernels: 'columns' | 'plain'
  readonly keepRows: boolean
  readonly replacement: 'respawn' | 'survivors'
  readonly accumulation: 'none' | 'local' | 'global' | 'both'
  readonly flushMs: number
  readonly checkpointTicks: number
  readonly batchesInFlightMax: number
  readonly blockStoreBytesMax: number
}

const cut: fc.Arbitrary<Cut> = fc.record({
  workers: fc.integer({ min: 1, max: 4 }),
  partitions: fc.integer({ min: 1, max: 7 }),
  tickMs: fc.constantFrom(200, 100, 50),
  rate: fc.constantFrom(0, 1, 7, 40, 150),
  seed: fc.nat(1_000_000),
  kernels: fc.constantFrom('columns', 'plain'),
  keepRows: fc.boolean(),
  replacement: fc.constantFrom('respawn', 'survivors'),
  accumulation: fc.constantFrom('none', 'local', 'global', 'both'),
  flushMs: fc.constantFrom(20, 3, 100),
  checkpointTicks: fc.integer({ min: 1, max: 9 }),
  batchesInFlightMax: fc.integer({ min: 1, max: 5 }),
  blockStoreBytesMax: fc.constantFrom(1024 * 1024, 20_000, 0),
})

/** Kills as drawn: by whom and when in parts of a thousand; `killsOf` makes them survivable. */
const kills = fc.array(fc.record({ worker: fc.nat(3), at: fc.integer({ min: 0, max: 1_050 }) }), {
  maxLength: 3,
})

export interface RandomTrial {
  readonly recipe: Recipe
  readonly lines: readonly string[]
  readonly cut: Cut
  readonly kills: readonly { readonly worker: number; readonly at: number }[]
}

export const randomTrial: fc.Arbitrary<RandomTrial> = fc.record({
  recipe,
  lines: fc.array(line, { minLength: 1, maxLength: 12 }),
  cut,
  kills,
})

/** A run comes back from a kill within this, so that one worker is always there to see the others die. */
const RECOVERED = milliseconds(800)

/** Somebody must live: a kill that would leave nobody, now or for good, is left out. */
function killsOf({ cut, kills }: RandomTrial, duration: number): readonly Fault[] {
  const { workers, replacement } = cut
  const faults: Fault[] = []
  if (workers === 1) return faults
  for (const kill of kills) {
    const process = kill.worker % workers
    const at = Math.round((duration * kill.at) / 1_000)
    const others = faults.filter((fault) => fault.process !== process)
    const near =
      replacement === 'survivors'
        ? others
        : others.filter((fault) => Math.abs(fault.at - at) < RECOVERED)
    if (new Set(near.map((fault) => fault.process)).size + 1 >= workers) continue
    if (replacement === 'survivors' && others.length < faults.length) continue
    faults.push({ kind: 'kill', process, at })
  }
  return faults
}

/** The scenario of a drawn trial, or nothing if its periods have no common multiple that is short. */
export async function scenarioOf(trial: RandomTrial): Promise<Scenario | undefined> {
  const { cut } = trial
  const plan = recipeNamed(trial.recipe)
  const { operators } = buildDataflow(await loadPlan(plan))
  let multiple = milliseconds(INTERVAL_MS)
  for (const { period } of operators) {
    if (period !== 'tick') multiple = (multiple / commonPeriod(multiple, period)) * period
  }
  if (multiple > milliseconds(INTERVAL_MS) * PERIODS_MAX) return undefined
  const duration = Math.ceil(milliseconds(1_600) / multiple) * multiple
  const tick = milliseconds(cut.tickMs)
  const { workers, partitions, seed, kernels, keepRows, replacement, accumulation } = cut
  const checkpointInterval = cut.checkpointTicks * tick
  return {
    plan,
    lines: trial.lines,
    faults: killsOf(trial, duration),
    config: {
      workers,
      partitions,
      tick,
      seed,
      kernels,
      keepRows,
      saveAll: seed % 2 === 0,
      replacement,
      input: { rate: cut.rate, duration },
      timely: { accumulation, flushInterval: milliseconds(cut.flushMs), checkpointInterval },
      dstream: {
        checkpointInterval,
        batchesInFlightMax: cut.batchesInFlightMax,
        blockStoreBytesMax: cut.blockStoreBytesMax,
      },
    },
  }
}

/** Runs a drawn trial on both engines, and fails with what is wrong with a run. */
export async function checkRandomTrial(random: RandomTrial): Promise<void> {
  const scenario = await scenarioOf(random)
  if (scenario === undefined) return
  for (const name of ENGINES) {
    const subject = simulatedSubject(await engineOf(name))
    const trial = trialOf(subject.engine, scenario)
    const record = await subject.run(trial)
    expect([subject.engine, ...(await problemsOf(trial, record))]).toEqual([subject.engine])
  }
}
