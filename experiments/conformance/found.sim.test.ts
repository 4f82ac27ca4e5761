/** What random trials have found, shrunk: each was wrong once, and must stay right. */
import { it } from 'vitest'
import { checkRandomTrial, type RandomTrial } from './random-trial.fixture.ts'

const RECIPE: RandomTrial['recipe'] = {
  intervalMs: 200,
  text: [],
  form: 'ones',
  pairs: [],
  end: 'pairs',
  tail: 'none',
  also: [],
}

const CUT: RandomTrial['cut'] = {
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
}

const FOUND: Readonly<Record<string, RandomTrial>> = {
  // The timely engine took panes as long as the slide, so a window held more or less than its length.
  'a window whose length the slide does not divide': {
    recipe: { ...RECIPE, end: { reduced: { slide: 2, length: 3 }, how: 'inverse' } },
    lines: ['a'],
    cut: CUT,
    kills: [],
  },
  // The driver gave a checkpoint up after it had asked for some of its tables; they were gone when the question arrived.
  'a checkpoint that is given up because a table is being made again': {
    recipe: {
      ...RECIPE,
      pairs: [{ changesOf: { slide: 3, length: 3 }, inverse: false }],
      end: { reduced: { slide: 2, length: 2 }, how: 'sum' },
    },
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
    recipe: {
      ...RECIPE,
      text: [{ slide: 2, length: 2 }],
      end: { reduced: { slide: 3, length: 3 }, how: 'sum' },
      tail: { top: 1 },
    },
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
    recipe: { ...RECIPE, text: [{ slide: 1, length: 1 }], pairs: ['union-reduced'] },
    lines: [''],
    cut: { ...CUT, keepRows: true },
    kills: [],
  },
  // The meter counted an output's rows as if all of them came from the first of its feeds.
  'an output that tables of both kinds feed': {
    recipe: {
      ...RECIPE,
      pairs: [{ changesOf: { slide: 1, length: 1 }, inverse: false }, 'union-reduced'],
      also: ['pairs'],
    },
    lines: [''],
    cut: { ...CUT, rate: 1 },
    kills: [],
  },
  // A feed that emits every second interval, and then the next of another, let ticks between them be committed early.
  'an output of two periods that are due at different ticks': {
    recipe: {
      ...RECIPE,
      pairs: [{ changesOf: { slide: 3, length: 3 }, inverse: false }, 'union-reduced'],
      also: ['pairs'],
    },
    lines: ['a'],
    cut: { ...CUT, tickMs: 50, workers: 2, partitions: 2 },
    kills: [],
  },
  // A worker waited for ranks to close that are kept by another, and never committed.
  'an output that ranks and all partitions feed': {
    recipe: { ...RECIPE, pairs: ['rank-changes', 'union-reduced'] },
    lines: [''],
    cut: { ...CUT, workers: 2, partitions: 2, tickMs: 50 },
    kills: [],
  },
}

it.each(Object.entries(FOUND))('%s', async (_, trial) => {
  await checkRandomTrial(trial)
})
