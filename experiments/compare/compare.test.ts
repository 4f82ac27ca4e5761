/** Tables and rows from canned outcomes, and one tiny compare from end to end in simulation. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clockStart } from '../../engines/core/run-config.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { atCommonRate } from '../../results/load-rows.ts'
import { SEARCHED } from '../../results/rate-bracket.ts'
import { readRun } from '../../results/reader.ts'
import { formatDuration } from '../cli/options.ts'
import type { BaselineSpec } from '../runner/baseline-trial.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import { configOf, runTrial } from '../runner/trial.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import {
  compareCases,
  type EngineName,
  engines,
  fullScale,
  quickScale,
  specOf,
  TICKS,
  type Ticks,
} from './cases.ts'
import { askedCheckpoints } from './checkpoints.ts'
import { compareClaims } from './claims.ts'
import { compareCommand } from './command.ts'
import { conclusions } from './conclusions.ts'
import { REPORT_WIDTH } from './report.ts'
import { expectedMs } from './schedule.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-compare-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** As tables show it. */
const shownTick = (name: string, engine: EngineName, of: keyof Ticks): string =>
  formatDuration(compareCases.find((one) => one.name === name)!.ticks[engine][of])
const tickOf = (name: string, engine: EngineName): string => shownTick(name, engine, 'latency')
const throughputTickOf = (name: string, engine: EngineName): string =>
  shownTick(name, engine, 'throughput')

