/** What random trials have found, shrunk: each was wrong once, and must stay right. */
import { expect, it } from 'vitest'
import type { PlanStep, StepWord } from '../../engines/core/conformance/random-plan.ts'
import { runRandomTrial } from '../campaign/checked-trial.ts'
import type { Cut, RandomTrial } from '../campaign/random-trial.ts'

const CUT: Cut = {
  workers: 1,
  partitions: 1,
  tickMs: 200,
  rate: 40,
  seed: 0,
  kernels: 'columns',
  keepRows: false,
  replacement: 'respawn',
  accumulation: 'none',
  flushMs: 20,
  checkpointTicks: 1,
  batchesInFlightMax: 1,
  blockStoreBytesMax: 1024 * 1024,
  regionKib: 4_096,
  latencyUs: 50,
}

/** A step that reads the last stream of its type. */
const last = (word: StepWord, out = 0): PlanStep => ({ ...word, from: 0, out })

const planOf = (...steps: readonly PlanStep[]): RandomTrial['plan'] => {
  return { format: 'text', intervalMs: 200, steps }
}

const ONES = last({ word: 'pair', how: 'ones' })
const CHANGES = last({ word: 'changes', of: 'tables' })
const SUMS = last({ word: 'reduceByKey', reduce: 'sum' })

/** A stream of pairs and its sums, in one. */
const withSums = (out = 0): readonly PlanStep[] => [
  SUMS,
  { word: 'union', of: 'pairs', with: 0, from: 1, out },
]

const windowed = (length: number, slide: number, how: 'sum' | 'inverse' = 'sum'): PlanStep =>
  last({ word: 'reduceByWindow', span: { length, slide }, how })

const FOUND: Readonly<Record<string, RandomTrial>> = {
  // The timely engine took panes as long as the slide, so a window held more or less than its length.
  'a window whose length the slide does not divide': {
    plan: planOf(ONES, windowed(3, 2, 'inverse')),
    lines: ['a'],
    cut: CUT,
    kills: [],
  },
  // The driver gave a checkpoint up after it had asked for some of its tables; they were gone when the question arrived.
  'a checkpoint that is given up because a table is being made again': {
    plan: planOf(ONES, windowed(3, 3), CHANGES, windowed(2, 2)),
    lines: [''],
    cut: {
      ...CUT,
      workers: 2,
      partitions: 2,
      tickMs: 50,
      rate: 0,
      checkpointTicks: 7,
      batchesInFlightMax: 3,
    },
    kills: [{ worker: 0, at: 809 }],
  },
  'the same, of windows behind a window': {
    plan: planOf(
      last({ word: 'window', of: 'text', span: { length: 2, slide: 2 } }),
      ONES,
      windowed(3, 3),
      last({ word: 'topK', k: 1 }),
    ),
    lines: [''],
    cut: {
      ...CUT,
      workers: 2,
      partitions: 2,
      tickMs: 50,
      rate: 0,
      seed: 87_776,
      checkpointTicks: 9,
      batchesInFlightMax: 2,
    },
    kills: [{ worker: 0, at: 511 }],
  },
  // Kept rows of a table were decoded as a window's records.
  'an output that a window and a table feed, with its rows kept': {
    plan: planOf(
      last({ word: 'window', of: 'text', span: { length: 1, slide: 1 } }),
      ONES,
      ...withSums(),
    ),
    lines: [''],
    cut: { ...CUT, keepRows: true },
    kills: [],
  },
  // The meter counted an output's rows as if all of them came from the first of its feeds.
  'an output that tables of both kinds feed': {
    plan: planOf(ONES, windowed(1, 1), CHANGES, ...withSums(2)),
    lines: [''],
    cut: { ...CUT, rate: 1 },
    kills: [],
  },
  // A feed that emits every second interval, and then the next of another, let ticks between them be committed early.
  'an output of two periods that are due at different ticks': {
    plan: planOf(ONES, windowed(3, 3), CHANGES, ...withSums(2)),
    lines: ['a'],
    cut: { ...CUT, tickMs: 50, workers: 2, partitions: 2 },
    kills: [],
  },
  // A worker waited for ranks to close that are kept by another, and never committed.
  'an output that ranks and all partitions feed': {
    plan: planOf(
      ONES,
      last({ word: 'runningReduce', reduce: 'sum' }),
      last({ word: 'topK', k: 2 }),
      last({ word: 'changes', of: 'ranks' }),
      ...withSums(),
    ),
    lines: [''],
    cut: { ...CUT, workers: 2, partitions: 2, tickMs: 50 },
    kills: [],
  },
}

it.each(Object.entries(FOUND))('%s', async (_, trial) => {
  const { problems, coverage } = await runRandomTrial(trial)
  expect(problems).toEqual([])
  expect(coverage).toBe('both-engines')
})
