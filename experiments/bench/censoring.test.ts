/** What became of every trial of a bench is in its rows: none is made again in silence, and none that fell behind is left out. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { BATCHES, processingTime } from './batch-search.ts'
import { benchCommand } from './command.ts'
import { fullScale } from './subjects.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const scale = { ...fullScale, records: 1_000 }
const CAPACITY = 5_000_000
const keepsPace = ({ rate, tick }: TrialSpec): TrialOutcome =>
  cannedOutcome({ rate, capacity: CAPACITY, tick })

/** A bench of some rows, of trials that are given by number from 1 on, among those that `isOne` is of. */
async function bench(
  rows: readonly string[],
  isOne: (spec: TrialSpec) => boolean,
  outcomeOf: (number: number, spec: TrialSpec) => TrialOutcome,
  repeats = 5,
) {
  let number = 0
  const io = cannedIo(root, {
    trial: async (spec) => {
      if (!isOne(spec)) return keepsPace(spec)
      number += 1
      return outcomeOf(number, spec)
    },
  })
  const status = await benchCommand({ rows, repeats, scale }, io)
  return { status, text: io.printed.join('\n'), trials: number }
}

const isHalfLoad = ({ history }: TrialSpec): boolean => history !== undefined
const fellBehind = ({ rate, tick }: TrialSpec): TrialOutcome =>
  cannedOutcome({ rate, capacity: rate / 2, tick })

it('counts a half load that fell behind as longer than all others, and makes it once', async () => {
  const latencies = (behind: number) =>
    bench(
      ['latency-p50'],
      (spec) => isHalfLoad(spec) && spec.rate === CAPACITY / 2,
      (number, spec) =>
        // Of each round's two trials on such a clock every other one is the row's.
        number <= 2 * behind ? fellBehind(spec) : keepsPace(spec),
    )
  const two = await latencies(2)
  expect(two.trials).toBe(10)
  expect(two.status).toBe(0)
  expect(two.text).toMatch(
    /p50 +2ms +2ms – ∞ .* 5 +pass: .*; 2 of 5 not kept up with: counted as ∞; the interval reaches over the limit/,
  )
  const rows = JSON.parse(readFileSync(join(root, 'bench', 'latest', 'rows.json'), 'utf8'))
  expect(rows[0].values.filter((value: unknown) => value === 'Infinity')).toHaveLength(2)
  const three = await latencies(3)
  expect(three.trials).toBe(10)
  expect(three.status).toBe(1)
  expect(three.text).toMatch(/p50 +∞ +2ms – ∞ .* 5 +FAIL: .*; 3 of 5 not kept up with/)
})

it('has no smallest batch where none held, and says so', async () => {
  const { status, text } = await bench(
    ['smallest-batch', 'smallest-batch-processing'],
    ({ keepHistory }) => keepHistory,
    (_, spec) => ({ ...fellBehind(spec), history: [] }),
    1,
  )
  expect(status).toBe(1)
  expect(text).toMatch(/start in time +∞ .* 1 +FAIL: 1 of 1 not kept up with/)
  expect(text).toMatch(/median of these batches .* +∞ .* TOO FEW .*: 1 of 1 not kept up with/)
})

it('says what batches took from first task to end', async () => {
  const { text } = await bench(
    ['smallest-batch', 'smallest-batch-processing'],
    ({ keepHistory }) => keepHistory,
    (_, spec) => {
      const { tick, warmup } = spec
      // The warm-up's is none of them.
      const history = [-1, 1, 2, 3].map((at) => ({
        at: 0,
        process: 2,
        incarnation: 0,
        event: 'batch-completed',
        fields: {
          batch: warmup / tick + at,
          startedAt: warmup + at * tick,
          processingDelayNs: at < 0 ? 9e9 : at * 1e6,
        },
      }))
      expect(processingTime(history, spec)).toBe(2e6)
      return { ...keepsPace(spec), history }
    },
  )
  expect(text).toMatch(/start in time +1ms /)
  expect(BATCHES.at(-1)).toBe(1e6)
  expect(text).toMatch(/median of these batches \(Spark, .*\) +2ms .* no limit/)
})

it('says how many trials under overload did not count, and why', async () => {
  const { status, text } = await bench(
    ['dstream-equals-timely'],
    ({ engine, rate }) => engine === 'dstream' && rate >= 1.29 * CAPACITY,
    (number, spec) => {
      // The first one ends the calibration. Both of a visit kept up, so the next is offered too much; later on one is not confirmed.
      if (number === 2 || number === 3) return cannedOutcome({ ...spec, capacity: 1e9 })
      return number === 6 ? { ...keepsPace(spec), verdict: 'unknown' } : keepsPace(spec)
    },
  )
  expect(status).toBe(0)
  expect(text).toMatch(
    / 5 +pass, aim reached: 5 of 6 rounds counted; 4 of 15 trials did not count \(kept up × 2, did less than half of what was offered × 1, not confirmed × 1\)/,
  )
})

it('says how many trials of CPU time were made again', async () => {
  const { status, text } = await bench(
    ['digests-timely'],
    ({ digests, rate }) => !digests && rate < CAPACITY,
    (number, spec) => {
      const outcome = number === 3 ? fellBehind(spec) : keepsPace(spec)
      return { ...outcome, verdict: 'unknown' }
    },
  )
  expect(status).toBe(0)
  expect(text).toMatch(
    /off ÷ on +1\.00× .* 5 +pass: 1 of \d+ trials did not count \(fell behind × 1\)/,
  )
})
