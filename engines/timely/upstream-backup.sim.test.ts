/**
 * Upstream backup in the simulated world: a kill at any instant costs nobody but the lost worker what it had. Judged by the plan
 * interpreter; progress safety is checked on every step, of generations in which some go on and others begin, too.
 */
import { describe, expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../core/cost/cost-model.ts'
import { ConfigurationError, PlanError } from '../core/errors.ts'
import type { FaultPlan } from '../core/faults/fault.ts'
import { buildDataflow } from '../core/plan/dataflow-builder.ts'
import { difference, sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { DAMAGES, onDamagedStorage } from '../core/recovery/damaged-storage.fixture.ts'
import type { RunConfig } from '../core/run-config.ts'
import type { RunRecord } from '../core/system.ts'
import { milliseconds, type Nanos, type ProcessId, seconds } from '../core/units.ts'
import { seededRandom } from '../core/world/random.ts'
import { DISK } from '../core/world/simulated/disk.ts'
import { NETWORK } from '../core/world/simulated/network.ts'
import type { SimulationOptions } from '../core/world/simulated/simulation.ts'
import { checkedTimelyEngine } from './checked-engine.ts'
import { timelyEngine } from './engine.ts'
import { randomLoops } from './random-loops.fixture.ts'
import { stateName } from './recovery/coordination.ts'
import { type ConfigChanges, configOf, counter, events, expectTrue, run } from './trial.fixture.ts'

const lines = () => readStream<string>('log', '500ms')
const ones = () => lines().flatMap(words).map(withOne)
const byFirst = () => lines().map((line): [string, number] => [line.slice(0, 1), line.length])

/** Periods are of one tick or of five, and checkpoints three apart: most find operators in the middle of one. */
const PLANS: Readonly<Record<string, () => Plan>> = {
  'a running table': () => planOf(ones().runningReduce(sum)),
  grep: () => planOf(lines().filter((line) => line.includes('a'))),
  'sums of periods': () => planOf(ones().reduceByKey(sum)),
  'windows of records': () => planOf(lines().window('1s', '500ms')),
  'windows re-added': () => planOf(ones().reduceByWindow('1500ms', sum, { slide: '500ms' })),
  'windows inverted': () =>
    planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s', inverse: difference })),
  'ranks of windows': () =>
    planOf(ones().reduceByWindow('1s', sum, { slide: '500ms', inverse: difference }).topK(3)),
  'a stage behind a stage': () =>
    planOf(
      ones()
        .runningReduce(sum)
        .changes()
        .map(([word, count]) => [word.length, count!] as const)
        .runningReduce((a, b) => Math.max(a, b)),
    ),
  'a join': () => planOf(byFirst().join(byFirst().reduceByKey(sum))),
  'a state a key': () =>
    planOf(
      ones().track(
        (_word, one) => one,
        (_word, count, one) => count + one,
        '500ms',
      ),
    ),
  'two outputs': () => {
    const counts = ones().runningReduce(sum).collect('counts')
    return planOf([counts.topK(2).collect('top'), lines().window('1s', '500ms').collect('lines')])
  },
}

const wordCount = PLANS['a running table']!

/** Far apart: much is on its way when a worker is lost. */
const FAR = { ...NETWORK, latency: milliseconds(4), jitter: 3 }
const SLOW = { ...DISK, latency: milliseconds(40) }

function configFor({ timely, ...changes }: ConfigChanges = {}): RunConfig {
  return configOf({ workers: 3, ...changes, timely: { recovery: 'upstream-backup', ...timely } })
}

const kill = (process: ProcessId, at: Nanos) => ({ kind: 'kill', process, at }) as const

const SHAPES: Readonly<Record<string, ConfigChanges>> = {
  'two workers': { workers: 2, timely: { accumulation: 'none' } },
  'two workers, plain': { workers: 2, partitions: 5, kernels: 'plain' },
  'three workers': { timely: { accumulation: 'both' } },
  'four workers, more than partitions': {
    workers: 4,
    partitions: 3,
    timely: { accumulation: 'global' },
  },
}

/** In ms; each is a kill in a run of its own. */
const INSTANTS = [0.001, 299, 301, 313, 500, 601, 777, 1_013, 1_350, 1_500, 1_660, 1_990] as const

/** Right, and only who was killed has read a state, or done a tick again. */
function expectAlone(
  plan: Plan,
  config: RunConfig,
  record: RunRecord,
  killed: readonly ProcessId[],
): void {
  expectTrue(plan, config, record)
  const restored = events(record, 'rollback-began')
  expect(restored.filter(({ process }) => !killed.includes(process))).toEqual([])
  expect(restored.filter(({ incarnation }) => incarnation === 1)).toEqual([])
  const commits = new Map<string, number>()
  for (const { output, partition, tick } of record.commits) {
    // Workers have the partitions in turn.
    if (killed.includes(partition % config.workers)) continue
    const place = `${output}/${partition}/${tick}`
    commits.set(place, (commits.get(place) ?? 0) + 1)
  }
  expect([...commits].filter(([, times]) => times > 1)).toEqual([])
}

describe.each(Object.entries(PLANS))('%s', (name, plan) => {
  it.each(Object.entries(SHAPES))('a kill costs nobody else: %s', (shape, changes) => {
    const config = configFor(changes)
    for (const [turn, ms] of INSTANTS.entries()) {
      // Each fourth of them; all plans and shapes together have all.
      if ((turn + name.length + shape.length) % 4 > 0) continue
      const process = (turn + name.length) % config.workers
      const options = turn % 2 === 0 ? {} : { network: FAR }
      const record = run(plan(), config, [kill(process, milliseconds(ms))], options)
      expectAlone(plan(), config, record, [process])
      // With the last tick the run may be complete before all have begun, or anybody is missed.
      if (ms === INSTANTS.at(-1)) continue
      expect(events(record, 'takeover-ended')).toHaveLength(config.workers - 1)
    }
  })
})

describe('a kill', () => {
  it('at any instant, of any worker, during checkpoints too', () => {
    const config = configFor({ tick: milliseconds(50) })
    for (const disk of [DISK, SLOW]) {
      for (let ms = 580; ms < 700; ms += 8) {
        const process = (ms / 4) % 3
        const record = run(wordCount(), config, [kill(process, milliseconds(ms))], { disk })
        expectAlone(wordCount(), config, record, [process])
      }
    }
  })

  it('in the middle of closes that take many steps, and of files that are written', () => {
    const plan = planOf(ones().runningReduce(sum).save('counts'))
    const config = configFor()
    const costs = {
      ...NOMINAL_COSTS,
      kernels: { ...NOMINAL_COSTS.kernels, changes: milliseconds(1), output: milliseconds(1) },
    }
    // Some files take longer than it takes to miss a worker.
    const disk = {
      ...DISK,
      latency: milliseconds(20),
      faults: { slow: { share: 0.3, factor: 10 } },
    }
    const filesOf = (record: RunRecord): readonly string[] =>
      (record.files ?? []).map(({ name, bytes }) => `${name}: ${bytes.join()}`).sort()
    const calm = filesOf(run(plan, config, [], { costs, disk }))
    expect(calm.length).toBeGreaterThan(50)
    for (let ms = 900; ms < 1_020; ms += 10) {
      const process = (ms / 10) % 3
      const record = run(plan, config, [kill(process, milliseconds(ms))], { costs, disk })
      expectAlone(plan, config, record, [process])
      expect(filesOf(record)).toEqual(calm)
    }
  })

  it('has equal traces for equal seeds', () => {
    const faults = [kill(2, milliseconds(655)), kill(0, milliseconds(1_555))]
    const plan = PLANS['ranks of windows']!()
    const [first, second] = [1, 2].map(() => run(plan, configFor(), faults, { network: FAR }))
    expectAlone(plan, configFor(), first!, [2, 0])
    expect(first!.traceHash).toBe(second!.traceHash)
    expect(first!.history).toEqual(second!.history)
  })
})

describe('what is sent', () => {
  const config = configFor({ timely: { checkpointInterval: milliseconds(600) } })
  const record = run(wordCount(), config, [kill(1, milliseconds(1_350))])

  it('is kept by all, and sent again from the checkpoint on', () => {
    expectAlone(wordCount(), config, record, [1])
    expect(counter(record, 'bufferedBytes')).toBeGreaterThan(0)
    const resent = events(record, 'upstream-resent')
    expect(resent.map(({ process }) => process).sort()).toEqual([0, 2])
    for (const { fields } of resent) {
      expect(fields.from).toBe(milliseconds(1_200))
      expect(fields.bytes).toBeGreaterThan(0)
    }
  })

  it('is worked off by the fresh process alone, up to where the others were', () => {
    const [replayed, ...others] = events(record, 'upstream-replayed')
    expect(others).toEqual([])
    expect([replayed?.process, replayed?.incarnation]).toEqual([1, 2])
    expect(replayed?.fields.from).toBe(milliseconds(1_200))
    expect(replayed?.fields.tick).toBe(milliseconds(1_400))
  })

  it('takes no longer for short ticks, however long a frontier takes to move', () => {
    const config = configFor({ tick: milliseconds(10), timely: { checkpointInterval: seconds(2) } })
    const slow = { ...NETWORK, latency: milliseconds(20), jitter: 1 }
    const record = run(wordCount(), config, [kill(1, milliseconds(1_000))], { network: slow })
    expectAlone(wordCount(), config, record, [1])
    const [begun] = events(record, 'rollback-ended')
    const resent = events(record, 'upstream-resent')
    expect(resent).toHaveLength(2)
    // Of a hundred ticks.
    for (const { at } of resent) expect(at - begun!.at).toBeLessThan(10 * slow.latency)
  })

  it('is not kept in other modes', () => {
    const other = run(wordCount(), configOf({ workers: 3 }), [kill(1, milliseconds(1_350))])
    expect(counter(other, 'bufferedBytes')).toBe(0)
    expect(events(other, 'rollback-began')).toHaveLength(3)
  })
})

describe('two kills', () => {
  const plan = PLANS['a stage behind a stage']!()
  const config = configFor({ timely: { checkpointInterval: milliseconds(600) } })
  const first = kill(1, milliseconds(1_150))
  const costs = {
    ...NOMINAL_COSTS,
    kernels: { ...NOMINAL_COSTS.kernels, read: milliseconds(1.5) },
  }
  const options = { costs } satisfies Partial<SimulationOptions>
  const once = run(plan, config, [first], options)
  const back = events(once, 'generation-adopted').find(({ incarnation }) => incarnation === 2)!.at
  const [replayed] = events(once, 'upstream-replayed')

  it.each([0, 1, 2])('worker %d, while the first one is replaced, and as it catches up', (next) => {
    expectAlone(plan, config, once, [1])
    expect(replayed!.at - back).toBeGreaterThan(milliseconds(20))
    const until = replayed!.at + milliseconds(20)
    const from = back - milliseconds(60)
    for (let at = from; at < until; at += (until - from) / 7) {
      const faults = [first, kill(next, Math.round(at))]
      const record = run(plan, config, faults, options)
      expectAlone(plan, config, record, [1, next])
    }
  })

  it('two at once', () => {
    for (const ms of [150, 601, 1_150, 1_950]) {
      const faults = [kill(0, milliseconds(ms)), kill(2, milliseconds(ms))]
      expectAlone(plan, config, run(plan, config, faults), [0, 2])
    }
  })

  it('of both workers, one after the other, and each again', () => {
    const two = configFor({ workers: 2, input: { rate: 600, duration: seconds(4) } })
    const faults = [600, 1_150, 1_700, 2_250, 2_800].map((ms, turn) => {
      return kill(turn % 2, milliseconds(ms))
    })
    const record = run(plan, two, faults, { network: FAR })
    expectTrue(plan, two, record)
    expect(events(record, 'takeover-ended')).toHaveLength(5)
  })
})

describe('a checkpoint that is not whole', () => {
  it('is passed over by who needs it, and what was sent since the one before is still there', () => {
    const config = configFor()
    const ninth = stateName(1, 9, 0)
    const hole = ninth.slice(0, ninth.lastIndexOf('/'))
    for (const [what, damage] of Object.entries(DAMAGES)) {
      const engine = onDamagedStorage(checkedTimelyEngine().engine, hole, damage)
      const record = run(wordCount(), config, [kill(1, milliseconds(1_150))], { engine })
      expectAlone(wordCount(), config, record, [1])
      expect(events(record, 'checkpoint-unusable'), what).toHaveLength(1)
      const [restored] = events(record, 'rollback-ended')
      expect(restored?.fields.tick).toBe(milliseconds(600))
    }
  })

  it('whose manifest is late may be the next one’s: who has not come so far begins there', () => {
    const config = configFor({ tick: milliseconds(50) })
    const disk = { ...DISK, latency: milliseconds(120) }
    for (let ms = 610; ms < 900; ms += 30) {
      const faults = [kill(1, milliseconds(ms)), kill(2, milliseconds(ms + 260))]
      const record = run(wordCount(), config, faults, { disk })
      expectTrue(wordCount(), config, record)
    }
  })
})

describe('a worker that stands still, or is cut off, for longer than the others wait', () => {
  it('is fenced, and its place is taken', () => {
    const config = configFor({ tick: milliseconds(50) })
    for (const ms of [603, 640, 901, 1_111]) {
      const at = milliseconds(ms)
      const pause = { kind: 'pause', process: 2, at, length: milliseconds(400) } as const
      const record = run(wordCount(), config, [pause], { network: FAR })
      expectAlone(wordCount(), config, record, [2])
      expect(events(record, 'upstream-resent').length).toBeGreaterThan(0)
    }
  })

  it('is one of two sides, of which one is replaced', () => {
    const links = [0, 1].flatMap((other) => [
      { from: other, to: 2 },
      { from: 2, to: other },
    ])
    const at = milliseconds(905)
    const split = { kind: 'split', links, at, length: milliseconds(300) } as const
    const record = run(wordCount(), configFor(), [split])
    expectTrue(wordCount(), configFor(), record)
    expect(events(record, 'takeover-ended').length).toBeGreaterThan(0)
  })
})

/** From the instant at which all work again: how long until ticks are visible within half a tick of their end, and stay so. */
function caughtUp(record: RunRecord, { tick: length }: RunConfig): Nanos {
  const whole = new Map<Nanos, Nanos>()
  for (const { tick, visibleAt } of record.commits) {
    // Of a place that was committed twice the first is the earlier one, and the last place decides.
    whole.set(tick, Math.max(whole.get(tick) ?? 0, visibleAt))
  }
  const [begun] = events(record, 'rollback-ended')
  const late = [...whole].filter(([tick, at]) => at > begun!.at && at - tick > length / 2)
  return Math.max(...late.map(([, at]) => at)) - begun!.at
}

describe('catching up', () => {
  const rate = 600
  /** So long a record takes that a worker is busy for this share of its time. */
  const costsAt = (load: number) => {
    const read = (load * 1e9) / (rate / 3)
    return { ...NOMINAL_COSTS, kernels: { ...NOMINAL_COSTS.kernels, read } }
  }

  it.each([0.3, 0.5, 0.65])('takes age · λ / (1 − λ), since one does it alone: λ = %d', (load) => {
    // No checkpoint but the beginning, and none that all would wait for.
    const config = configFor({
      partitions: 9,
      input: { rate, duration: seconds(8) },
      timely: { checkpointInterval: seconds(100) },
    })
    const record = run(wordCount(), config, [kill(1, milliseconds(1_300))], {
      costs: costsAt(load),
    })
    expectAlone(wordCount(), config, record, [1])
    const [begun] = events(record, 'rollback-ended')
    const expected = (begun!.at * load) / (1 - load)
    const found = caughtUp(record, config)
    expect(found).toBeGreaterThan(0.85 * expected - config.tick)
    expect(found).toBeLessThan(1.15 * expected + 2 * config.tick)
  })
})

describe('random trials', () => {
  const SEED = Number(process.env.SEED ?? 1)
  const RUNS = Number(process.env.RUNS ?? 10)

  it('are right, seeds from the environment', () => {
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      const random = seededRandom(seed, 23)
      const names = Object.keys(PLANS)
      const plan = PLANS[names[random.below(names.length)]!]!()
      const workers = 2 + random.below(3)
      const config = configFor({
        seed,
        workers,
        partitions: 1 + random.below(8),
        tick: milliseconds([20, 50, 100][random.below(3)]!),
        input: { rate: 100 + random.below(900), duration: seconds(3) },
        kernels: random.below(2) === 0 ? 'plain' : 'columns',
        timely: {
          checkpointInterval: milliseconds([300, 500, 1_000][random.below(3)]!),
          accumulation: (['none', 'local', 'global', 'both'] as const)[random.below(4)]!,
        },
      })
      const faults: FaultPlan = Array.from({ length: 1 + random.below(3) }, () => {
        return kill(random.below(workers - 1), milliseconds(1 + random.below(2_900)))
      })
      const network = { ...NETWORK, latency: milliseconds(1 + random.below(8)), jitter: 2 }
      const disk = { ...DISK, latency: milliseconds(1 + random.below(60)) }
      expect(
        () => expectTrue(plan, config, run(plan, config, faults, { network, disk })),
        `SEED=${seed} RUNS=1`,
      ).not.toThrow()
    }
  })
})

describe('refused by name', () => {
  const check = (config: RunConfig, plan = wordCount()) => {
    const dataflow = buildDataflow(plan)
    return () => timelyEngine.check(config, dataflow)
  }

  it('loops', () => {
    const loops = planOf(randomLoops(seededRandom(1, 11)))
    expect(check(configFor(), loops)).toThrow(PlanError)
    expect(check(configFor(), loops)).toThrow(
      /^iterate \(node \d+\): recovery upstream-backup\. .*Use --recovery checkpoint/,
    )
  })

  it('survivors that take over', () => {
    expect(check(configFor({ replacement: 'survivors' }))).toThrow(ConfigurationError)
    expect(check(configFor({ replacement: 'survivors' }))).toThrow(/at respawn, or use/)
  })

  it('pushed input', () => {
    expect(check(configFor({ ingest: 'pushed' }))).toThrow(ConfigurationError)
    expect(check(configFor({ ingest: 'pushed' }))).toThrow(/--recovery checkpoint\.$/)
    expect(check(configFor())).not.toThrow()
  })
})
