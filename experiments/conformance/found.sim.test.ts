/** What random trials have found, shrunk: each was wrong once, and must stay right. */
import { expect, it } from 'vitest'
import type { PlanStep, StepWord } from '../../engines/core/conformance/random-plan.ts'
import { runRandomTrial } from '../campaign/checked-trial.ts'
import type { DrawnFault } from '../campaign/drawn-faults.ts'
import type { Cut, RandomTrial } from '../campaign/random-trial.ts'
import { SETUPS, survives } from '../campaign/recovery-modes.ts'

const CUT: Cut = {
  workers: 1,
  partitions: 1,
  tickMs: 200,
  rate: 40,
  seed: 0,
  ingest: 'log',
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

/** Worker 0, in a part of a thousand of the input's time. */
const killed = (at: number): DrawnFault => {
  return {
    fault: 'kill',
    whom: 0,
    other: 0,
    ways: 'both',
    at,
    on: 'instant',
    lastsMs: 0,
    strength: 0,
  }
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

type Found = Omit<RandomTrial, 'setup'>

const FOUND: Readonly<Record<string, Found>> = {
  // The timely engine took panes as long as the slide, so a window held more or less than its length.
  'a window whose length the slide does not divide': {
    plan: planOf(ONES, windowed(3, 2, 'inverse')),
    lines: ['a'],
    cut: CUT,
    faults: [],
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
    faults: [killed(809)],
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
    faults: [killed(511)],
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
    faults: [],
  },
  // The meter counted an output's rows as if all of them came from the first of its feeds.
  'an output that tables of both kinds feed': {
    plan: planOf(ONES, windowed(1, 1), CHANGES, ...withSums(2)),
    lines: [''],
    cut: { ...CUT, rate: 1 },
    faults: [],
  },
  // A feed that emits every second interval, and then the next of another, let ticks between them be committed early.
  'an output of two periods that are due at different ticks': {
    plan: planOf(ONES, windowed(3, 3), CHANGES, ...withSums(2)),
    lines: ['a'],
    cut: { ...CUT, tickMs: 50, workers: 2, partitions: 2 },
    faults: [],
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
    faults: [],
  },
}

const RUN_BY = SETUPS.filter(survives)

it.each(Object.entries(FOUND))('%s', async (_, trial) => {
  for (const setup of RUN_BY) {
    const { problems, coverage } = await runRandomTrial({ ...trial, setup })
    expect(problems).toEqual([])
    expect(coverage).toContain(setup.engine)
  }
})
