/** What the runner says: environment, doubts, table, progress. */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { LASTING_KEYS, STATE_KEYS } from '../../engines/core/metrics/state-keys.ts'
import { environmentSchema } from '../../results/manifest.ts'
import { tables } from '../../results/schema.ts'
import type { NewRow } from '../../results/writer.ts'
import { cannedOutcome, cannedSpec } from './canned.fixture.ts'
import {
  clockResolution,
  coresLimitOf,
  describeEnvironment,
  environmentDoubts,
  flagsWithoutPaths,
  memoryLimitOf,
} from './environment.ts'
import { ALLOCATOR, TRIAL_FLAGS } from './isolate.ts'
import { ProgressLine, progressText } from './progress-line.ts'
import { formatTable } from './table.ts'
import { latencyRows, timelineRows, trialRow } from './trial-rows.ts'
import type { TrialOutcome } from './trial-spec.ts'
import {
  describeWarning,
  doubtsAbout,
  doubtsAboutRepeats,
  warningNames,
  warnings,
} from './warnings.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('environment', () => {
  const environment = describeEnvironment(root)

  it('is what a manifest takes, and names no path of the machine', () => {
    expect(environmentSchema.parse(environment)).toEqual(environment)
    expect(JSON.stringify(environment)).not.toContain(root.replace(/\/$/, ''))
    expect(environment.lockfileSha256).toMatch(/^[0-9a-f]{64}$/)
    expect(environment.clockResolutionNs).toBeGreaterThan(0)
    expect(environment.nodeFlags).toEqual(
      expect.arrayContaining([...TRIAL_FLAGS, '--no-maglev-osr']),
    )
    expect(environment.allocator).toEqual(ALLOCATOR)
    if (existsSync(`${root}/.git`)) expect(environment.commit).toMatch(/^[0-9a-f]{40}$/)
  })

  it('is null where nothing can be known', () => {
    const nowhere = describeEnvironment(tmpdir())
    expect(nowhere).toMatchObject({ commit: null, dirty: null, lockfileSha256: null })
    expect(environmentDoubts(nowhere)[0]).toMatch(/No commit/)
  })

  it('reads limits, flags and clocks', () => {
    expect([
      coresLimitOf('150000 100000\n'),
      coresLimitOf('max 100000'),
      coresLimitOf(null),
    ]).toEqual([1.5, null, null])
    expect([memoryLimitOf('1024\n'), memoryLimitOf('max'), memoryLimitOf('')]).toEqual([
      1024,
      null,
      null,
    ])
    expect(
      flagsWithoutPaths([
        '--import',
        './experiments/preflight.mjs',
        '--max-old-space-size=1',
        '--x=/y',
      ]),
    ).toEqual(['--max-old-space-size=1'])
    let now = 0
    expect(clockResolution(() => BigInt(Math.floor(now++ / 3) * 100))).toBe(100)
    expect(clockResolution(() => 5n)).toBe(1_000_000_000)
  })

  it('raises doubts about the run', () => {
    const fine = { ...environment, commit: 'c', dirty: false, governor: 'performance' }
    expect(environmentDoubts(fine)).toEqual([])
    expect(environmentDoubts({ ...fine, governor: null })).toEqual([])
    expect(environmentDoubts({ ...fine, dirty: true, governor: 'powersave' })).toHaveLength(2)
  })
})

