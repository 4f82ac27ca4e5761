/** Experiments around faults on canned trials: what is run, what is printed, what the exit status says. The real ones are run by hand. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { readRun } from '../../results/reader.ts'
import { RECOVERIES } from '../cli/trial-defaults.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import type { FaultPhases } from '../runner/recovery-phases.ts'
import { runTrial } from '../runner/trial.ts'
import type { TimelineEntry, TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { ARM } from './arm-names.ts'
import { faultsCommand } from './command.ts'
import { type Arm, armsOf, type FaultDesign, type FaultScale } from './design.ts'
import {
  DESIGNS,
  driverDesign,
  elasticDesign,
  intervalDesign,
  overloadDesign,
  priceDesign,
  recoveryDesign,
  stragglerDesign,
} from './designs.ts'
import { roundsOf, trialsOf, turnsOf } from './measure.ts'
import { burstOf, faultsOf, hitOf, measuredOf, probeOf, resizeOf, specOf } from './trials.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-faults-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const armOf = (design: FaultDesign, name: string): Arm =>
  design.arms.find((arm) => arm.name === name)!

/** Each kill is noticed after 1 s; timely is back 2 s after it, D-Stream 4 s. */
function outcomeOf(spec: TrialSpec, phases: Partial<FaultPhases> = {}): TrialOutcome {
  const back = spec.engine === 'timely' ? 2e9 : 4e9
  const recoveries = spec.faults.map((fault) => {
    const at = Number(fault.at)
    return {
      witnessedAt: at,
      detectedAt: at + 1e9,
      processingAt: at + 1.25e9,
      backlogBackAt: at + back,
      latencyBackAt: at + back,
      restoredTick: at - 3e9,
      latencyMax: 1.5e9,
      ...phases,
    }
  })
  const { burst } = spec
  const drained = burst && {
    witnessedAt: burst.from,
    backlogBackAt: burst.until + back,
    latencyBackAt: burst.until + back,
    latencyMax: 3e9,
    ...phases,
  }
  const outcome = cannedOutcome({ rate: spec.rate, capacity: 2_000_000, tick: spec.tick })
  return {
    ...outcome,
    timeline: timelineOf(spec),
    ...(recoveries.length > 0 ? { recoveries } : {}),
    ...(drained ? { burst: drained } : {}),
    ...(spec.resize ? { resizes: spec.resize.steps.map(({ at }) => changed(at + 2e9, back)) } : {}),
  }
}

const changed = (at: number, back: number): FaultPhases => ({
  witnessedAt: at,
  processingAt: at + 0.25e9,
  backlogBackAt: at + back,
  latencyBackAt: at + back,
  latencyMax: 1.5e9,
})

/** An entry a second: intervals take 100 ms, and four times as long within a fault that lasts; twice with copies. */
function timelineOf({
  warmup,
  measured,
  faults,
  burst,
  dstream,
}: TrialSpec): readonly TimelineEntry[] {
  return Array.from({ length: (warmup + measured) / 1e9 }, (_, second) => {
    const at = (second + 1) * 1e9
    const isSlow = faults.some(
      (fault) =>
        'length' in fault && at > Number(fault.at) && at - 1e9 < Number(fault.at) + fault.length,
    )
    const time = milliseconds(isSlow ? (dstream.speculation ? 200 : 400) : 100)
    return {
      at,
      interval: 1e9,
      recordsPerSecond: 1_000,
      p50: time,
      p99: time,
      lag: time,
      processing: time,
      backlogRecords: burst && at > burst.from && at <= burst.until ? 5_000 : 100,
      generation: 1,
    }
  })
}