describe('a compare of canned trials', () => {
  const capacities = { timely: 1_500_000, dstream: 1_000_000 }
  /** Not the trial's own tick, which may be tuned again: alike in grep, else timely is sooner. */
  const latencyOf = ({ workload, engine }: TrialSpec): number =>
    workload === 'grep' ? 5e6 : engine === 'timely' ? 10e6 : 50e6
  /** Back 2.5 s after a kill. */
  const canned = (spec: TrialSpec) => ({
    ...cannedOutcome({
      rate: spec.rate,
      capacity: capacities[spec.engine],
      tick: latencyOf(spec),
    }),
    recoveries: spec.faults.map(({ at }) => ({
      witnessedAt: Number(at),
      detectedAt: Number(at) + 0.85e9,
      boundBackAt: Number(at) + 1.8e9,
      latencyBackAt: Number(at) + 2.5e9,
    })),
  })

  it('writes every trial as a row, prints tables and claims, and exits with 0', async () => {
    const io = cannedIo(root, { trial: async (spec) => canned(spec) })
    expect(await compareCommand({ figures: false }, io)).toBe(0)
    const text = io.printed.join('\n')
    for (const { label } of compareCases) expect(text).toContain(label)
    const [grep, running] = [
      throughputTickOf('grep', 'timely'),
      throughputTickOf('word-count', 'timely'),
    ]
    expect(text).toMatch(
      new RegExp(
        `word-count, running +timely +${running} +1\\.\\d+M/s +1\\.\\d+M/s +\\d\\.\\d\\d +1 / [12] +valid`,
      ),
    )
    expect(text).toMatch(/^word-count, running +timely .* valid, (\d+) of \1$/m)
    expect(text).toMatch(/^word-count, running +timely +\S+ms +\S+k\/s +850ms +1\.8s +2\.5s$/m)
    expect(text.match(/^.* +1\.8s +2\.5s$/gm)).toHaveLength(2)
    expect(text).toMatch(/^grep +timely .* valid, (\d+) of \1$/m)
    expect(text).toMatch(
      new RegExp(`grep +common rate +timely +${tickOf('grep', 'timely')} .+ valid$`, 'm'),
    )
    // What METHOD wants beside every throughput: class, tick, pace, updates, rows and bytes exchanged, crossed, latency held.
    expect(text).toMatch(
      /held: ingest log, kernels columns, recovery checkpoint \(timely\), lineage \(dstream\)\.\nSecond copies of late tasks: speculation off \(dstream\); run has 1\.4 by default\.\n/,
    )
    expect(text).toMatch(new RegExp(`^grep +timely +stateless +${grep} +1 +1\\.\\d+M/s`, 'm'))
    expect(text).toMatch(
      /top-k, 30 s window +dstream +per-tick combined +\d+ms +1 +\S+\/s +\S+\/s +\S+ +\S+ +\S+ +\S+ms$/m,
    )
    // The slower engine was at the common rate already; nobody ran it twice, and nobody may count it twice.
    expect(text).toMatch(
      new RegExp(
        `grep +common rate +dstream +${tickOf('grep', 'dstream')} .+ valid, same trial$`,
        'm',
      ),
    )
    expect(text).not.toMatch(/half load .+ same trial|Unconfirmed/)
    expect(text).toMatch(/continuous-is-sooner \(rule [0-9a-f]{12}\): holds/)
    for (const line of text.split('\n').filter((shown) => !/^(run|figure): /.test(shown))) {
      expect(line.length).toBeLessThanOrEqual(REPORT_WIDTH)
    }
    expect(text).toMatch(
      /p99 of batches, or slides, of 500ms is that of the slowest of the 4 in a trial\./,
    )
    expect(text).toMatch(
      /of fewer than 100 ticks \(of windows: slides, here 4\) p99 is that of the slowest\./,
    )
    expect(text).toContain('Peak memory: 191 MiB in a trial')
    const run = readRun(join(root, 'compare', 'latest'))
    // Kernels and a plain loop before all trials, kernels after them.
    expect(run.trials).toHaveLength(io.trials.length + 12)
    expect(run.trials.slice(0, 8).every(({ role }) => role === 'baseline')).toBe(true)
    expect(run.trials.slice(-4).map(({ role, kernels }) => `${role} ${kernels}`)).toEqual(
      Array.from({ length: 4 }, () => 'baseline columns'),
    )
    const above = run.trials.filter(({ role }) => role === 'above-maximum')
    expect(new Set(above.map(({ engine, sustained }) => `${engine} ${sustained}`))).toEqual(
      new Set(['dstream false']),
    )
    for (const row of run.trials.filter(({ role }) => role !== 'baseline' && role !== 'fault')) {
      const past = row.workload_parameters?.includes('"length"') ? 30e9 : 0
      // Equal guarantees: exactly one checkpoint, within the measured interval.
      const start = past + row.warmup_ns!
      expect(row.checkpoint_interval_ns).toBeGreaterThanOrEqual(start)
      expect(row.checkpoint_interval_ns).toBeLessThan(start + row.measured_ns!)
      expect(2 * row.checkpoint_interval_ns!).toBeGreaterThanOrEqual(start + row.measured_ns!)
    }
    const searched = run.trials.filter(({ role, sustained }) => role === 'search' && sustained)
    expect(searched.length).toBeGreaterThan(0)
    for (const row of searched) {
      expect(row).toMatchObject({ sustained: true, verdict: 'valid', workers: 2, partitions: 8 })
      expect(row.warnings).toContain('quick')
      expect(row.cost_ratio).toBeGreaterThan(0)
    }
    expect(atCommonRate(run.trials.filter(({ workload }) => workload === 'grep'))).toHaveLength(2)
    // Latencies of canned trials are equal in grep. One thread does as much as dstream's capacity: its bounds do not tell.
    expect(compareClaims.map((claim) => claim.judge(run.trials).state)).toEqual([
      'holds in shape',
      'fails',
      'cannot be tested here',
    ])
    const [first, second] = conclusions(run.trials)
    expect(first).toMatch(
      /^grep: timely sustains more, at least 1\.\d+M\/s against less than 1\.\d+M\/s of dstream, which failed twice\. At \S+\/s timely \(ticks of \d+ ms\) and dstream \(batches of \d+ ms\) are about as soon: p99 /,
    )
    expect(second).toMatch(
      / At \S+\/s dstream \(batches of \d+ ms\) takes \d+\.\d times as long as timely \(ticks of \d+ ms\): p99 /,
    )
    expect(run.manifest.parameters).toMatchObject({ workers: 2, engines: ['timely', 'dstream'] })
    expect(readFileSync(join(root, 'compare', 'latest', 'table.txt'), 'utf8')).toContain('held ÷')
  })

  it('says of who was not seen back how long it took at least, in the table and not as a time in the rows', async () => {
    const io = cannedIo(root, {
      trial: async (spec) => ({
        ...canned(spec),
        recoveries: spec.faults.map(({ at }) => ({
          witnessedAt: Number(at),
          boundBackAt: Number(at) + 1e9,
          latencyBackAfter: Number(at) + 4.9e9,
        })),
      }),
    })
    await compareCommand({ figures: false, cases: ['word-count'] }, io)
    const text = io.printed.join('\n')
    expect(text).not.toMatch(/never/)
    expect(text).toMatch(/^word-count, running +timely +\S+ms +\S+ +not seen +1s +≥ 4\.9s$/m)
    expect(text).toMatch(
      /^"≥ 4s": not seen back, .* within the 5\.5s and more that it is watched: it took at least 4s\.$/m,
    )
    expect(text).toContain(
      'timely on word-count, running: not seen back, and staying for 3s, within the 5.5s and more that a kill',
    )
    for (const line of text.split('\n').filter((shown) => !/^(run|figure): /.test(shown))) {
      expect(line.length).toBeLessThanOrEqual(REPORT_WIDTH)
    }
    const { faults } = readRun(join(root, 'compare', 'latest'))
    expect(faults.map(({ recovered, recovery_ns: time }) => [recovered, time])).toEqual([
      [false, undefined],
      [false, undefined],
    ])
  })

  it('says of which searches trials ended without a verdict', async () => {
    const io = cannedIo(root, {
      trial: async (spec) =>
        spec.engine === 'timely' && spec.rate > capacities.timely
          ? { ...canned(spec), outcome: 'timed-out', verdict: 'unknown', reasons: ['cut × 1: t1'] }
          : canned(spec),
    })
    expect(await compareCommand({ figures: false, cases: ['grep'] }, io)).toBe(0)
    const text = io.printed.join('\n')
    const { trials } = readRun(join(root, 'compare', 'latest'))
    const tried = trials.filter(({ engine, role }) => engine === 'timely' && SEARCHED.has(role))
    const judged = tried.filter(({ verdict }) => verdict === 'valid')
    expect(judged.length).toBeGreaterThan(0)
    expect(judged.length).toBeLessThan(tried.length)
    expect(text).toMatch(
      new RegExp(`^grep +timely .* valid, ${judged.length} of ${tried.length}$`, 'm'),
    )
    expect(text).toMatch(/^grep +dstream .* valid, (\d+) of \1$/m)
    const open = tried.length - judged.length
    expect(text).toMatch(
      new RegExp(
        `^Unconfirmed: ${open} of ${tried.length} trials of timely on grep\\. No tick`,
        'm',
      ),
    )
    for (const line of text.split('\n').filter((shown) => !/^(run|figure): /.test(shown))) {
      expect(line.length).toBeLessThanOrEqual(REPORT_WIDTH)
    }
  })

  it('has a row of who was not killed', async () => {
    const io = cannedIo(root, {
      trial: async (spec) =>
        spec.engine === 'timely' ? canned(spec) : cannedOutcome({ ...spec, capacity: 0 }),
    })
    await compareCommand({ figures: false, cases: ['word-count'] }, io)
    const text = io.printed.join('\n')
    expect(text).toMatch(/^word-count, running +timely .* 850ms +1\.8s +2\.5s$/m)
    expect(text).toMatch(/^word-count, running +dstream +– +not killed +– +– +–$/m)
  })

  it('says of who was not seen long enough that nothing is known', async () => {
    const io = cannedIo(root, {
      trial: async (spec) => ({
        ...canned(spec),
        recoveries: spec.faults.map(({ at }) => ({ witnessedAt: Number(at) })),
      }),
    })
    await compareCommand({ figures: false, cases: ['word-count'] }, io)
    const text = io.printed.join('\n')
    expect(text).toMatch(/^word-count, running +timely +\S+ms +\S+ +not seen +not seen +not seen$/m)
    expect(text).toMatch(
      /^timely on word-count, running: too little was seen .*, so nothing is known of a recovery\.$/m,
    )
    expect(text).not.toContain('running: not seen back')
  })

  it('in full prints medians with intervals, and gives every repeat a row and a seed of its own', async () => {
    const specs: TrialSpec[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        specs.push(spec)
        const outcome = canned(spec)
        const checkpointsDurable = askedCheckpoints(spec)
        return { ...outcome, counters: { ...outcome.counters, checkpointsDurable } }
      },
    })
    const options = { figures: false, cases: ['word-count'], scale: fullScale }
    expect(await compareCommand(options, io)).toBe(0)
    const text = io.printed.join('\n')
    expect(io.printed[0]).toMatch(/^About 2\.\d hours for about \d{2,3} trials\./)
    expect(text).toMatch(/^Full: each trial is measured for 60 s, 120 batches\. .* each 5s\.$/m)
    expect(text).toMatch(/^word-count, running +timely .* 3 \/ 2 +valid, (\d+) of \1$/m)
    expect(text).toMatch(
      /^Kills of timely on word-count, running: in its band after 2\.5s \(median; /m,
    )
    expect(text).toMatch(/^Full: 10 trials a rate\./m)
    const tick = tickOf('word-count', 'timely')
    expect(text).toMatch(
      new RegExp(
        `^word-count, running +half load +timely +${tick} .* \\d\\S*–\\d\\S* +valid$`,
        'm',
      ),
    )
    expect(text).toMatch(/^word-count, running +common rate +dstream .* valid, same trials$/m)
    expect(text).not.toMatch(/Quick|What this run does not tell/)
    for (const line of text.split('\n').filter((shown) => !/^(run|figure): /.test(shown))) {
      expect(line.length).toBeLessThanOrEqual(REPORT_WIDTH)
    }
    const { trials, faults } = readRun(join(root, 'compare', 'latest'))
    for (const engine of engines) {
      const loads = trials.filter((row) => row.engine === engine && row.role === 'half-load')
      expect(loads.map(({ repeat, repeats }) => `${repeat}/${repeats}`)).toEqual(
        Array.from({ length: 10 }, (_, place) => `${place + 1}/10`),
      )
    }
    expect(faults).toHaveLength(40)
    const kills = (engine: string) =>
      specs.flatMap((spec) => (spec.engine === engine ? spec.faults.map(({ at }) => at) : []))
    expect(new Set(kills('timely')).size).toBe(20)
    expect(kills('dstream')).toEqual(kills('timely'))
  })

  it('in full says which trials had fewer checkpoints than ten while they were measured', async () => {
    const io = cannedIo(root, { trial: async (spec) => canned(spec) })
    await compareCommand({ figures: false, cases: ['word-count'], scale: fullScale }, io)
    expect(io.printed.join('\n')).toMatch(
      /^Fewer than 10 checkpoints became durable while they were measured, .* not all in it: word-count,/m,
    )
  })

  it('says how many checkpoints trials took, and which took more than were asked for', async () => {
    const io = cannedIo(root, {
      trial: async (spec) => {
        const outcome = canned(spec)
        const isMore =
          spec.engine === 'dstream' &&
          spec.tick === TICKS['word-count'].dstream.latency &&
          spec.faults.length === 0
        const checkpointsDurable = askedCheckpoints(spec) + (isMore ? 3 : 0)
        return { ...outcome, counters: { ...outcome.counters, checkpointsDurable } }
      },
    })
    await compareCommand({ figures: false, cases: ['word-count'] }, io)
    const text = io.printed.join('\n')
    const [timely, dstream] = engines.map((engine) => tickOf('word-count', engine))
    expect(text).toMatch(new RegExp(`^word-count, running +half load +timely +${timely} +1 `, 'm'))
    expect(text).toMatch(
      new RegExp(`^word-count, running +half load +dstream +${dstream} +4 `, 'm'),
    )
    const atMost = throughputTickOf('word-count', 'dstream')
    expect(text).toMatch(
      new RegExp(`^word-count, running +dstream +per-tick combined +${atMost} +1 `, 'm'),
    )
    const [told] = text.match(/^More checkpoints .*?\.$/ms) ?? []
    expect(told).toMatch(/than were asked for, .*: word-count,\srunning, dstream, half-load/s)
    expect(told).not.toContain('timely')
  })

  it('judges a common rate by the median of its trials', async () => {
    // Timely's first trial at a load was disturbed.
    const io = cannedIo(root, {
      trial: async (spec) => {
        const outcome = canned(spec)
        if (spec.engine !== 'timely' || spec.seed !== 1 || spec.rate > capacities.dstream)
          return outcome
        return { ...outcome, latency: { ...outcome.latency!, p99: 900e6 } }
      },
    })
    await compareCommand({ figures: false, cases: ['word-count'], scale: fullScale }, io)
    const { trials } = readRun(join(root, 'compare', 'latest'))
    const first = atCommonRate(trials).find(({ engine }) => engine === 'timely')
    expect(first!.latency_ns_p99).toBe(900e6)
    expect(compareClaims[0]!.judge(trials).state).toBe('holds')
  })

  it('exits with 1 when an output is wrong, with 2 when no verdict is known', async () => {
    const wrong = cannedIo(root, {
      trial: async (spec) => ({ ...canned(spec), verdict: 'invalid', reasons: ['digest × 1: t1'] }),
    })
    expect(await compareCommand({ figures: false, cases: ['grep'] }, wrong)).toBe(1)
    const miscounted = cannedIo(root, { trial: async (spec) => canned(spec) })
    const { baseline } = miscounted
    const lossy = {
      ...miscounted,
      baseline: async (spec: BaselineSpec) => {
        const { rates, ...rest } = await baseline(spec)
        return { ...rest, rates: rates.map((rate) => ({ ...rate, wrong: 'one word is missing' })) }
      },
    }
    expect(await compareCommand({ figures: false, cases: ['grep'] }, lossy)).toBe(1)
    expect(miscounted.printed.join('\n')).not.toContain('1 thread, kernels')
    const broken = cannedIo(root, { trial: () => Promise.reject(new Error('the process died')) })
    expect(await compareCommand({ figures: false, cases: ['grep'] }, broken)).toBe(2)
    const rows = readRun(join(root, 'compare', 'latest')).trials
    expect(rows.filter(({ outcome }) => outcome === 'failed').length).toBeGreaterThan(0)
    expect(rows.find(({ outcome }) => outcome === 'failed')!.reasons).toBe('the process died')
  })

  it.each([quickScale, fullScale])(
    'keeps what was measured when it is interrupted, marked incomplete: $name',
    async (scale) => {
      const controller = new AbortController()
      let left = 3
      const io = cannedIo(root, {
        signal: controller.signal,
        trial: async (spec) => {
          left -= 1
          if (left === 0) {
            controller.abort(new Error('interrupted by SIGINT'))
            throw controller.signal.reason
          }
          return canned(spec)
        },
      })
      await expect(compareCommand({ figures: false, scale }, io)).rejects.toThrow(
        'interrupted by SIGINT',
      )
      const [folder] = readdirSync(join(root, 'compare'))
      const run = readRun(join(root, 'compare', folder!), { incomplete: true })
      expect(run.manifest).toMatchObject({
        state: 'incomplete',
        incompleteBecause: 'interrupted by SIGINT',
      })
      const trials = run.trials.filter(({ role }) => role !== 'baseline')
      expect(trials.map(({ outcome }) => outcome)).toEqual(['completed', 'completed', 'aborted'])
      expect(io.printed.join('\n')).toContain('marked incomplete')
    },
  )
})

