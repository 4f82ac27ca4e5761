/**
 * Regions that are full for a while, nearly full, and full for good. In the first, what is lasting fits with room to spare, and what is on
 * its way would not if sources went on: rows for a worker that does not get on, blocks for a disk that does not. In the second nothing is
 * on its way, and blocks have to be sent to disk; in the third nothing would help.
 */
import { NOMINAL_COSTS } from '../cost/cost-model.ts'
import { placePartitions } from '../membership/membership.ts'
import { partitionOf, textKeyLanes } from '../output/digest.ts'
import type { EngineName } from '../plan/operator-support.ts'
import { milliseconds, seconds } from '../units.ts'
import { conformancePlan } from './plans.ts'
import type { Scenario } from './scenario.ts'

const MIB = 1024 * 1024
const PARTITIONS = 8

/** Lines of one long word each, so that rows take room and not time. */
const LONG_WORDS = Array.from({ length: 4_000 }, (_, n) => `${'abcdefghij'.repeat(20)}${n}`)

/** Some of them, all of which are counted on worker 1 of two. */
const OF_ONE = LONG_WORDS.filter((word) => {
  const bytes = Buffer.from(word)
  const { lane0 } = textKeyLanes(bytes, 0, bytes.length)
  return placePartitions(PARTITIONS, [0, 1])[partitionOf(lane0, PARTITIONS)] === 1
}).slice(0, 1_000)

const SLOW_FOLDS = { ...NOMINAL_COSTS, kernels: { ...NOMINAL_COSTS.kernels, fold: 5_000 } }

const CONFIG = {
  partitions: PARTITIONS,
  // Who is slow is not dead.
  detector: { heartbeat: milliseconds(20), timeout: seconds(10) },
} as const

export const FULL_FOR_A_WHILE: Readonly<Record<EngineName, Scenario>> = {
  // Worker 0 reads on, and all of it is for worker 1, which takes five times as long for a tick as it lasts.
  timely: {
    plan: conformancePlan('reduceByKey, sum', 20),
    lines: OF_ONE,
    config: {
      ...CONFIG,
      tick: milliseconds(20),
      input: { rate: 20_000, duration: seconds(4) },
      timely: { recovery: 'none' },
    },
    faults: [
      {
        kind: 'slow',
        process: 1,
        share: 0.02,
        at: milliseconds(1_000),
        length: milliseconds(2_500),
      },
    ],
    options: { regionBytes: 3 * MIB, costs: SLOW_FOLDS },
  },
  // Blocks go to disk slower than they come.
  dstream: {
    plan: conformancePlan('runningReduce, sum', 100),
    lines: LONG_WORDS,
    config: {
      ...CONFIG,
      tick: milliseconds(100),
      input: { rate: 20_000, duration: milliseconds(2_400) },
      dstream: { checkpointInterval: seconds(1), blockStoreBytesMax: 12 * MIB },
    },
    faults: [
      {
        kind: 'storage',
        what: 'slow',
        factor: 1_000,
        share: 1,
        at: milliseconds(400),
        length: milliseconds(1_200),
      },
    ],
    options: { regionBytes: 8 * MIB },
  },
}

/** Blocks that nothing but the next checkpoint lets go: the store has room for them by its limit, and the region has none. */
export const NEARLY_FULL: Scenario = {
  ...FULL_FOR_A_WHILE.dstream,
  config: {
    ...FULL_FOR_A_WHILE.dstream.config,
    dstream: { checkpointInterval: seconds(1), blockStoreBytesMax: 64 * MIB },
  },
  faults: [],
  options: { regionBytes: 7 * MIB },
}

/** The same, with a little more room, and a disk that takes nothing before there is a checkpoint: nobody can make room, and some is left. */
export const NEARLY_FULL_WITHOUT_DISK: Scenario = {
  ...NEARLY_FULL,
  faults: [
    {
      kind: 'storage',
      what: 'full',
      factor: 1,
      share: 1,
      at: milliseconds(1),
      length: milliseconds(950),
    },
  ],
  options: { regionBytes: 7.5 * MIB },
}

/** A table of which one would fit, and the rows that would be put in it: it is more with each tick. */
export const FULL_FOR_GOOD: Scenario = {
  plan: conformancePlan('runningReduce, sum', 100),
  lines: Array.from({ length: 40_000 }, (_, n) => `${'abcdefghij'.repeat(20)}${n}`),
  config: {
    ...CONFIG,
    tick: milliseconds(100),
    input: { rate: 20_000, duration: seconds(2) },
    dstream: { blockStoreBytesMax: 2 * MIB },
  },
  options: { regionBytes: 4 * MIB },
}