describe('injections', () => {
  const arm = armOf(recoveryDesign, ARM.checkpoint)
  const { full: scale } = recoveryDesign
  const at = (seed: number, round: number) => faultsOf({ arm, scale, seed, round })

  it('fall at instants of the seed, each within its own stretch, at all phases of the interval', () => {
    const { warmup, steady, checkpointInterval, settle } = scale
    const trials = Array.from({ length: 40 }, (_, round) => at(7, round))
    expect(at(7, 3)).toEqual(trials[3])
    expect(at(8, 3)).not.toEqual(trials[3])
    const phases = trials.flatMap((kills) =>
      kills.map(
        (kill, place) =>
          Number(kill.at) - (warmup + steady + place * (checkpointInterval + settle)),
      ),
    )
    expect(phases).toHaveLength(40 * scale.injections)
    expect(Math.min(...phases)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...phases)).toBeLessThan(checkpointInterval)
    const quarters = phases.map((phase) => Math.floor((4 * phase) / checkpointInterval))
    expect(new Set(quarters)).toEqual(new Set([0, 1, 2, 3]))
    expect(new Set(trials.flat().map((kill) => 'process' in kill && kill.process))).toEqual(
      new Set([0, 1]),
    )
  })

  it('hit all arms of a round alike, and end within the trial', () => {
    for (const design of DESIGNS) {
      for (const scale of [design.demonstration, design.full]) {
        for (const arm of armsOf(design, scale).filter(({ disturbance }) => disturbance)) {
          const ask = { arm, scale, seed: 1, round: 2, rate: 1_000 }
          const spec = hitOf(ask, 2_000)
          const end = spec.warmup + spec.measured
          const { settle = scale.settle } = arm
          for (const fault of spec.faults) {
            const length = 'length' in fault ? fault.length : 0
            expect(Number(fault.at) + length + settle, arm.name).toBeLessThanOrEqual(end)
          }
          if (spec.burst) expect(spec.burst.until + settle).toBeLessThanOrEqual(end)
          const last = spec.resize?.steps.at(-1)
          if (last) expect(last.at + settle).toBeLessThanOrEqual(end)
          expect(spec.faults.length + (spec.burst || spec.resize ? 1 : 0), arm.name).toBe(
            arm.injections ?? scale.injections,
          )
          expect(spec.measured).toBe(measuredOf(arm, scale))
          expect(spec.measured % spec.tick).toBe(0)
        }
      }
    }
    const other = armOf(recoveryDesign, ARM.lineage)
    expect(faultsOf({ arm: other, scale, seed: 1, round: 2 })).toEqual(at(1, 2))
  })

  it('are 20 or more of each arm in full', () => {
    for (const design of DESIGNS) {
      const { full, arms } = design
      for (const arm of arms.filter(({ disturbance }) => disturbance)) {
        const { injections = full.injections, repeats = full.repeats } = arm
        expect(injections * repeats, `${design.name}, ${arm.name}`).toBeGreaterThanOrEqual(20)
      }
    }
  })

  it('kill the driver where that is asked', () => {
    const ask = { scale: driverDesign.full, seed: 1, round: 0 }
    const kills = faultsOf({ ...ask, arm: armOf(driverDesign, ARM.driver) })
    expect(kills.map((kill) => 'process' in kill && kill.process)).toEqual([2, 2, 2, 2])
  })

  it('of a burst: whole intervals at a multiple of the pace', () => {
    const { demonstration: scale } = overloadDesign
    const arm = armOf(overloadDesign, ARM.timelyBurst)
    const burst = burstOf({ arm, scale, seed: 1, round: 0 }, 1_500)!
    expect(burst.rate).toBe(3_000)
    expect(burst.from % seconds(1)).toBe(0)
    expect(burst.until - burst.from).toBe(seconds(3))
    expect(burst.from).toBeGreaterThanOrEqual(scale.warmup + scale.steady)
  })
})

it.each([recoveryDesign, priceDesign])('$name has an arm for every recovery mode', ({ arms }) => {
  const modes = RECOVERIES.filter((mode) => mode !== 'none')
  for (const mode of modes) {
    const mine = arms.filter(
      ({ change: { engine, timely } }) => engine === 'timely' && timely?.recovery === mode,
    )
    expect(mine.length, mode).toBeGreaterThan(0)
  }
  expect(arms.some(({ change }) => change.engine === 'dstream')).toBe(true)
})

