/** The ladder on canned trials whose capacity and latency follow the tick, and one tiny ladder from end to end in simulation. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NOMINAL_COSTS, scaledCosts } from '../../engines/core/cost/cost-model.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { readRun } from '../../results/reader.ts'
import type { TickTries } from '../../results/tick-choice.ts'
import { root as checkout } from '../cli/cli.fixture.ts'
import { compareCases, type EngineName, TICKS } from '../compare/cases.ts'
import { REPORT_WIDTH } from '../compare/report.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import { runTrial } from '../runner/trial.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { ticksCommand } from './command.ts'
import { ladderScale, tickSpec } from './ladder.ts'
import { latencyNeed, throughputNeed } from './measure.ts'
import { chosenTicks } from './report.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-ticks-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const latest = () => readRun(join(root, 'ticks', 'latest'))

/**
 * Timely does as much from 50 ms on, D-Stream the more the longer its batch; what waits for a tick is seen after it, and of 500 ms
 * no load near the pace is in time.
 */
function canned(spec: TrialSpec): TrialOutcome {
  const ms = spec.tick / 1e6
  const capacity = spec.engine === 'timely' ? 1_000_000 * Math.min(1, ms / 50) : 2_000 * (ms + 100)
  const outcome = cannedOutcome({ rate: spec.rate, capacity, tick: spec.tick })
  const isLate = spec.rate > 0.55 * capacity && spec.tick >= 500e6
  return isLate ? { ...outcome, latency: { ...outcome.latency!, p99: 1_040e6 } } : outcome
}