describe('warnings', () => {
  const fine: Partial<NewRow<'trials'>> = {
    role: 'maximum',
    engine: 'dstream',
    workload: 'grep',
    world: 'threads',
    workers: 2,
    repeats: 10,
    measured_ns: 300e9,
    offered_records_per_s: 1e6,
    throughput_records_per_s: 0.99e6,
    latency_bound_ns: 100e6,
    latency_ns_p50: 10e6,
    latency_ns_p99: 50e6,
    latency_ns_p999: 60e6,
    tick_ns: 10e6,
    ticks_completed: 30_000,
    lag_slope_ns_per_s_low: -1,
    gc_share: 0.01,
    stall_ns_p99: 1e6,
    stall_ns_max: 9e6,
    clock_resolution_ns: 40,
    cost_ratio: 1.2,
  }
  const check = (change: Partial<NewRow<'trials'>>, ...names: readonly string[]): void =>
    expect(doubtsAbout({ ...fine, ...change }, { cores: 2 })).toEqual(names)

  it('none for a good trial, none for missing measures', () => {
    check({})
    expect(doubtsAbout({}, { cores: 2 })).toEqual([])
  })

  it('one for each doubt', () => {
    check({ clock_resolution_ns: 200_000 }, 'clock-too-coarse')
    check({ throughput_records_per_s: 0.97e6 }, 'offered-rate-not-reached')
    check({ lag_slope_ns_per_s_low: 1.1e6 }, 'queue-growing')
    check({ source_held_back_ns: 1e6 }, 'source-held-back')
    check({ source_held_back_ns: 0 })
    check({ gc_share: 0.2 }, 'garbage-collection')
    check({ stall_ns_p99: 13e6 }, 'machine-stalls')
    check({ stall_ns_max: 101e6 }, 'stall-over-bound')
    // Of ticks, however many records they had.
    check({ tick_ns: 300e6 })
    check({ tick_ns: 300.1e6 }, 'few-samples-for-tail')
    check({ tick_ns: 3e9 }, 'few-samples-for-tail')
    check({ tick_ns: 3.01e9, latency_samples_records: 3e8 }, 'few-samples')
    const slides = JSON.stringify({ length: '30s', slide: '5s' })
    check({ workload_parameters: slides }, 'few-samples')
    check({ latency_ns_p99: 95e6 }, 'close-to-bound')
    check({ latency_ns_p99: 200e6 })
    check({ cpu_ns_driver: 1 }, 'more-threads-than-cores')
    check({ cpu_ns_driver: 1, world: 'simulated' })
    check({ cost_ratio: 0.8 }, 'one-thread-is-faster')
    // A quick compare has no maximum: what fell behind did all that it could, and a load that was held may do more.
    check({ role: 'probe', sustained: false, cost_ratio: 0.8 }, 'one-thread-is-faster')
    check({ role: 'search', sustained: false, cost_ratio: 0.8 }, 'one-thread-is-faster')
    check({ role: 'search', sustained: true, cost_ratio: 0.8 })
    check({ role: 'half-load', sustained: false, cost_ratio: 0.8 })
    check({ repeats: 3 }, 'quick')
    check({ latency_trend: 'rising' }, 'not-steady')
    check({ lag_trend: 'falling' }, 'not-steady')
    check({ lag_trend: 'steady', latency_trend: 'steady' })
    check({ state_keys_trend: 'rising' }, 'state-unbounded')
    check({ state_keys_trend: 'steady' })
  })

  it('fire from what a trial gives, and stay silent on what it does not', () => {
    const spec = { ...cannedSpec, rate: 1_000_000, ingest: 'pushed' } as const
    const place = {
      trialId: 't',
      role: 'maximum',
      repeat: 1,
      repeats: 10,
      clockResolutionNs: 40,
    } as const
    const raised = (change: Partial<TrialOutcome>): readonly string[] => {
      const outcome = { ...cannedOutcome({ rate: 1_000_000, capacity: 2_000_000 }), ...change }
      return trialRow(spec, outcome, place, { cores: 4 }).warnings!.split(' ')
    }
    // 200 ticks.
    expect(raised({})).toEqual(['few-samples-for-tail', 'quick'])
    expect(raised({ gcShare: 0.3 })).toContain('garbage-collection')
    const arrived = { duration: 1e9, resumes: 0, isFull: false, position: {} }
    const heldBack = (ns: number) => ({ ...arrived, heldBackNs: ns, heldBackNsMax: ns })
    expect(raised({ arrived: heldBack(3e9) })).toContain('source-held-back')
    expect(raised({ arrived: heldBack(0) })).not.toContain('source-held-back')
    const stalls = { ...cannedOutcome({ rate: 1, capacity: 1 }).latency!, p99: 50e6 }
    expect(raised({ stalls })).toContain('machine-stalls')
    expect(raised({ trends: { lag: { state: 'rising', changeShare: 0.5 } } })).toContain(
      'not-steady',
    )
    expect(raised({ processedPerSecond: 500_000 })).toContain('offered-rate-not-reached')
    expect(raised({ lagSlope: { estimate: 2e7, low: 1e7, high: 3e7, thirds: 2e7 } })).toContain(
      'queue-growing',
    )
    const lasting = (...keys: readonly number[]) =>
      raised({ counters: Object.fromEntries(LASTING_KEYS.map((name, at) => [name, keys[at]!])) })
    expect(lasting(10, 20, 30, 40)).toContain('state-unbounded')
    // As many as there are, few more than there were, and as often less as more.
    expect(lasting(10, 20, 30, 30)).not.toContain('state-unbounded')
    expect(lasting(1_000, 1_030, 1_060, 1_090)).not.toContain('state-unbounded')
    expect(lasting(10, 40, 20, 30)).not.toContain('state-unbounded')
  })

  it('each names its column of trials.csv, its cause and advice', () => {
    const columns = tables.trials.map(({ name }) => name)
    for (const name of warningNames) {
      expect(columns).toContain(warnings[name].column)
      expect(describeWarning(name)).toMatch(/^[a-z-]+: .+ \([a-z0-9_]+\)\. .+\.$/)
      expect(name).not.toContain(' ')
    }
  })

  it('repeats: a slow first trial, a noisy machine', () => {
    const trials = (...rates: readonly number[]) =>
      doubtsAboutRepeats(
        'dstream grep',
        rates.map((rate) => ({ ...fine, throughput_records_per_s: rate })),
      )
    expect(trials(100, 101, 99)).toEqual([])
    expect(trials(50)).toEqual([])
    expect(trials(85, 100, 101)).toEqual([
      expect.stringMatching(/^first-trial-slow: .*dstream grep/),
    ])
    expect(trials(100, 120, 95)).toEqual([expect.stringMatching(/^machine-noisy/)])
  })
})