describe('turns', () => {
  it('have what is compared between two of what it is compared with, and go backwards', () => {
    const arms = armsOf(priceDesign, priceDesign.full)
    const names = turnsOf(arms, { repeats: 2 }, 0).map(({ name }) => name)
    const [none, checkpoint, snapshots, logging, upstream, standby] = [
      ARM.timelyNone,
      ARM.checkpoint,
      ARM.snapshots,
      ARM.logging,
      ARM.upstream,
      ARM.standby,
    ]
    expect(names).toEqual([
      ...[none, checkpoint, none, snapshots, none, logging, none, upstream, none, standby, none],
      ...[ARM.dstreamNone, ARM.lineage, ARM.dstreamNone],
    ])
    expect(turnsOf(arms, { repeats: 2 }, 1).map(({ name }) => name)).toEqual(names.reverse())
    expect(turnsOf(arms, { repeats: 2 }, 2)).toEqual([])
  })

  it('are as many as an arm wants', () => {
    const once = armOf(recoveryDesign, ARM.standby)
    expect(roundsOf(recoveryDesign.arms, recoveryDesign.full)).toBe(24)
    expect(turnsOf(recoveryDesign.arms, recoveryDesign.full, 20)).toContain(once)
    expect(turnsOf(recoveryDesign.arms, recoveryDesign.full, 6)).toHaveLength(3)
  })

  it('of a demonstration bring what its arms are compared with', () => {
    const names = armsOf(intervalDesign, intervalDesign.demonstration).map(({ name }) => name)
    expect(names).toEqual([
      ...[ARM.timelyNone, 'timely 2 s', 'timely 10 s'],
      ...[ARM.dstreamNone, 'dstream 2 s', 'dstream 10 s'],
    ])
  })
})

it('a probe has the checkpoints of as many seconds of the clock as a trial that keeps up', () => {
  const { full: scale } = priceDesign
  for (const name of [ARM.checkpoint, ARM.lineage]) {
    const ask = { arm: armOf(priceDesign, name), scale, rate: 1_000, seed: 1 }
    const within = ({ engine, timely, dstream, warmup, measured }: TrialSpec) => {
      const every = (engine === 'timely' ? timely : dstream).checkpointInterval!
      const before = Math.floor(warmup / every)
      return { count: Math.ceil((warmup + measured) / every) - 1 - before, every: every / 1e9 }
    }
    expect(within(specOf(ask))).toEqual({ count: 2, every: 10 })
    expect(within(probeOf(ask))).toEqual({ count: 2, every: 8 })
  }
})