describe('a ladder of canned trials', () => {
  it('chooses ticks by the rule, and says so in a form that cases.ts takes', async () => {
    const io = cannedIo(root, { trial: async (spec) => canned(spec) })
    expect(await ticksCommand({ figures: false }, io)).toBe(0)
    const text = io.printed.join('\n')
    expect(io.printed[0]).toMatch(/^About \d+ minutes for about \d+ trials\./)
    // Paces repeat to the digit here: no noise, so no ties but what is equal.
    for (const name of ['grep', "'word-count'", "'word-count-window'", "'top-k-window'"]) {
      expect(text).toContain(`  ${name}: { timely: ticks(50, 50), dstream: ticks(250, 100) },`)
    }
    for (const line of text.split('\n').filter((shown) => !/^(run|figure): /.test(shown))) {
      expect(line.length).toBeLessThanOrEqual(REPORT_WIDTH)
    }
    const run = latest()
    expect(readFileSync(join(root, 'ticks', 'latest', 'table.txt'), 'utf8')).toContain('grep.')
    expect(run.manifest.parameters).toMatchObject({ repeats: 3, nearShares: [0.9, 0.75, 0.6] })
    expect(chosenTicks(run.trials)).toHaveLength(2 * compareCases.length)
  })

  it('tries each tick once, and what the rule compares until it is decided', async () => {
    const io = cannedIo(root, { trial: async (spec) => canned(spec) })
    await ticksCommand({ figures: false, cases: ['word-count'] }, io)
    const cells = chosenTicks(latest().trials)
    const tries = cells.map(({ cell, throughput, latency }) => ({
      whole: cell.ticks.map(({ tick }) => tick),
      least: Math.min(...cell.ticks.flatMap(({ paces, half }) => [paces.length, half.length])),
      throughput: [throughput!.paces.length, throughput!.near.length],
      latency: latency!.half.length,
    }))
    for (const one of tries) {
      expect(one).toEqual({ whole: ladderScale.ladder, least: 1, throughput: [3, 2], latency: 3 })
    }
    // D-Stream's best pace was tried as often before it was out, by two failures at each load.
    const longest = cells.find(({ cell }) => cell.engine === 'dstream')!.cell.ticks.at(-1)!
    expect(longest).toMatchObject({ paces: { length: 3 }, near: { length: 6 } })
    expect(longest.near.every(({ held }) => !held)).toBe(true)
  })

  it('loads with shares of the paces that were measured, the same seeds for both engines', async () => {
    const specs: TrialSpec[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        specs.push(spec)
        return canned(spec)
      },
    })
    await ticksCommand({ figures: false, cases: ['word-count'], seed: 7 }, io)
    const { trials } = latest()
    const rates = (role: string, engine: string, tick: number) =>
      trials
        .filter((row) => row.role === role && row.engine === engine && row.tick_ns === tick * 1e6)
        .map((row) => row.offered_records_per_s)
    expect(rates('search', 'dstream', 250)).toEqual([630_000, 630_000])
    const down = [1_080_000, 900_000, 720_000]
    expect(rates('search', 'dstream', 500)).toEqual(down.flatMap((rate) => [rate, rate]))
    for (const tick of [5, 250]) {
      // Half of the pace of 250 ms, which held 0.9 of it.
      expect(new Set(rates('half-load', 'dstream', tick))).toEqual(new Set([350_000]))
      expect(new Set(rates('half-load', 'timely', tick))).toEqual(new Set([500_000]))
    }
    const seeds = (engine: EngineName) =>
      specs.filter((spec) => spec.engine === engine && spec.tick === 100e6).map(({ seed }) => seed)
    expect(seeds('timely')[0]).toBe(7)
    expect(seeds('dstream')).toEqual(expect.arrayContaining([7, 8, 9]))
  })

  it('takes turns, and offers what follows from the tick before', async () => {
    const io = cannedIo(root, { trial: async (spec) => canned(spec) })
    await ticksCommand({ figures: false, cases: ['word-count'] }, io)
    const { trials } = latest()
    const visits = trials.flatMap(({ tick_ns: tick, engine }) =>
      tick === undefined ? [] : `${engine} ${tick / 1e6}`,
    )
    // What was no overload is tried again at once.
    expect([...new Set(visits)].slice(0, 4)).toEqual([
      'timely 500',
      'dstream 500',
      'dstream 250',
      'timely 250',
    ])
    const overloads = trials.filter((row) => row.role === 'probe' && row.engine === 'timely')
    const [, second, third] = overloads
    expect([second!.tick_ns, third!.tick_ns]).toEqual([250e6, 100e6])
    expect(second!.offered_records_per_s).toBe(1_300_000)
  })

  it('is not known where nothing is held, and wrong where an output is', async () => {
    const queued = (spec: TrialSpec): TrialOutcome => ({
      ...canned(spec),
      lagSlope: { estimate: 5e8, low: 4e8, high: 6e8, thirds: 5e8 },
    })
    const open = cannedIo(root, { trial: async (spec) => queued(spec) })
    const options = { figures: false, cases: ['grep'] }
    expect(await ticksCommand(options, open)).toBe(2)
    const text = open.printed.join('\n')
    expect(text).toContain('  grep: { timely: ticks(?, ?), dstream: ticks(?, ?) },')
    for (const engine of ['timely', 'dstream']) {
      expect(text).toContain(`grep, ${engine}: no tick of the ladder held a load near its pace.`)
    }
    // A latency was measured: that of a queue. Of nothing there is no half.
    expect(text).toMatch(/^timely +50ms +1M\/s +\d \/ \d +not held +– +0 \/ 6 +– +– +–$/m)
    const wrong = cannedIo(root, {
      trial: async (spec) => ({ ...canned(spec), verdict: 'invalid', reasons: ['digest × 1: t1'] }),
    })
    expect(await ticksCommand(options, wrong)).toBe(1)
    const broken = cannedIo(root, { trial: () => Promise.reject(new Error('the process died')) })
    expect(await ticksCommand(options, broken)).toBe(2)
    // No pace is known, so no load is: three overloads of each tick.
    expect(broken.trials).toHaveLength(2 * 3 * ladderScale.ladder.length)
  })

  it('says where the ladder ends', async () => {
    const io = cannedIo(root, {
      trial: async (spec) => cannedOutcome({ rate: spec.rate, capacity: 1e6, tick: spec.tick }),
    })
    await ticksCommand({ figures: false, cases: ['grep'] }, io)
    const text = io.printed.join('\n')
    expect(text).toContain('  grep: { timely: ticks(5, 5), dstream: ticks(5, 5) },')
    expect(text).toContain('grep, timely: its tick for latency is the shortest of the ladder')
  })

  it('keeps what was measured when it is interrupted, marked incomplete', async () => {
    const controller = new AbortController()
    let left = 3
    const io = cannedIo(root, {
      signal: controller.signal,
      trial: async (spec) => {
        left -= 1
        if (left > 0) return canned(spec)
        controller.abort(new Error('interrupted by SIGINT'))
        throw controller.signal.reason
      },
    })
    await expect(ticksCommand({ figures: false }, io)).rejects.toThrow('interrupted by SIGINT')
    const [folder] = readdirSync(join(root, 'ticks'))
    const { manifest } = readRun(join(root, 'ticks', folder!), { incomplete: true })
    expect(manifest).toMatchObject({ state: 'incomplete' })
  })
})