const tiny = {
  ...quickScale,
  name: 'tiny',
  world: 'simulated',
  input: { kind: 'lines', records: 200 },
  warmup: milliseconds(500),
  measured: milliseconds(500),
  shortWarmup: milliseconds(500),
  historyRate: 20,
  leavingRate: 80,
  guessRate: 2_000,
  baselineMs: 0,
  // The clock of the test moves by a second a trial.
  budgetMs: 30_000,
} as const

it.each(engines)(
  'windows are full, and their past is worked off, before the rate begins: %s',
  async (engine) => {
    const compareCase = compareCases.find(({ name }) => name === 'word-count-window')!
    const spec = specOf(
      { compareCase, engine, purpose: 'search', rate: 2_000, shortened: false, seed: 1 },
      tiny,
    )
    const { input } = configOf(spec)
    expect(clockStart(input)).toBe(seconds(30))
    // What leaves windows until the end has its own rate.
    expect(input.history!.leaving).toEqual({ duration: spec.warmup + spec.measured, rate: 80 })
    // Batches of the past take 3 ms each to replay, epochs are closed together.
    const replay =
      engine === 'timely' ? 0 : Math.ceil((30_000 / (spec.tick / 1e6)) * (3 / 500)) * 500e6
    expect(input.history!.duration).toBe(clockStart(input) + tiny.windowSettle + replay)
    expect(input.duration).toBe(clockStart(input) + spec.warmup + spec.measured)
    const outcome = await runTrial(spec)
    expect(outcome.verdict).toBe('valid')
    // 2 s and the replay of what leaves, 29 s of what stays, then half a second each of warm-up and measured interval.
    expect(outcome.recordsAll).toBe((2 + replay / 1e9) * 80 + 29 * 20 + 2_000)
    expect(outcome.recordsMeasured).toBe(1_000)
  },
)

