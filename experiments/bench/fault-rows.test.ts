/** The rows of recovery, its price, stragglers and false alarms, from canned trials. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import type { TimelineEntry, TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { benchCommand } from './command.ts'
import { faultRows } from './fault-rows.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-fault-rows-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const CAPACITY = 2_000_000

/** Noticed after 950 ms; results 150 ms later, of a state that is 4 s old then; back `late` after what that takes at half load. */
function hit(spec: TrialSpec, late = 0.5e9): TrialOutcome {
  const recoveries = spec.faults.map((fault) => {
    const at = Number(fault.at)
    return {
      witnessedAt: at,
      detectedAt: at + 950e6,
      processingAt: at + 1_100e6,
      restoredTick: at + 1_100e6 - 4e9,
      latencyBackAt: at + 1_100e6 + 4e9 + late,
    }
  })
  const outcome = cannedOutcome({ rate: spec.rate, capacity: CAPACITY, tick: spec.tick })
  return {
    ...outcome,
    timeline: timelineOf(spec, 1),
    ...(recoveries.length > 0 ? { recoveries } : {}),
  }
}

function timelineOf({ warmup, measured, faults, dstream }: TrialSpec, generation: number) {
  return Array.from({ length: (warmup + measured) / 1e9 }, (_, second): TimelineEntry => {
    const at = (second + 1) * 1e9
    const isSlow = faults.some((fault) => 'length' in fault && at > Number(fault.at))
    const processing = isSlow ? (dstream.speculation ? 300e6 : 600e6) : 200e6
    return { at, interval: 1e9, recordsPerSecond: 1, backlogRecords: 0, processing, generation }
  })
}

const names = (start: string): readonly string[] =>
  faultRows.map(({ name }) => name).filter((name) => name.startsWith(start))

describe('recovery', () => {
  const rows = [
    'recovery-dstream',
    'recovery-timely-processing',
    'recovery-timely-caught-up',
    'detection',
  ]

  it('has a value a trial of four kills, and passes with twenty', async () => {
    const io = cannedIo(root, { trial: async (spec) => hit(spec) })
    // D-Stream is back 4.65 s after it noticed.
    expect(await benchCommand({ rows }, io)).toBe(1)
    const text = io.printed.join('\n')
    expect(text).toMatch(
      /from detection until latency is back +4\.65s .* ≤ 3s +≤ 1s +5 +FAIL: 20 kills/,
    )
    expect(text).toMatch(/until results come again +150ms .* ≤ 1s +≤ 200ms +5 +pass, aim reached/)
    expect(text).toMatch(
      /caught up, beyond .* 500ms .* ≤ 1s .* 5 +pass: 20 kills: detected 950ms, results again 1\.1s, latency back 5\.6s after the kill; by its age at the kill 1\.6s/,
    )
    expect(text).toMatch(/failure detection .* 950ms .* 10 +pass: 40 kills/)
  })

  it('cannot pass with fewer, and fails where nobody came back', async () => {
    const few = cannedIo(root, { trial: async (spec) => hit(spec) })
    expect(await benchCommand({ rows: ['recovery-timely-processing'], repeats: 4 }, few)).toBe(2)
    expect(few.printed.join('\n')).toMatch(/TOO FEW/)
    const lost = cannedIo(root, {
      trial: async (spec) => {
        const outcome = hit(spec)
        const recoveries = outcome.recoveries?.map(({ latencyBackAt, ...phases }) => phases)
        return { ...outcome, ...(recoveries ? { recoveries } : {}) }
      },
    })
    expect(await benchCommand({ rows: ['recovery-dstream'] }, lost)).toBe(1)
    expect(lost.printed.join('\n')).toMatch(
      /FAIL: 20 kills: .* latency back not seen after the kill, 20 not seen back/,
    )
  })

  it('of survivors is for --long, and has no limit', async () => {
    const short = cannedIo(root, { trial: async (spec) => hit(spec) })
    expect(await benchCommand({ rows: names('recovery-survivors') }, short)).toBe(2)
    expect(short.trials).toEqual([])
    expect(short.printed.join('\n')).toMatch(/not measured: only with --long/)
    const specs: TrialSpec[] = []
    const long = cannedIo(root, {
      trial: async (spec) => {
        specs.push(spec)
        return hit(spec)
      },
    })
    expect(await benchCommand({ rows: names('recovery-survivors'), long: true }, long)).toBe(0)
    const kills = specs.filter(({ faults }) => faults.length > 0)
    expect(kills).toHaveLength(10)
    expect(
      new Set(kills.map(({ replacement, faults }) => `${replacement} ${faults.length}`)),
    ).toEqual(new Set(['survivors 1']))
    expect(long.printed.join('\n')).toMatch(
      /dstream, kill 1 of 2 at 30 % load.* 5 +no limit: 5 kills/,
    )
  })
})