describe('what the rule needs next', () => {
  const tries = (tick: number, given: Partial<TickTries>): TickTries => ({
    tick,
    paces: [],
    overloads: given.paces?.length ?? 0,
    near: [],
    half: [],
    ...given,
  })
  const held = (p99: number) => ({ rate: 1, held: true, p50: p99 / 2, p99 })
  const never = Number.POSITIVE_INFINITY
  const failed = { rate: 1, held: false, p50: never, p99: never }

  const fast = (tick: number, pace: number, near: TickTries['near'] = []): TickTries =>
    tries(tick, { paces: [pace, pace, pace], near })
  const at = (rate: number, isHeld = true) => (isHeld ? { ...held(9), rate } : { ...failed, rate })

  it('for throughput: paces of the best and of a tie, then loads near them, and no others', () => {
    const [slow, tie] = [tries(5, { paces: [9] }), fast(50, 90)]
    const need = (best: TickTries, noise: number) => throughputNeed([slow, tie, best], noise, 3)
    expect(need(tries(500, { paces: [100] }), 1.2)).toEqual({ tick: 500, load: 'probe' })
    expect(need(fast(500, 100), 1.2)).toEqual({ tick: 500, load: 'search', rate: 90 })
    const known = fast(500, 100, [at(90), at(90)])
    expect(need(known, 1.2)).toEqual({ tick: 50, load: 'search', rate: 81 })
    expect(need(known, 1)).toBeUndefined()
  })
  it('for throughput: more tries of a load that failed once, then the next, or another tick', () => {
    const need = (next: TickTries, ...near: TickTries['near']) =>
      throughputNeed([next, fast(500, 100, near)], 1, 3)
    const [beyond, below] = [fast(50, 82), fast(50, 90)]
    expect(need(beyond, at(90, false))).toEqual({ tick: 500, load: 'search', rate: 90 })
    const out = [at(90, false), at(90, false)]
    expect(need(beyond, ...out)).toEqual({ tick: 500, load: 'search', rate: 75 })
    expect(need(below, ...out)).toEqual({ tick: 50, load: 'search', rate: 81 })
  })
  it('for throughput: no more overloads of a tick that none was counted of', () => {
    const ticks = [tries(50, { paces: [90], overloads: 5 })]
    expect(throughputNeed(ticks, 1, 3)).toEqual({ tick: 50, load: 'search', rate: 81 })
  })
  it('for latency: the best, the tie, and no tick that failed once', () => {
    const ticks = [
      tries(5, { half: [failed] }),
      tries(10, { half: [held(11)] }),
      tries(20, { half: [held(10), held(10), held(10)] }),
    ]
    expect(latencyNeed(ticks, 1, 3)).toBeUndefined()
    const [short, tie, ...rest] = ticks
    const sooner = { ...tie!, half: [{ ...held(11), p50: 1 }] }
    expect(latencyNeed([short!, sooner, ...rest], 1.2, 3)).toBe(10)
    expect(latencyNeed([short!], 1.2, 3)).toBeUndefined()
  })
})

it('a trial is that of a compare, with another tick, and longer under overload', () => {
  const compareCase = compareCases[0]!
  const ask = {
    compareCase,
    engine: 'dstream',
    tick: milliseconds(50),
    rate: 1_000.4,
    seed: 1,
  } as const
  const [overload, half] = (['probe', 'half-load'] as const).map((load) =>
    tickSpec({ ...ask, load }, ladderScale),
  )
  expect(half).toMatchObject({ tick: 50e6, rate: 1_000, grace: ladderScale.grace })
  expect(overload).toEqual({ ...half, grace: ladderScale.grace + half!.warmup + half!.measured })
  for (const tick of ladderScale.ladder) {
    const { warmup, measured } = half!
    for (const length of [milliseconds(500), warmup, measured]) expect(length % tick).toBe(0)
  }
})

it('a tiny ladder in the simulated world, from end to end', async () => {
  const tiny = {
    ...ladderScale,
    name: 'tiny',
    world: 'simulated',
    input: { kind: 'lines', records: 200 },
    warmup: milliseconds(500),
    measured: milliseconds(1_000),
    guessRate: 60_000,
    baselineMs: 0,
    ladder: [milliseconds(100), milliseconds(250)],
  } as const
  // So slow that little overloads it.
  const simulation = { costs: scaledCosts(NOMINAL_COSTS, 2_000) }
  const io = cannedIo(root, { trial: (spec) => runTrial({ ...spec, simulation }) })
  const status = await ticksCommand({ cases: ['grep'], scale: tiny, repeats: 2 }, io)
  expect(io.printed.join('\n')).toContain('For TICKS in')
  expect(status).toBe(0)
  const run = latest()
  expect(run.trials.every(({ world }) => world === 'simulated')).toBe(true)
  expect(run.trials.some(({ role, sustained }) => role === 'half-load' && sustained)).toBe(true)
  for (const ending of ['png', 'svg', 'vl.json']) {
    const figure = join(root, 'ticks', 'latest', 'figures', `ticks-simulated.${ending}`)
    expect(existsSync(figure)).toBe(true)
  }
})

const published = join(checkout, 'results', 'reference', 'ticks')
it.skipIf(!existsSync(published))('ticks of compare are those of the newest published run', () => {
  const name = readdirSync(published).sort().at(-1)!
  const chosen = chosenTicks(readRun(join(published, name)).trials)
  const table: Record<string, Record<string, unknown>> = {}
  for (const { cell, throughput, latency } of chosen) {
    table[cell.caseName] ??= {}
    table[cell.caseName]![cell.engine] = { throughput: throughput?.tick, latency: latency?.tick }
  }
  expect(TICKS).toEqual(table)
})
