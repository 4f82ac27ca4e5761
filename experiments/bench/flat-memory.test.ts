/** Ten minutes of a bench: at which load, and what grows fails. Of canned trials. */
import { expect, it } from 'vitest'
import { cannedIo, cannedOutcome, inTemporaryFolder } from '../runner/canned.fixture.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { benchCommand } from './command.ts'

const CAPACITY = 3_000_000

/** Engines that do 3 M/s, of which D-Stream keeps so many bytes of a record. */
function tenMinutes(keeps: number, more: Partial<ReturnType<typeof cannedOutcome>> = {}) {
  const specs: TrialSpec[] = []
  return inTemporaryFolder(async (root) => {
    const io = cannedIo(root, {
      trial: async (spec) => {
        specs.push(spec)
        const outcome = cannedOutcome({ rate: spec.rate, capacity: CAPACITY, tick: spec.tick })
        if (spec.measured < 60e9) return outcome
        const kept = spec.engine === 'dstream' ? keeps : 0
        const timeline = Array.from({ length: 600 }, (_, at) => ({
          at: (at + 1) * 1e9,
          interval: 1e9,
          recordsPerSecond: spec.rate,
          backlogRecords: 0,
          generation: 1,
          // Caches fill in the first minute.
          residentBytesMax: Math.round(
            300e6 * Math.min(1, (at + 60) / 120) + kept * spec.rate * at,
          ),
        }))
        return { ...outcome, timeline, ...more }
      },
    })
    const rows = ['memory-flat-timely', 'memory-flat-dstream']
    const status = await benchCommand({ rows, long: true }, io)
    return { status, text: io.printed.join('\n'), specs }
  })
}

it('is of the main job at half of what was just seen, with checkpoints as far apart as by default', async () => {
  const { status, text, specs } = await tenMinutes(0)
  expect(status).toBe(0)
  // One thread does a million: the first guess keeps up with less than the engine does.
  const long = specs.filter(({ measured }) => measured === 600e9)
  expect(long.map(({ engine, rate }) => [engine, rate])).toEqual([
    ['timely', CAPACITY / 2],
    ['dstream', CAPACITY / 2],
  ])
  for (const { timely, dstream, tick, input, workload, detector } of long) {
    expect(input.kind).toBe('state-of-the-union')
    expect(workload).toBe('word-count')
    expect(timely).toMatchObject({ recovery: 'checkpoint', checkpointInterval: 10e9 })
    expect(dstream.checkpointInterval).toBe(10e9)
    expect(10e9 % tick).toBe(0)
    expect(detector.timeout).toBe(10e9)
  }
  expect(text).toMatch(
    /timely, real text .* 1\.00× .*pass: at 1\.5M\/s, half of its pace at ticks of \d+ms, kept up; rule changed: before, 200 k\/s/,
  )
})

it('fails where a tenth of a byte a record is kept', async () => {
  const { status, text } = await tenMinutes(0.1)
  expect(status).toBe(1)
  expect(text).toMatch(/timely, real text .* 1\.00× .*pass: /)
  expect(text).toMatch(/dstream, real text .* 1\.2\d× .*FAIL: /)
})

it('knows nothing of a run that is not valid', async () => {
  const { status, text } = await tenMinutes(0, { verdict: 'unknown', outcome: 'timed-out' })
  expect(status).toBe(2)
  expect(text).toMatch(
    /timely, real text .*UNKNOWN: no valid trial: at 1\.5M\/s, .* not kept up with: timed-out/,
  )
})

it('knows nothing of an engine that fell behind, whose input waits in a log', async () => {
  const lagSlope = { estimate: 5e8, low: 4e8, high: 6e8, thirds: 5e8 }
  const { status, text } = await tenMinutes(0, { lagSlope })
  expect(status).toBe(2)
  expect(text).toMatch(/timely, real text .*UNKNOWN: no valid trial: .* not kept up with: /)
})

it('is not measured without --long, and the status says so', () =>
  inTemporaryFolder(async (root) => {
    const io = cannedIo(root, { trial: () => Promise.reject(new Error('none is run')) })
    const rows = ['memory-flat-timely', 'false-alarms-dstream']
    expect(await benchCommand({ rows }, io)).toBe(2)
    expect(io.trials).toEqual([])
    expect(io.printed.join('\n')).toContain(
      'Not measured, and the command that measures it:\n  npm start -- bench --long: memory-flat-timely, false-alarms-dstream\nAll in one: npm start -- bench --all',
    )
  }))