it('expects D-Stream to replay the past of a window, for longer where batches are shorter', () => {
  const apart = (name: string, engine: EngineName): number => {
    const compareCase = compareCases.find((each) => each.name === name)!
    const [short, long] = [20, 500].map((ms) =>
      expectedMs(compareCase, engine, 'probe', milliseconds(ms)),
    )
    return short! - long!
  }
  // 1,500 batches of 3 ms, or 60: 4.5 s, or half a second.
  expect(apart('word-count-window', 'dstream')).toBe(4_000)
  expect(apart('word-count-window', 'timely')).toBe(0)
  expect(apart('word-count', 'dstream')).toBe(0)
})

it('a worker of both engines is killed at the same instant, at a random phase of their checkpoints', () => {
  const compareCase = compareCases.find(({ isKilled }) => isKilled)!
  const { warmup, recovery } = quickScale
  const phases = Array.from({ length: 40 }, (_, seed) => {
    const [timely, dstream] = engines.map((engine) =>
      specOf(
        { compareCase, engine, purpose: 'recovery', rate: 2_000, shortened: false, seed },
        quickScale,
      ),
    )
    expect(timely!.faults).toHaveLength(1)
    expect(dstream!.faults).toEqual(timely!.faults)
    for (const { tick, measured, timely: options } of [timely!, dstream!]) {
      expect(measured % tick).toBe(0)
      expect(options.checkpointInterval! % tick).toBe(0)
    }
    return Number(timely!.faults[0]!.at) - warmup - recovery.steady
  })
  expect(Math.min(...phases)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...phases)).toBeLessThan(recovery.within)
  expect(new Set(phases.map((phase) => Math.floor((4 * phase) / recovery.within)))).toEqual(
    new Set([0, 1, 2, 3]),
  )
})