describe('recovery', () => {
  it('probes, then goes in peace and with kills, and writes what it saw', async () => {
    const asked: TrialSpec[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        asked.push(spec)
        return outcomeOf(spec)
      },
    })
    expect(await faultsCommand(recoveryDesign, { figures: false }, io)).toBe(0)
    expect(asked.map(({ engine, faults }) => `${engine} ${faults.length}`)).toEqual([
      'timely 0',
      'timely 0',
      'timely 1',
      'dstream 0',
      'dstream 0',
      'dstream 1',
    ])
    const [probe, calm, killed, , , other] = asked
    expect(calm!.rate).toBe(Math.round(Math.min(probe!.rate, 2_000_000) / 2))
    expect(killed).toEqual({ ...calm, faults: killed!.faults })
    expect(other!.faults).toEqual(killed!.faults)
    const text = io.printed.join('\n')
    expect(text).toMatch(/timely checkpoint .*1 of 1 +1s +1\.25s +2s +2s +3s .*valid, all 2/)
    expect(text).toMatch(
      /dstream lineage: 4s from a kill until latency is as before: 1s to notice, 250ms until results come again, 2\.75s to catch up/,
    )
    expect(text).toMatch(/batches-are-back-in-three \(rule [0-9a-f]{12}\): cannot be tested here/)
    const { faults, trials } = readRun(join(root, 'recovery', 'latest'))
    expect(trials.map(({ role, arm }) => `${arm} ${role}`)).toEqual(
      [ARM.checkpoint, ARM.lineage].flatMap((arm) =>
        ['probe', 'control', 'fault'].map((role) => `${arm} ${role}`),
      ),
    )
    expect(faults.map(({ recovery_ns: recovery }) => recovery)).toEqual([2e9, 4e9])
    expect(faults.map(({ recovered }) => recovered)).toEqual([true, true])
    expect(faults.map((row) => row.witnessed_at_ns! - row.restored_tick_ns!)).toEqual([3e9, 3e9])
  })

  it.each([
    ['a kill that hit nobody', { witnessedAt: undefined }, 'valid', 2],
    ['an engine that does not come back', { latencyBackAt: undefined }, 'valid', 2],
    ['a wrong output', {}, 'invalid', 1],
  ] as const)('%s is told by the exit status', async (_, phases, verdict, status) => {
    const io = cannedIo(root, {
      trial: async (spec) => {
        const kept = Object.entries({ ...outcomeOf(spec).recoveries?.[0], ...phases })
        const only = Object.fromEntries(kept.filter(([, at]) => at !== undefined))
        const outcome = outcomeOf(spec)
        const hit = spec.faults.length > 0 ? { recoveries: [only as FaultPhases], verdict } : {}
        return { ...outcome, ...hit, reasons: verdict === 'invalid' ? ['missing × 1'] : [] }
      },
    })
    expect(await faultsCommand(recoveryDesign, { figures: false }, io)).toBe(status)
  })

  it('judges its claims by 20 kills and more, with intervals over trials', async () => {
    const io = cannedIo(root, { trial: async (spec) => outcomeOf(spec) })
    const options = { figures: false, scale: { ...recoveryDesign.full, calibrations: 0 } }
    expect(await faultsCommand(recoveryDesign, options, io)).toBe(0)
    const text = io.printed.join('\n')
    expect(text).toMatch(
      /timely-processes-again-within-a-second \(.*\): holds\n +250ms \(250ms – 250ms\), of 1s/,
    )
    expect(text).toMatch(/batches-are-back-in-three \(.*\): holds\n +3s /)
    // Here timely is sooner.
    expect(text).toMatch(/parallel-recovery-is-sooner \(.*\): fails/)
    expect(text).toMatch(/dstream lineage survivors +\S+ +24 of 24 /)
    expect(text).toMatch(/timely logging +1s \(1s – 1s\) +1\.25s \(1\.25s – 1\.25s\)/)
  })

  /** What is printed of twelve kills, of which some were not seen back. */
  async function printedOf(
    seen: (phases: FaultPhases, kill: number) => FaultPhases,
  ): Promise<string> {
    let kills = 0
    const io = cannedIo(root, {
      trial: async (spec) => {
        const outcome = outcomeOf(spec)
        const recoveries = outcome.recoveries?.map((phases) => seen(phases, kills++))
        return { ...outcome, ...(recoveries ? { recoveries } : {}) }
      },
    })
    const options = {
      figures: false,
      arms: [ARM.checkpoint],
      scale: { ...recoveryDesign.full, repeats: 3, calibrations: 0 },
    }
    expect(await faultsCommand(recoveryDesign, options, io)).toBe(2)
    return io.printed.join('\n')
  }

  it('does not leave out who never came back', async () => {
    const text = await printedOf(({ latencyBackAt, ...phases }, kill) =>
      kill % 3 === 0 ? phases : { ...phases, latencyBackAt: latencyBackAt! },
    )
    expect(text).not.toMatch(/never/)
    expect(text).toMatch(/12 of 12 +1s +1\.25s +2s +2s \(4 not seen\)/)
  })

  it('says how many were not seen back, where the median was not', async () => {
    const text = await printedOf(({ latencyBackAt, ...phases }, kill) =>
      kill % 12 < 7
        ? { ...phases, latencyBackAfter: phases.witnessedAt! + 4e9 }
        : { ...phases, latencyBackAt: latencyBackAt! },
    )
    expect(text).toMatch(/12 of 12 +1s +1\.25s +2s +≥ 4s \(7 not seen\)/)
    expect(text).toMatch(/^timely checkpoint: 7 of 12 not seen back: latency back ≥ 4s\.$/m)
    expect(text).toMatch(/counts as longer than all others; `≥ 4\.9s`: at least so long\.$/m)
  })

  it('says that nobody was hit', async () => {
    const io = cannedIo(root, {
      trial: async (spec) => ({ ...outcomeOf(spec), recoveries: spec.faults.map(() => ({})) }),
    })
    const options = { figures: false, arms: [ARM.checkpoint] }
    expect(await faultsCommand(recoveryDesign, options, io)).toBe(2)
    expect(io.printed.join('\n')).toMatch(/^timely checkpoint: nobody was seen to be hit\.$/m)
  })

  it('offers nothing where two probes had no valid pace, and says so', async () => {
    const probed: number[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        const isProbe = spec.measured === recoveryDesign.demonstration.probe
        const isLost = isProbe && spec.engine === 'dstream'
        if (isLost) probed.push(spec.rate)
        return {
          ...outcomeOf(spec),
          ...(isLost ? { verdict: 'unknown' as const, reasons: ['?'] } : {}),
        }
      },
    })
    expect(await faultsCommand(recoveryDesign, { figures: false }, io)).toBe(2)
    expect(io.printed.join('\n')).toContain('dstream lineage: 1 probes had no valid pace')
    expect(probed[1]! / probed[0]!).toBeCloseTo(0.5)
    expect(io.trials).toHaveLength(5)
  })
})

