/** The schedule in virtual time, tables and rows from canned outcomes, and one tiny compare from end to end in simulation. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clockStart } from '../../engines/core/run-config.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { readRun } from '../../results/reader.ts'
import type { ClaimRow } from '../experiment.ts'
import type { BaselineSpec } from '../runner/baseline-trial.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import { RateSearch } from '../runner/sustainable-rate.ts'
import { configOf, runTrial } from '../runner/trial.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { compareCases, type EngineName, engines, quickScale, specOf } from './cases.ts'
import { compareClaims } from './claims.ts'
import { compareCommand } from './command.ts'
import { conclusions } from './conclusions.ts'
import { atCommonRate, isAbove } from './judging.ts'
import { REPORT_WIDTH } from './report.ts'
import { type Cell, Schedule, type ScheduledTrial } from './schedule.ts'
import { secondTries } from './second-tries.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-compare-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** What a trial in which a worker is killed takes of another one. */
const KILL_LENGTH = 2.5

/** Engines that keep up below a capacity, in trials of a given length, on a clock that only trials move. */
async function scheduled(
  budgetMs: number,
  trialMs: number,
  {
    capacity = 1_000_000,
    guess = 2_000_000,
    /** Undoes what held: no second try does. */
    fickle = false,
    /** What timely can do of what dstream can. */
    ratio = 1.5,
    thread = undefined as number | undefined,
  } = {},
) {
  let clock = 0
  const trials: ScheduledTrial[] = []
  const schedule = new Schedule(
    { cases: compareCases, engines, budgetMs, guess: () => guess, thread: () => thread },
    {
      elapsedMs: () => clock,
      run: async (trial) => {
        clock += trialMs * (trial.shortened ? 0.8 : trial.purpose === 'recovery' ? KILL_LENGTH : 1)
        trials.push(trial)
        const most = trial.cell.engine === 'timely' ? capacity * ratio : capacity
        const isUndone = fickle && trial.purpose === 'maximum'
        return cannedOutcome({ rate: trial.rate, capacity: isUndone ? trial.rate / 1.1 : most })
      },
    },
  )
  return { ...(await schedule.run()), trials, clock }
}