it('prices are maxima between two without, of one checkpoint each', async () => {
  const specs: TrialSpec[] = []
  const io = cannedIo(root, {
    trial: async (spec) => {
      specs.push(spec)
      const { recovery } = spec.timely
      const share = spec.engine === 'timely' && recovery === 'logging' ? 0.4 : 1
      return { ...hit(spec), processedPerSecond: Math.min(spec.rate, CAPACITY * share) }
    },
  })
  const rows = ['price-logging', 'price-dstream', 'price-upstream-backup', 'price-active-standby']
  expect(await benchCommand({ rows }, io)).toBe(1)
  const text = io.printed.join('\n')
  expect(text).toMatch(/price of timely logging.* 0\.40× .* ≥ 0\.50× +≥ 0\.75× +5 +FAIL/)
  expect(text).toMatch(
    /price of D-Stream checkpoints.* 1\.00× .* ≥ 0\.85× +≥ 0\.95× +5 +pass, aim reached/,
  )
  for (const mode of ['upstream-backup', 'active-standby']) {
    expect(text).toMatch(new RegExp(`price of timely ${mode}.* 1\\.00× .* 5 +no limit`))
  }
  // Nobody is killed, and nothing is measured in peace.
  expect(specs.every(({ faults, measured }) => faults.length === 0 && measured === 8e9)).toBe(true)
})

it('a straggler: interval times beside none, and with copies of late tasks', async () => {
  const io = cannedIo(root, { trial: async (spec) => hit(spec) })
  expect(await benchCommand({ rows: names('straggler') }, io)).toBe(0)
  const text = io.printed.join('\n')
  expect(text).toMatch(/a straggler on 1 of 20 nodes: interval time ÷ none +3\.00× .* 5 +no limit/)
  expect(text).toMatch(/with copies of late tasks +1\.50× .* ≤ 2\.00× +≤ 1\.30× .* 5 +pass/)
})

it('false alarms are generations of ten minutes in which nobody died', async () => {
  const specs: TrialSpec[] = []
  const io = cannedIo(root, {
    trial: async (spec) => {
      specs.push(spec)
      const generation = spec.engine === 'dstream' ? 3 : 1
      return { ...hit(spec), timeline: timelineOf(spec, generation) }
    },
  })
  const rows = names('false-alarms')
  expect(await benchCommand({ rows, long: true }, io)).toBe(1)
  const text = io.printed.join('\n')
  expect(text).toMatch(/^timely, 10 minutes at 90 % load.* 0 .* ≤ 0 .* 1 +pass: p99 /m)
  expect(text).toMatch(/^dstream, 10 minutes at 90 % load.* 2 .* ≤ 0 .* 1 +FAIL/m)
  const long = specs.filter(({ measured }) => measured === 600e9)
  expect(long.map(({ engine, rate }) => `${engine} ${rate / CAPACITY}`)).toEqual([
    'timely 0.9',
    'dstream 0.9',
  ])
})