describe('the others', () => {
  /** Recovery takes a tenth of the maximum, a log half of it. */
  const paying = (spec: TrialSpec): TrialOutcome => {
    const { recovery } = spec.timely
    const share =
      spec.engine === 'dstream' || recovery === 'none' ? 1 : recovery === 'logging' ? 0.5 : 0.9
    const outcome = outcomeOf(spec)
    return {
      ...outcome,
      processedPerSecond: Math.min(spec.rate, 2_000_000 * share),
      counters: {
        checkpointsDurable: 1,
        checkpointBytes: 2 ** 20,
        ...(recovery === 'logging' && spec.engine === 'timely' ? { loggedBytes: 2 ** 30 } : {}),
      },
    }
  }

  it('price: maxima and latencies beside those of none, and bytes a second', async () => {
    const io = cannedIo(root, { trial: async (spec) => paying(spec) })
    const options = { figures: false, scale: { ...priceDesign.demonstration, repeats: 5 } }
    expect(await faultsCommand(priceDesign, options, io)).toBe(0)
    const text = io.printed.join('\n')
    expect(text).toMatch(/^timely none +2M\/s +– +– +– +/m)
    expect(text).toMatch(/^timely checkpoint +1\.8M\/s +0\.90 +0\.90 – 0\.90 +5 +\S+ +1\.00 /m)
    expect(text).toMatch(/^timely logging +1M\/s +0\.50 .* \d+(\.\d+)?MiB +valid/m)
    expect(text).toMatch(/^dstream lineage +2M\/s +1\.00 /m)
    expect(text).toMatch(/durable-messages-cost-most \(.*\): holds\n +0\.50 /)
    expect(text).toMatch(/replication-costs-half \(.*\): fails/)
    const { trials } = readRun(join(root, 'price', 'latest'))
    expect(trials.some(({ logged_bytes: bytes }) => bytes === 2 ** 30)).toBe(true)
    expect(new Set(trials.map(({ replacement }) => replacement))).toEqual(
      new Set(['respawn', 'survivors']),
    )
  })

  it('checkpoint-interval: what each costs, and how long a kill does', async () => {
    const io = cannedIo(root, { trial: async (spec) => paying(spec) })
    expect(await faultsCommand(intervalDesign, { figures: false }, io)).toBe(0)
    const text = io.printed.join('\n')
    expect(text).toMatch(/^timely 10 s +1\.8M\/s +0\.90 .* 1 +3s +2s +– +valid, all 1$/m)
    expect(io.trials).toHaveLength(
      6 +
        trialsOf(
          armsOf(intervalDesign, intervalDesign.demonstration),
          intervalDesign.demonstration,
        ),
    )
  })

  it('driver-failure: the phases of both', async () => {
    const io = cannedIo(root, { trial: async (spec) => outcomeOf(spec) })
    expect(await faultsCommand(driverDesign, { figures: false }, io)).toBe(0)
    expect(io.printed.join('\n')).toMatch(/^dstream driver +\S+ +1 of 1 +1s /m)
    const { faults } = readRun(join(root, 'driver-failure', 'latest'))
    expect(faults.map(({ target }) => target)).toEqual(['driver', expect.stringMatching(/^worker/)])
  })

  it('straggler: interval times beside a trial in peace, with copies of late tasks and without', async () => {
    const worlds: string[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        const { engine, world, workers, faults, dstream } = spec
        const copies = dstream.speculation ? ' copies' : ''
        worlds.push(`${engine} ${world} ${workers}${copies} ${faults[0]?.kind ?? '–'}`)
        return outcomeOf(spec)
      },
    })
    expect(await faultsCommand(stragglerDesign, { figures: false }, io)).toBe(0)
    expect(worlds).toEqual([
      ...['dstream simulated 20 –', 'dstream simulated 20 contend'],
      ...['dstream simulated 20 copies –', 'dstream simulated 20 copies contend'],
      ...['timely simulated 20 –', 'timely simulated 20 contend'],
      ...['dstream threads 2 –', 'dstream threads 2 –', 'dstream threads 2 slow'],
      ...[
        'dstream threads 2 copies –',
        'dstream threads 2 copies –',
        'dstream threads 2 copies slow',
      ],
      ...['timely threads 2 –', 'timely threads 2 –', 'timely threads 2 slow'],
    ])
    const text = io.printed.join('\n')
    expect(text).toMatch(/^dstream 20 nodes +5M\/s +1 +100ms +400ms +4\.00 /m)
    expect(text).toMatch(/^dstream 20 nodes speculation +5M\/s +1 +100ms +200ms +2\.00 /m)
  })

  it('overload: how long a burst took beside what follows from the rates', async () => {
    const io = cannedIo(root, { trial: async (spec) => outcomeOf(spec) })
    expect(await faultsCommand(overloadDesign, { figures: false }, io)).toBe(0)
    const text = io.printed.join('\n')
    // Twice the pace for 3 s, and half of it is left.
    expect(text).toMatch(/^timely +1M\/s +4M\/s +1 +5000 +3s +2s +– +6s /m)
    expect(text).toMatch(/^dstream +1M\/s +4M\/s +1 +5000 +3s +4s /m)
    const { faults } = readRun(join(root, 'overload', 'latest'))
    expect(faults.map(({ kind, recovered }) => `${kind} ${recovered}`)).toEqual([
      'burst true',
      'burst true',
    ])
  })

  it('elastic: when a worker joined and left, and how long latency was away', async () => {
    const { demonstration: scale } = elasticDesign
    const arm = armOf(elasticDesign, ARM.timelyResized)
    const { from, steps } = resizeOf({ arm, scale, seed: 1, round: 0 })!
    expect([from, ...steps.map(({ workers }) => workers)]).toEqual([1, 2, 1])
    expect(steps[1]!.at - steps[0]!.at).toBe(seconds(8))
    const specs: TrialSpec[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        specs.push(spec)
        return outcomeOf(spec)
      },
    })
    expect(await faultsCommand(elasticDesign, { figures: false }, io)).toBe(0)
    const text = io.printed.join('\n')
    // What is held against a trial in peace is the one before, at the same rate.
    const [, peace, hit] = specs
    expect(hit!.rate).toBe(peace!.rate)
    expect(hit!.peaceLatency).toBe(outcomeOf(peace!).latency!.max)
    expect(peace!.peaceLatency).toBeUndefined()
    expect(text).toMatch(/^timely resized +joins +600k\/s +1 of 1 +2s +250ms +2s +– +1\.5s /m)
    expect(text).toMatch(/^dstream resized +leaves +600k\/s +1 of 1 +2s +250ms +4s /m)
    const { faults } = readRun(join(root, 'elastic', 'latest'))
    expect(faults.map(({ kind, recovered }) => `${kind} ${recovered}`)).toEqual([
      'join true',
      'leave true',
      'join true',
      'leave true',
    ])
  })

  it.each([
    ['not valid', elasticDesign.demonstration, ['timely']],
    // Each has one in the first of two rounds.
    [
      'not there',
      { ...elasticDesign.demonstration, repeats: 2, calmRepeats: 1 },
      ['timely', 'dstream'],
    ],
  ] as const)(
    'elastic: whose trial in peace is %s is held against nothing, and not resized',
    async (what, scale, engines) => {
      const resized: TrialSpec[] = []
      const io = cannedIo(root, {
        trial: async (spec) => {
          if (spec.resize) resized.push(spec)
          const isPeace = spec.resize === undefined && spec.measured !== scale.probe
          const isLost = isPeace && spec.engine === 'dstream' && what === 'not valid'
          const outcome = outcomeOf(spec)
          return isLost ? { ...outcome, verdict: 'unknown' as const, reasons: ['?'] } : outcome
        },
      })
      expect(await faultsCommand(elasticDesign, { figures: false, scale }, io)).toBe(2)
      const text = io.printed.join('\n')
      expect(text).toContain('dstream resized: 1 visits had no valid trial in peace')
      expect(text).not.toContain('no valid pace')
      expect(resized.map(({ engine }) => engine)).toEqual(engines)
    },
  )

  it('elastic: claims of ticks what its band is of, and no more', () => {
    for (const { text, rule } of elasticDesign.claims) {
      for (const said of [text, rule]) {
        expect(said).toMatch(/no tick takes longer than 1\.1 times the worst with so many in peace/)
      }
    }
  })

  it.each(DESIGNS.map((design) => [design.name, design] as const))(
    '%s has its figures',
    async (name, design) => {
      const io = cannedIo(root, { trial: async (spec) => outcomeOf(spec) })
      expect(await faultsCommand(design, {}, io)).toBe(0)
      const wanted = name === 'straggler' ? [name, `${name}-simulated`] : [name]
      for (const figure of wanted) {
        expect(existsSync(join(root, name, 'latest', 'figures', `${figure}.svg`))).toBe(true)
      }
    },
  )
})

it('a burst in the simulated world, from end to end', async () => {
  const scale: FaultScale = {
    ...overloadDesign.demonstration,
    world: 'simulated',
    input: { kind: 'lines', records: 200 },
    warmup: seconds(1),
    steady: seconds(2),
    checkpointInterval: seconds(1),
    settle: seconds(5),
    baselineMs: 0,
  }
  for (const name of [ARM.timelyBurst, ARM.dstreamBurst]) {
    const arm = armOf(overloadDesign, name)
    const spec = hitOf({ arm, scale, rate: 500, seed: 3, round: 0 }, 1_000)
    expect(spec.burst).toMatchObject({ rate: 2_000 })
    const { verdict, recordsAll, burst } = await runTrial(spec)
    expect(verdict).toBe('valid')
    // 12 s, of which 3 s have four times the rate.
    expect(recordsAll).toBe(9 * 500 + 3 * 2_000)
    expect(burst!.witnessedAt).toBe(spec.burst!.from)
    expect(burst!.latencyBackAt).toBeDefined()
  }
})

it('arms of a design have names of their own', () => {
  for (const { arms } of DESIGNS) {
    expect(new Set(arms.map(({ name }) => name)).size).toBe(arms.length)
  }
})