describe('the schedule', () => {
  it('fits into its budget, whatever a trial takes', async () => {
    for (const trialMs of [1_000, 3_000, 4_500, 8_000, 20_000]) {
      const { clock, trials } = await scheduled(170_000, trialMs)
      expect(clock).toBeLessThanOrEqual(170_000 + trialMs)
      expect(trials.length).toBeGreaterThanOrEqual(8)
    }
  })

  it('finds each capacity, tries again what tells them apart, and measures at half and at a common rate', async () => {
    const { cells, trials, leftOut, unsettled } = await scheduled(170_000, 3_000)
    expect(leftOut).toEqual([])
    expect(unsettled).toEqual([])
    expect(cells).toHaveLength(8)
    for (const cell of cells) {
      const capacity = cell.engine === 'timely' ? 1_500_000 : 1_000_000
      const found = cell.search.sustained!
      const other = cells.find(
        ({ compareCase, engine }) => compareCase === cell.compareCase && engine !== cell.engine,
      )
      expect(isAbove(cell.search.confirmed, other!.search.confirmed)).toBe(cell.engine === 'timely')
      expect(Math.max(cell.search.tries.held, cell.search.tries.limit)).toBeLessThanOrEqual(2)
      expect(found.rate).toBeLessThanOrEqual(capacity)
      expect(found.rate).toBeGreaterThan(0.85 * capacity)
      // A rate that was tried and failed is the upper bound.
      const { limit } = cell.search.bracket
      expect(limit).toBeGreaterThanOrEqual(capacity)
      expect(limit).toBeLessThanOrEqual(found.rate / 0.87)
      expect(cell.search.steps.some(({ rate, sustained }) => rate === limit && !sustained)).toBe(
        true,
      )
      expect(cell.halfLoad!.rate).toBe(Math.round(found.rate / 2))
      // The slower engine's half load is the common rate.
      expect(cell.commonRate === undefined).toBe(cell.engine === 'dstream')
    }
    expect(new Set(trials.map(({ purpose }) => purpose)).size).toBe(7)
    const killed = trials.filter(({ purpose }) => purpose === 'recovery')
    expect(
      killed.map(({ cell, rate }) => `${cell.compareCase.name} ${rate === cell.halfLoad!.rate}`),
    ).toEqual(['word-count true', 'word-count true'])
  })

  it('takes turns, and turns round', async () => {
    const { trials } = await scheduled(170_000, 3_000)
    const order = (from: number) =>
      trials.slice(from, from + 8).map(({ cell }) => `${cell.compareCase.name} ${cell.engine}`)
    expect(order(0).slice(0, 2)).toEqual(['grep timely', 'grep dstream'])
    expect(order(8)).toEqual([...order(0)].reverse())
  })

  it('probes with an overload, and searches just below the pace that it showed', async () => {
    const { trials } = await scheduled(170_000, 3_000)
    const [probe, search] = trials.filter(
      ({ cell }) => cell.compareCase.name === 'grep' && cell.engine === 'dstream',
    )
    // Timely did 0.75 of the guess.
    expect(probe).toMatchObject({ purpose: 'probe', rate: 1_575_000 })
    expect(search).toMatchObject({ purpose: 'search', rate: 940_000 })
  })

  it('lets probes tell the next ones how far guesses are off, so that they come near and not all of them hold', async () => {
    for (const guess of [600_000, 1_200_000, 4_000_000]) {
      const { cells } = await scheduled(170_000, 3_000, { guess, ratio: 1.1 })
      const failed = cells.filter(({ search: { steps } }) => !steps[0]!.sustained)
      expect(failed.length).toBeGreaterThanOrEqual(3)
      for (const { search } of cells.slice(4)) {
        expect(search.steps[0]!.rate).toBeGreaterThan(1_000_000)
        expect(search.steps[0]!.rate).toBeLessThan(1_300_000)
      }
    }
  })

  it('settles within 15 %, and takes half loads that are nearer than that at one rate', async () => {
    const { cells } = await scheduled(170_000, 3_000, { guess: 1_500_000, ratio: 1.02 })
    for (const { search, halfLoad, commonRate } of cells) {
      expect(search.width).toBeLessThanOrEqual(1 / 0.87)
      expect(commonRate).toBeUndefined()
      expect(halfLoad!.rate).toBeLessThanOrEqual(search.sustained!.rate / 2 + 1)
    }
    const loads = cells.map(({ halfLoad }) => halfLoad!.rate)
    expect(loads.filter((_, index) => index % 2 === 0)).toEqual(
      loads.filter((_, index) => index % 2 === 1),
    )
  })

  it('goes on upwards where a probe was no overload, and says when no limit was met', async () => {
    const { cells, unsettled } = await scheduled(170_000, 3_000, { guess: 500_000 })
    for (const cell of cells) expect(cell.search.sustained!.rate).toBeGreaterThanOrEqual(800_000)
    const poor = await scheduled(1e9, 3_000, { capacity: 1e12 })
    expect(unsettled.length).toBeLessThan(8)
    expect(poor.unsettled).toHaveLength(8)
    expect(poor.unsettled[0]).toMatch(/^timely on grep: no rate failed/)
  })

  it('leaves out what there is no time for and says so; shortens before that', async () => {
    const { leftOut, shortened, trials } = await scheduled(100_000, 8_000)
    expect(leftOut.length).toBeGreaterThan(0)
    expect(leftOut.join()).toMatch(/half-load of (timely|dstream) on /)
    expect(shortened).toHaveLength(trials.filter((trial) => trial.shortened).length)
    expect(shortened.length).toBeGreaterThan(0)
    const searches = trials.filter(({ purpose }) => purpose === 'search')
    expect(searches.length).toBeLessThanOrEqual(8)
  })

  it('tries no rate again without the time to look for what holds instead', async () => {
    for (const [budget, trialMs] of [
      [170_000, 3_000],
      [170_000, 4_500],
      [150_000, 4_500],
      [130_000, 4_500],
    ] as const) {
      const { cells, trials } = await scheduled(budget, trialMs, { fickle: true })
      expect(cells.map(({ search }) => search.sustained)).not.toContain(undefined)
      if (trialMs === 3_000) {
        expect(trials.some(({ purpose }) => purpose === 'maximum')).toBe(true)
        expect(trials.at(-1)!.purpose).toBe('search')
      }
    }
  })

  it('spends what is left on second tries that can decide a comparison, and on nothing else', async () => {
    const again = async (given: { ratio: number; thread?: number }) => {
      const { trials } = await scheduled(1e9, 3_000, given)
      const tries = trials.filter(({ purpose }) => purpose.endsWith('maximum'))
      // After all the rest.
      expect(trials.slice(trials.length - tries.length)).toEqual(tries)
      return tries.map(({ cell, purpose }) => `${purpose} of ${cell.engine}`)
    }
    const every = (text: string) => Array(4).fill(text)
    expect(await again({ ratio: 1.02 })).toEqual([])
    expect(new Set(await again({ ratio: 0.6 }))).toEqual(
      new Set(['above-maximum of timely', 'maximum of dstream']),
    )
    // One thread's rate needs no second try, and one that is near tells nothing.
    expect((await again({ ratio: 1.02, thread: 300_000 })).sort()).toEqual([
      ...every('maximum of dstream'),
      ...every('maximum of timely'),
    ])
    expect(new Set(await again({ ratio: 1.02, thread: 3_000_000 }))).toEqual(
      new Set(['above-maximum of dstream', 'above-maximum of timely']),
    )
    expect(await again({ ratio: 1.02, thread: 1_000_000 })).toEqual([])
    // Engines first.
    const both = await again({ ratio: 1.5, thread: 300_000 })
    expect(both.slice(-4)).toEqual(every('maximum of dstream'))
    expect(both).toContain('above-maximum of dstream')
  })

  it('begins no second tries without the time for all that the comparison lacks', async () => {
    const waited: number[] = []
    for (let budget = 100_000; budget < 150_000; budget += 1_000) {
      const { cells, trials, clock } = await scheduled(budget, 3_000)
      const tries = trials.filter(({ purpose }) => purpose.endsWith('maximum'))
      if (tries.length === 0) waited.push(budget - clock)
      for (const { cell } of tries) {
        const [timely, dstream] = cells.filter((one) => one.compareCase === cell.compareCase)
        expect(isAbove(timely!.search.confirmed, dstream!.search.confirmed)).toBe(true)
      }
    }
    expect(waited.filter((left) => left > 3_000).length).toBeGreaterThan(0)
    expect(waited.length).toBeLessThan(50)
  })

  it('asks for no loads of an engine that sustains nothing', async () => {
    const { cells, trials } = await scheduled(170_000, 1_000, { capacity: 0 })
    expect(cells.every((cell) => cell.search.sustained === undefined)).toBe(true)
    expect(new Set(trials.map(({ purpose }) => purpose))).toEqual(new Set(['probe', 'search']))
  })
})