it.each(['search', 'half-load', 'recovery'] as const)(
  'ticks divide whatever an interval or a trial is made of: %s',
  (purpose) => {
    for (const compareCase of compareCases) {
      for (const engine of engines) {
        for (const scale of [quickScale, fullScale]) {
          const ask = {
            compareCase,
            engine,
            purpose,
            rate: 2_000,
            shortened: false,
            seed: 1,
          } as const
          const { tick, warmup, measured, timely, dstream } = specOf(ask, scale)
          const lengths = [
            milliseconds(500),
            warmup,
            measured,
            timely.checkpointInterval!,
            dstream.checkpointInterval!,
          ]
          for (const length of lengths) expect(length % tick).toBe(0)
        }
      }
    }
  },
)

it('trials of the full scale are as long as METHOD 9 asks, and their own rate fills windows', () => {
  for (const compareCase of compareCases) {
    for (const engine of engines) {
      for (const purpose of ['search', 'half-load'] as const) {
        const spec = specOf(
          { compareCase, engine, purpose, rate: 2_000, shortened: false, seed: 1 },
          fullScale,
        )
        const interval = spec.timely.checkpointInterval!
        expect(spec.dstream.checkpointInterval).toBe(interval)
        expect(spec.measured / interval).toBeGreaterThanOrEqual(10)
        expect(spec.measured / milliseconds(500)).toBeGreaterThanOrEqual(100)
        for (const length of [interval, spec.warmup, spec.measured]) {
          expect(length % spec.tick).toBe(0)
        }
        expect(spec.history).toBeUndefined()
        expect(spec.warmup).toBe(seconds(compareCase.windowed ? 40 : 10))
      }
    }
  }
  // With the driver and the text.
  expect(2 * fullScale.workerMemoryBytes).toBeLessThan(3.5 * 2 ** 30)
})

it('a tiny compare in the simulated world, from end to end', async () => {
  const io = cannedIo(root, { trial: runTrial })
  const status = await compareCommand({ cases: ['grep', 'word-count'], scale: tiny }, io)
  expect(status).toBe(0)
  const folder = join(root, 'compare', 'latest')
  const run = readRun(folder)
  expect(
    run.trials.every(({ verdict, world }) => verdict === 'valid' && world === 'simulated'),
  ).toBe(true)
  expect(run.latency.length).toBeGreaterThan(run.trials.length)
  for (const name of ['throughput-simulated', 'latency-simulated']) {
    for (const ending of ['png', 'svg', 'vl.json']) {
      expect(existsSync(join(folder, 'figures', `${name}.${ending}`))).toBe(true)
    }
  }
  expect(io.printed.at(-1)).toMatch(/^run: /)
})
