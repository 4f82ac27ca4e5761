/**
 * Copies of tasks that are late, in the simulated world, with a worker that has a share of its CPU only (D-Streams §5.2, Figure 13).
 *
 * Safety: every commit is true, blocks that two workers made are equal (the lineage check sees both), effects happen once. Worth:
 * batches take less than without copies. `SEED` and `RUNS` come from the environment; a failure prints its seed.
 */
import { describe, expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../core/cost/cost-model.ts'
import type { Fault } from '../core/faults/fault.ts'
import { difference, sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import type { RunConfig } from '../core/run-config.ts'
import type { RunRecord } from '../core/system.ts'
import { milliseconds, type Nanos, seconds } from '../core/units.ts'
import { seededRandom } from '../core/world/random.ts'
import type { SimulationOptions } from '../core/world/simulated/simulation.ts'
import {
  type ConfigChanges,
  configOf,
  counterOf,
  eventsOf,
  expectTrue,
  run,
} from './trial.fixture.ts'

const ones = () => readStream('log', '500ms').flatMap(words).map(withOne)
const counts = () => planOf(ones().runningReduce(sum))

/** Many different words, so that reduce tasks have something to do, and alike. */
const LINES = Array.from({ length: 500 }, (_, line) =>
  Array.from({ length: 4 }, (_, word) => `word-${(line * 7 + word * 131) % 1_009}`).join(' '),
)

const WATCHING: ConfigChanges = {
  workers: 4,
  partitions: 32,
  tick: milliseconds(250),
  // Who is slow is not dead.
  detector: { heartbeat: milliseconds(20), timeout: seconds(1) },
}

const watching = (dstream: Partial<RunConfig['dstream']> = {}, changes: ConfigChanges = {}) =>
  configOf({ ...WATCHING, ...changes, dstream: { speculation: 1.4, ...dstream } })

const slow = (process: number, from: Nanos, length: Nanos, share = 0.15): Fault => ({
  kind: 'slow',
  process,
  at: from,
  length,
  share,
})
const ALWAYS_SLOW = slow(1, seconds(1), Number.POSITIVE_INFINITY)

/** A map task takes about 3 ms, eight of them are a worker's; reduces are free, or take as long. */
const MAPS = { words: 1_000_000 }
const REDUCES = { words: 100_000, fold: 300_000 }

function tryOut(
  config: RunConfig,
  kernels: Readonly<Record<string, number>>,
  faults: readonly Fault[] = [],
  plan: Plan = counts(),
): RunRecord {
  const costs = { ...NOMINAL_COSTS, kernels: { other: 0, ...kernels } }
  const record = run(plan, config, faults, { costs, lines: LINES })
  expectTrue(plan, config, record, LINES)
  return record
}

/** Mean processing delay of the batches that are submitted after 1 s. */
function processingOf(record: RunRecord): Nanos {
  const delays = eventsOf(record, 'batch-completed')
    .map(({ fields }) => fields as Readonly<Record<string, number>>)
    .filter(({ submittedAt }) => submittedAt! > seconds(1))
    .map(({ processingDelayNs }) => processingDelayNs!)
  return delays.reduce((total, delay) => total + delay, 0) / delays.length
}

const stagesCopied = (record: RunRecord): readonly unknown[] => [
  ...new Set(eventsOf(record, 'task-speculated').map(({ fields }) => fields.stage)),
]

describe.each([
  ['maps are most of the work', MAPS],
  ['reduces are most of the work', REDUCES],
])('%s', (_, kernels) => {
  let ran: RunRecord | undefined
  const helped = (): RunRecord => (ran ??= tryOut(watching(), kernels, [ALWAYS_SLOW]))

  it('makes no copy where all workers are alike', () => {
    const record = tryOut(watching(), kernels)
    expect(counterOf(record, 'speculatedTasks')).toBe(0)
    expect(counterOf(record, 'droppedTasks')).toBe(0)
  })

  it('makes a slow worker’s batches shorter', () => {
    const without = tryOut(configOf(WATCHING), kernels, [ALWAYS_SLOW])
    expect(counterOf(without, 'speculatedTasks')).toBe(0)
    const even = processingOf(tryOut(configOf(WATCHING), kernels))
    const slowed = processingOf(without)
    const shorter = processingOf(helped())
    expect(even).toBeLessThan(shorter)
    expect(shorter).toBeLessThan(slowed * 0.6)
  })

  it('says in the history what was copied, and what won', () => {
    const record = helped()
    const copied = eventsOf(record, 'task-speculated')
    const won = eventsOf(record, 'speculation-won')
    expect(counterOf(record, 'speculatedTasks')).toBe(copied.length)
    expect(counterOf(record, 'speculationsWon')).toBe(won.length)
    expect(won.length).toBeGreaterThan(0)
    expect(copied.every(({ fields }) => fields.late === 1 && fields.worker !== 1)).toBe(true)
    const nameOf = ({ batch, stage, partition }: (typeof copied)[number]['fields']): string =>
      `${batch}/${stage}/${partition}`
    const names = copied.map(({ fields }) => nameOf(fields))
    expect(new Set(names).size).toBe(names.length)
    for (const { fields } of won) expect(names).toContain(nameOf(fields))
  })

  it('is deterministic', () => {
    const again = tryOut(watching(), kernels, [ALWAYS_SLOW])
    expect(again.traceHash).toBe(helped().traceHash)
    expect(again.history).toEqual(helped().history)
  })

  it('comes to an end with what was slow', () => {
    const record = tryOut(watching(), kernels, [slow(1, seconds(1), seconds(1))])
    const copied = eventsOf(record, 'task-speculated')
    expect(copied.length).toBeGreaterThan(0)
    // What was under way then may still be behind.
    expect(copied.every(({ at }) => at < milliseconds(2_500))).toBe(true)
  })
})

describe('tables', () => {
  it('go to who copies a task, and the partition follows them', () => {
    const record = tryOut(watching({ checkpointInterval: seconds(100) }), REDUCES, [ALWAYS_SLOW])
    expect(counterOf(record, 'fetchedTables')).toBeGreaterThan(0)
    const wins = eventsOf(record, 'speculation-won').filter(({ fields }) => fields.stage !== 0)
    expect(wins.length).toBeGreaterThan(0)
    // The partitions of the first of them are away in the next batch: who was late has none of them then.
    const first = Math.min(...wins.map(({ fields }) => Number(fields.batch)))
    const copied = eventsOf(record, 'task-speculated').map(({ fields }) => fields)
    for (const { fields: won } of wins.filter(({ fields }) => fields.batch === first)) {
      const again = copied.some(
        ({ batch, partition, late }) =>
          batch === first + 1 && partition === won.partition && late === won.late,
      )
      expect(again, `partition ${won.partition}`).toBe(false)
    }
  })

  it('are checkpointed wherever they are', () => {
    const faults: readonly Fault[] = [
      ALWAYS_SLOW,
      { kind: 'kill', process: 2, at: milliseconds(3_120) },
    ]
    const record = tryOut(watching({ checkpointInterval: milliseconds(500) }), REDUCES, faults)
    expect(eventsOf(record, 'checkpoint-durable').length).toBeGreaterThan(3)
    expect(counterOf(record, 'speculationsWon')).toBeGreaterThan(0)
  })

  it('leave memory flat', () => {
    const used = [seconds(8), seconds(16)].map((duration) => {
      const input = { rate: 400, duration }
      const record = tryOut(watching({}, { input, keepRows: false }), REDUCES, [ALWAYS_SLOW])
      expect(counterOf(record, 'speculationsWon')).toBeGreaterThan(0)
      return Math.max(...record.processes.map(({ memoryBytesMax }) => memoryBytesMax))
    })
    expect(used[1]).toBeLessThanOrEqual(used[0]! * 1.1)
  })
})

describe('a lost driver', () => {
  const DRIVER = 4
  const soon: ConfigChanges = {
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(600) },
  }
  const kill = (process: number, at: Nanos): Fault => ({ kind: 'kill', process, at })

  it('takes the copies that run with it, and the next one makes none before it has recovered', () => {
    const [copy] = eventsOf(tryOut(watching({}, soon), MAPS, [ALWAYS_SLOW]), 'task-speculated')
    // Before the copy can have ended.
    const killedAt = copy!.at + milliseconds(1)
    const record = tryOut(watching({}, soon), MAPS, [ALWAYS_SLOW, kill(DRIVER, killedAt)])
    const copied = eventsOf(record, 'task-speculated')
    expect(copied[0]).toMatchObject({ at: copy!.at, fields: copy!.fields })
    const done = [...eventsOf(record, 'speculation-won'), ...eventsOf(record, 'batch-completed')]
    expect(
      done.filter(({ at, fields }) => at <= killedAt && fields.batch === copy!.fields.batch),
    ).toEqual([])
    const [recovered] = eventsOf(record, 'recovery-completed')
    expect(eventsOf(record, 'driver-took-over')).toHaveLength(1)
    expect(copied.filter(({ at }) => at > killedAt && at < recovered!.at)).toEqual([])
    // Who was slow is slow still, and the new driver sees it.
    expect(copied.filter(({ at }) => at >= recovered!.at).length).toBeGreaterThan(0)
  })

  it('leaves tables away from home, and the next one finds them', () => {
    const config = watching({ checkpointInterval: seconds(100) }, soon)
    const faults = [ALWAYS_SLOW, kill(DRIVER, milliseconds(3_120))]
    const record = tryOut(config, REDUCES, faults)
    expect(eventsOf(record, 'driver-took-over')[0]!.fields.scattered).toBeGreaterThan(0)
    // Nobody has lost anything.
    expect(eventsOf(record, 'block-recomputed')).toEqual([])
  })

  it('leaves tables away from home, and some are lost with the worker that has them', () => {
    const config = watching({ checkpointInterval: seconds(100) }, soon)
    const at = milliseconds(3_120)
    const record = tryOut(config, REDUCES, [ALWAYS_SLOW, kill(DRIVER, at), kill(2, at)])
    expect(counterOf(record, 'speculationsWon')).toBeGreaterThan(0)
    expect(eventsOf(record, 'block-recomputed').length).toBeGreaterThan(0)
  })

  it('while others are slow gives equal traces for equal seeds', () => {
    const faults = [ALWAYS_SLOW, kill(DRIVER, milliseconds(2_120))]
    const [first, second] = [1, 2].map(() => tryOut(watching({}, soon), REDUCES, faults))
    expect(second!.traceHash).toBe(first!.traceHash)
  })
})

describe('effects', () => {
  it('of a function happen once: its tasks are not copied', () => {
    const callsOf = (faults: readonly Fault[]) => {
      const calls: string[] = []
      const plan = planOf(
        ones()
          .runningReduce(sum)
          .foreachBatch((rows, tick) => {
            calls.push(JSON.stringify([tick, rows]))
          }),
      )
      const both = { words: 1_000_000, fold: 300_000 }
      const record = tryOut(watching(), both, faults, plan)
      return { calls: calls.sort(), record }
    }
    const { calls, record } = callsOf([ALWAYS_SLOW])
    expect(stagesCopied(record)).toEqual([0])
    expect(calls).toEqual(callsOf([]).calls)
  })

  it('of files happen once: what is saved twice is one file', () => {
    const filesOf = (faults: readonly Fault[]) => {
      const record = tryOut(watching({}, { saveAll: true }), REDUCES, faults)
      const files = (record.files ?? []).map(
        ({ name, bytes }) => `${name} ${Buffer.from(bytes).toString('latin1')}`,
      )
      return { files: files.sort(), record }
    }
    const { files, record } = filesOf([ALWAYS_SLOW])
    expect(counterOf(record, 'speculationsWon')).toBeGreaterThan(0)
    expect(files).toEqual(filesOf([]).files)
  })
})

it('does not copy what reads pushed input: it is with its owner', () => {
  const both = { words: 1_000_000, fold: 300_000 }
  const record = tryOut(watching({}, { ingest: 'pushed' }), both, [ALWAYS_SLOW])
  expect(stagesCopied(record)).toEqual([1])
})

it('refuses a factor that makes every task slow', () => {
  expect(() => run(counts(), watching({ speculation: 1 }))).toThrow(/speculation beyond 1 × /)
})

const PLANS: readonly (() => Plan)[] = [
  counts,
  () => planOf(ones().reduceByKey(sum)),
  () => planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s', inverse: difference })),
  () => planOf(ones().reduceByWindow('1s', sum, { slide: '500ms' })),
  () => planOf(ones().window('1s', '500ms').reduceByKey(sum)),
  () => planOf(ones().runningReduce(sum).topK(3)),
]

const SEED = Number(process.env.SEED ?? 1)
const RUNS = Number(process.env.RUNS ?? 8)

/** Slow workers, some that die, and drivers that do, at any instant; blocks on disk, too. */
function drawn(seed: number): {
  plan: Plan
  config: RunConfig
  faults: readonly Fault[]
  options: Partial<SimulationOptions>
} {
  const random = seededRandom(seed)
  const survivors = random.below(2) === 1
  const workers = 3 + random.below(3)
  const config = configOf({
    seed,
    workers,
    partitions: workers * (1 + random.below(6)),
    tick: milliseconds([50, 100, 250][random.below(3)]!),
    input: { rate: 200 + random.below(400), duration: seconds(4) },
    replacement: survivors ? 'survivors' : 'respawn',
    kernels: random.below(3) === 0 ? 'plain' : 'columns',
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(600) },
    ...(random.below(4) === 0 ? ({ ingest: 'pushed' } as const) : {}),
    dstream: {
      speculation: 1.2 + random.unit(),
      checkpointInterval: [milliseconds(500), seconds(1), seconds(3)][random.below(3)]!,
      batchesInFlightMax: 1 + random.below(4),
      blockStoreBytesMax: [0, 50_000, 4_000_000][random.below(3)]!,
    },
  })
  const slowed = Array.from({ length: 1 + random.below(2) }, () =>
    slow(
      random.below(workers),
      milliseconds(200 + random.below(3_000)),
      milliseconds(200 + random.below(1_500)),
      0.05 + random.unit() * 0.4,
    ),
  )
  const kills = Array.from({ length: random.below(2) }, (): Fault => {
    const at = milliseconds(400 + random.below(3_000))
    return { kind: 'kill', process: random.below(workers), at }
  })
  // Where survivors take over, none of them becomes a driver.
  const drivers = Array.from({ length: survivors ? 0 : random.below(2) }, (): Fault => {
    return { kind: 'kill', process: workers, at: milliseconds(400 + random.below(3_000)) }
  })
  const each = (): number => random.below(1_500_000)
  const kernels = { other: 0, words: each(), plain: each(), fold: random.below(400_000) }
  return {
    plan: PLANS[random.below(PLANS.length)]!(),
    config,
    faults: [...slowed, ...kills, ...drivers],
    options: { costs: { ...NOMINAL_COSTS, kernels } },
  }
}

describe('seeded slowness', () => {
  let won = 0

  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    it(`SEED=${seed} RUNS=1`, () => {
      const { plan, config, faults, options } = drawn(seed)
      const record = run(plan, config, faults, options)
      expectTrue(plan, config, record)
      won += counterOf(record, 'speculationsWon')
    })
  }

  it('has seen copies win', () => {
    if (RUNS > 1) expect(won).toBeGreaterThan(0)
  })
})