describe('a compare of canned trials', () => {
  const capacities = { timely: 1_500_000, dstream: 1_000_000 }
  /** Back 2.5 s after a kill. */
  const canned = (spec: TrialSpec) => ({
    ...cannedOutcome({ rate: spec.rate, capacity: capacities[spec.engine], tick: spec.tick }),
    recoveries: spec.faults.map(({ at }) => ({
      witnessedAt: Number(at),
      latencyBackAt: Number(at) + 2.5e9,
    })),
  })

  it('writes every trial as a row, prints tables and claims, and exits with 0', async () => {
    const io = cannedIo(root, { trial: async (spec) => canned(spec) })
    expect(await compareCommand({ figures: false }, io)).toBe(0)
    const text = io.printed.join('\n')
    for (const { label } of compareCases) expect(text).toContain(label)
    expect(text).toMatch(
      /word-count, running +timely +10ms +1\.\d+M\/s +1\.\d+M\/s +\d\.\d\d +2 \/ 1 +valid/,
    )
    expect(text).toMatch(/^word-count, running +timely .* valid +\d+ +2\.5s$/m)
    expect(text).toMatch(/^grep +timely .* valid +\d+ +–$/m)
    expect(text).toMatch(/grep +common rate +timely +1ms .+ valid$/m)
    // What METHOD wants beside every throughput: class, tick, pace, updates, rows and bytes exchanged, crossed, latency held.
    expect(text).toMatch(
      /held: ingest log, kernels columns, recovery checkpoint \(timely\), lineage \(dstream\)\.\n/,
    )
    expect(text).toMatch(/^grep +timely +stateless +10ms +1\.\d+M\/s/m)
    expect(text).toMatch(
      /top-k, 30 s window +dstream +per-tick combined +500ms +\S+\/s +\S+\/s +\S+ +\S+ +\S+ +\d+ms$/m,
    )
    // The slower engine was at the common rate already; nobody ran it twice, and nobody may count it twice.
    expect(text).toMatch(/grep +common rate +dstream +50ms .+ valid, same trial$/m)
    expect(text).not.toMatch(/half load .+ same trial/)
    expect(text).toMatch(/continuous-is-sooner \(rule [0-9a-f]{12}\): holds/)
    for (const line of text.split('\n').filter((shown) => !/^(run|figure): /.test(shown))) {
      expect(line.length).toBeLessThanOrEqual(REPORT_WIDTH)
    }
    expect(text).toContain('Peak memory: 191 MiB in a trial')
    const run = readRun(join(root, 'compare', 'latest'))
    expect(run.trials).toHaveLength(io.trials.length + 8)
    const maxima = run.trials.filter(({ role }) => role === 'maximum')
    // What sustains more than the other, and than one thread.
    expect(maxima.map(({ engine }) => engine)).toEqual(Array(4).fill('timely'))
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
    for (const row of maxima) {
      expect(row).toMatchObject({ sustained: true, verdict: 'valid', workers: 2, partitions: 8 })
      expect(row.warnings).toContain('quick')
      expect(row.cost_ratio).toBeGreaterThan(0)
    }
    expect(atCommonRate(run.trials).filter(({ workload }) => workload === 'grep')).toHaveLength(2)
    // One thread does as much as dstream's capacity: its bounds do not tell.
    expect(compareClaims.map((claim) => claim.judge(run.trials).state)).toEqual([
      'holds',
      'fails',
      'cannot be tested here',
    ])
    expect(conclusions(run.trials)[0]).toMatch(
      /^grep: timely sustains more, by two tries each at least 1\.\d+M\/s against less than 1\.\d+M\/s of dstream\. At \d+k\/s dstream takes \d+\.\d times as long as timely: p99 /,
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
          latencyBackAfter: Number(at) + 4.9e9,
        })),
      }),
    })
    await compareCommand({ figures: false, cases: ['word-count'] }, io)
    const text = io.printed.join('\n')
    expect(text).not.toMatch(/never/)
    expect(text).toMatch(/^word-count, running +timely .* valid +\d+ +≥ 4\.9s$/m)
    expect(text).toMatch(
      /^"≥ 4s": not seen back, .* within the 6\.5s and more that it is watched: it took at least 4s\.$/m,
    )
    expect(text).toContain(
      'timely on word-count, running: not seen back, and staying for 3s, within the 6.5s and more that a kill',
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

  it('says of who was not seen long enough that nothing is known', async () => {
    const io = cannedIo(root, {
      trial: async (spec) => ({
        ...canned(spec),
        recoveries: spec.faults.map(({ at }) => ({ witnessedAt: Number(at) })),
      }),
    })
    await compareCommand({ figures: false, cases: ['word-count'] }, io)
    const text = io.printed.join('\n')
    expect(text).toMatch(/^word-count, running +timely .* valid +\d+ +not seen$/m)
    expect(text).toMatch(
      /^timely on word-count, running: too little was seen .*, so nothing is known of a recovery\.$/m,
    )
    expect(text).not.toContain('running: not seen back')
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

  it('keeps what was measured when it is interrupted, marked incomplete', async () => {
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
    await expect(compareCommand({ figures: false }, io)).rejects.toThrow('interrupted by SIGINT')
    const [folder] = readdirSync(join(root, 'compare'))
    const run = readRun(join(root, 'compare', folder!), { incomplete: true })
    expect(run.manifest).toMatchObject({
      state: 'incomplete',
      incompleteBecause: 'interrupted by SIGINT',
    })
    const trials = run.trials.filter(({ role }) => role !== 'baseline')
    expect(trials.map(({ outcome }) => outcome)).toEqual(['completed', 'completed', 'aborted'])
    expect(io.printed.join('\n')).toContain('marked incomplete')
  })
})

describe('a comparison of rates', () => {
  /** Rows of trials of one case, with one thread that does 3.5 M/s. */
  const rowsOf = (tries: Readonly<Record<EngineName, readonly string[]>>): ClaimRow[] =>
    [
      {
        role: 'baseline',
        engine: 'single-thread',
        kernels: 'columns',
        throughput_records_per_s: 3.5e6,
      },
      ...engines.flatMap((engine) =>
        tries[engine].map((text) => {
          const [rate, held] = text.split(' ')
          return {
            role: 'search' as const,
            engine,
            offered_records_per_s: Number(rate) * 1e6,
            sustained: held === 'held',
          }
        }),
      ),
    ].map((row) => ({ workload: 'grep', verdict: 'valid', ...row }) as ClaimRow)
  const states = (rows: readonly ClaimRow[]) =>
    compareClaims.slice(1).map((claim) => claim.judge(rows).state)

  it('is left open by one try of an end, whatever it says', () => {
    // As a run was that said that timely sustains more.
    const once = rowsOf({
      timely: ['7.11 failed', '6.19 held'],
      dstream: ['5.95 failed', '3.41 held', '3.87 failed'],
    })
    expect(conclusions(once)[0]).toMatch(
      /this run cannot tell who sustains more by one try of .* \(timely 6\.19M\/s to 7\.11M\/s, dstream 3\.41M\/s to 3\.87M\/s\)\. .*: too few tries of timely to tell, too near to dstream to tell\.$/,
    )
    expect(states(once)).toEqual(['cannot be tested here', 'cannot be tested here'])
    expect(compareClaims[1]!.judge(once).evidence).toMatch(/0\.63× \(too few tries\)$/)
    const held = [...once, ...rowsOf({ timely: ['6.19 held'], dstream: [] })]
    expect(conclusions(held)[0]).toMatch(/cannot tell .* less than timely, too near to dstream/)
    expect(states(held)).toEqual(['cannot be tested here', 'cannot be tested here'])
    const disputed = [...held, ...rowsOf({ timely: [], dstream: ['3.87 held'] })]
    expect(states(disputed)).toEqual(['cannot be tested here', 'cannot be tested here'])
  })

  it('is decided by two tries of both: at a rate, or beyond it', () => {
    const at = rowsOf({
      timely: ['7.11 failed', '6.19 held', '6.19 held'],
      dstream: ['3.41 held', '3.87 failed', '3.87 failed'],
    })
    expect(conclusions(at)[0]).toContain(
      'timely sustains more, by two tries each at least 6.19M/s against less than 3.87M/s of dstream',
    )
    const beyond = rowsOf({
      timely: ['5.19 held', '6.19 held'],
      dstream: ['3.41 held', '3.87 failed', '4.62 failed'],
    })
    expect(conclusions(beyond)[0]).toMatch(
      /timely sustains more, .* 5\.19M\/s against less than 4\.62M\/s of dstream\. .*: less than timely, too near to dstream to tell\.$/,
    )
    expect(states(beyond)).toEqual(['fails', 'cannot be tested here'])
    const thread = (times: number) =>
      states(
        rowsOf({ timely: Array(times).fill('6.19 held'), dstream: Array(times).fill('4.4 held') }),
      )[1]
    expect([thread(1), thread(2)]).toEqual(['cannot be tested here', 'holds'])
  })

  it('asks for the fewest tries that can decide it, and not for those of a dispute', () => {
    const [compareCase] = compareCases
    const asked = (tries: Readonly<Record<EngineName, readonly string[]>>) => {
      const cells = engines.map((engine) => {
        const search = new RateSearch({ guess: () => 1, boundNs: 1e9, tolerance: 0.87 })
        for (const text of tries[engine]) {
          const [share, held] = text.split(' ')
          const rate = Number(share) * 1e6
          search.add(rate, cannedOutcome({ rate, capacity: held === 'held' ? rate : 1 }))
        }
        return { compareCase: compareCase!, engine, search } as unknown as Cell
      })
      return secondTries(cells, () => undefined).map((ends) =>
        ends.map(({ cell, purpose, rate }) => `${purpose} ${cell.engine} ${rate / 1e6}`),
      )
    }
    const timely = ['7.11 failed', '6.19 held']
    const maximum = 'maximum timely 6.19'
    expect(asked({ timely, dstream: ['3.41 held', '3.87 failed'] })).toEqual([
      [maximum, 'above-maximum dstream 3.87'],
    ])
    // Two of the slower failed where the faster one held.
    expect(asked({ timely, dstream: ['3.41 held', '3.87 failed', '5.5 failed'] })).toEqual([
      [maximum],
    ])
    expect(
      asked({ timely: [...timely, '6.19 held'], dstream: ['3.41 held', '3.87 failed'] }),
    ).toEqual([['above-maximum dstream 3.87']])
    const dispute = ['3.41 held', '3.87 failed', '3.87 held']
    expect(asked({ timely, dstream: dispute })).toEqual([])
    expect(asked({ timely, dstream: [...dispute, '5.5 failed'] })).toEqual([[maximum]])
    expect(asked({ timely, dstream: ['6 held', '6.5 failed'] })).toEqual([])
    const decided = ['3.41 held', '3.87 failed', '3.87 failed']
    expect(asked({ timely: [...timely, '6.19 held'], dstream: decided })).toEqual([])
  })
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
    expect(input.history!.duration).toBe(clockStart(input) + tiny.windowSettle)
    expect(input.duration).toBe(clockStart(input) + spec.warmup + spec.measured)
    const outcome = await runTrial(spec)
    expect(outcome.verdict).toBe('valid')
    // 2 s of what leaves, 29 s of what stays, then half a second each of warm-up and measured interval.
    expect(outcome.recordsAll).toBe(2 * 80 + 29 * 20 + 2_000)
    expect(outcome.recordsMeasured).toBe(1_000)
  },
)

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