describe('rows of a trial', () => {
  const place = {
    trialId: 't',
    role: 'probe',
    repeat: 1,
    repeats: 1,
    clockResolutionNs: 40,
  } as const
  const full: TrialOutcome = {
    ...cannedOutcome({ rate: 1_000, capacity: 2_000 }),
    cpuNs: [3e9, 1e9, 5e8],
    servicesCpuNs: { supervisor: 2e7, storage: 1e6, source: 3e6 },
    gcShare: 0.02,
    stolenShare: 0.002,
    runResidentBytesMax: 1e8,
    stalls: cannedOutcome({ rate: 1_000, capacity: 2_000 }).latency!,
    trends: { latency: { state: 'steady', changeShare: 0.01 } },
    timeline: [
      {
        at: 1e9,
        interval: 1e9,
        recordsPerSecond: 900,
        p50: 5,
        p99: 9,
        max: 10,
        lag: 4,
        backlogRecords: 100,
        processing: 7,
        schedulingDelay: 2,
        residentBytesMax: 3e8,
        generation: 1,
      },
      { at: 2e9, interval: 1e9, recordsPerSecond: 0, backlogRecords: 1_100, generation: 2 },
    ],
  }

  it('have a column for every thread, gaps, trends and seconds', () => {
    const spec = { ...cannedSpec, ingest: 'pushed' } as const
    expect(trialRow(spec, full, place, { cores: 2 })).toMatchObject({
      cpu_ns_workers: 4e9,
      cpu_ns_worker_max: 3e9,
      cpu_ns_client: 5e8,
      cpu_ns_supervisor: 2e7,
      cpu_ns_storage: 1e6,
      cpu_ns_source: 3e6,
      gc_share: 0.02,
      latency_trend: 'steady',
      stall_ns_max: full.stalls!.max,
      run_resident_bytes_max: 1e8,
      stolen_share: 0.002,
    })
    const of = latencyRows(spec, full, place).map((row) => row.latency_of)
    expect(new Set(of)).toEqual(new Set(['record', 'stall']))
    const [first, second] = timelineRows(spec, full, place)
    expect(first).toMatchObject({ at_ns: 1e9, latency_ns_p99: 9, lag_ns: 4, processing_ns: 7 })
    expect(first).toMatchObject({ scheduling_delay_ns: 2, resident_bytes_max: 3e8, generation: 1 })
    expect(second).toMatchObject({ throughput_records_per_s: 0, latency_ns_p99: undefined })
    expect(second).toMatchObject({ processing_ns: undefined, generation: 2 })
  })

  it('share of what crossed workers is of rows, whatever their messages weigh', () => {
    const counters = { shuffleBytes: 1_000, shuffleBytesRemote: 875, dataBytes: 7_000 }
    const row = trialRow(cannedSpec, { ...full, counters }, place, { cores: 2 })
    expect(row.exchanged_bytes).toBe(1_000)
    expect(row.exchanged_remote_share).toBe(0.875)
  })

  it('say how many keys states held, of the fullest partition', () => {
    const row = (counters: TrialOutcome['counters']) =>
      trialRow(cannedSpec, { ...full, counters }, place, { cores: 2 })
    expect(row({ [STATE_KEYS]: 7 })).toMatchObject({ state_keys_max: 7 })
    expect(row({ [STATE_KEYS]: 7 }).state_keys_trend).toBeUndefined()
    expect(row({ [STATE_KEYS]: 0 }).state_keys_max).toBe(0)
    // A run may be too short for four quarters.
    expect(row({ [LASTING_KEYS[1]!]: 1, [LASTING_KEYS[3]!]: 2 }).state_keys_trend).toBeUndefined()
  })

  it('are zero of a plan without an exchange, not empty', () => {
    const counters = { dataRows: 0, shuffleBytes: 0, shuffleBytesRemote: 0 }
    expect(trialRow(cannedSpec, { ...full, counters }, place, { cores: 2 })).toMatchObject({
      exchanged_rows: 0,
      exchanged_bytes: 0,
      exchanged_remote_share: 0,
    })
  })

  it('leave out what was not measured, and write no zero for it', () => {
    const none: TrialOutcome = {
      ...full,
      processedPerSecond: 0,
      cpuNs: [],
      counters: {},
      memoryBytesMax: 0,
      residentBytesMax: 0,
    }
    const row = trialRow({ ...cannedSpec, engine: 'dstream' }, none, place, { cores: 2 })
    for (const column of [
      'throughput_records_per_s',
      'cpu_ns_workers',
      'cpu_ns_worker_max',
      'cpu_ns_driver',
      'cpu_ns_client',
      'progress_messages',
      'memory_bytes_max',
      'resident_bytes_max',
      'exchanged_rows',
      'exchanged_bytes',
      'exchanged_remote_share',
      'checkpoint_bytes',
      'replicated_bytes',
      'state_keys_max',
      'state_keys_trend',
    ] as const) {
      expect(row[column], column).toBeUndefined()
    }
  })
})

describe('table', () => {
  it('aligns, gives units, shows what is missing', () => {
    const table = formatTable(
      [
        { title: 'workload', align: 'left' },
        { title: 'throughput', unit: 'M records/s' },
        { title: 'p99', unit: 'ms' },
      ],
      [['word-count', '26.8', '31.2'], null, ['grep', '155', undefined]],
    )
    expect(table.split('\n')).toEqual([
      'workload     throughput   p99',
      '            M records/s    ms',
      '──────────  ───────────  ────',
      'word-count         26.8  31.2',
      '──────────  ───────────  ────',
      'grep                155     –',
    ])
  })
  it('has no line of units without one, and counts letters', () => {
    expect(formatTable([{ title: 'a' }], [['10×'], ['100 µs']])).toBe(
      '     a\n──────\n   10×\n100 µs',
    )
  })
})

describe('progress', () => {
  const record = (stream: { isTTY?: boolean; columns?: number }) => {
    const written: string[] = []
    const line = new ProgressLine({ ...stream, write: (text) => written.push(text) })
    return { written, line }
  }
  it('is a line a trial, and nothing else, where there is no terminal', () => {
    const { written, line } = record({})
    line.starts('trial 1')
    line.finished('trial 1: done')
    line.end()
    expect(written).toEqual(['trial 1: done\n'])
  })
  it('has a live line on a terminal, cut to its width and cleared', () => {
    const { written, line } = record({ isTTY: true, columns: 20 })
    line.starts('a trial with a long name')
    line.finished('done')
    line.end()
    expect(written).toEqual(['\r\u001b[2Ka trial with a lon…', '\r\u001b[2K', 'done\n'])
  })
  it('says what is left', () => {
    expect(progressText(0, 20, 0)).toBe('[ 0/20]')
    expect(progressText(3, 20, 30_000)).toBe('[ 3/20] about 3 min left')
    expect(progressText(19, 20, 190_000)).toBe('[19/20] about 10 s left')
    expect(progressText(20, 20, 1)).toBe('[20/20]')
  })
  it('never says that more is left than the budget leaves', () => {
    // Baselines came before the first trial.
    expect(progressText(1, 41, 9_000)).toBe('[ 1/41] about 6 min left')
    expect(progressText(1, 41, 9_000, 171_000)).toBe('[ 1/41] about 3 min left')
    expect(progressText(20, 41, 80_000, 171_000)).toBe('[20/41] about 84 s left')
    expect(progressText(40, 41, 172_000, 171_000)).toBe('[40/41] about 1 s left')
  })
})
