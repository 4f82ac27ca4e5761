/** The row that is to fail where something of a record is kept by its position in the pool: what it reads, and an engine that does. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import { configOf } from '../runner/trial.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { benchCommand } from './command.ts'
import { type BenchScale, freshRate, fullScale, specOfSubject, subjectNamed } from './subjects.ts'

/** The trial of a subject, and how often it reads each record of its pool: at least and at most. */
function readsOf(name: string, scale: BenchScale) {
  const subject = subjectNamed(name)
  const rate = freshRate(scale, specOfSubject(subject, { rate: 1, scale, seed: 1 }))
  const spec = specOfSubject(subject, { rate, scale, seed: 1 })
  const config = configOf(spec)
  const records = spec.input.records!
  const log = createInputLog(config, { bytes: 0, offsets: 0, records })
  const reads = new Uint32Array(records)
  for (let partition = 0; partition < config.partitions; partition++) {
    const all = log.dueBefore(partition, config.input.duration)
    log.locate(partition, 0, all, ({ first, count }) => {
      for (let record = first; record < first + count; record++) reads[record]! += 1
    })
  }
  let [least, most, all] = [Number.POSITIVE_INFINITY, 0, 0]
  for (const each of reads) {
    least = Math.min(least, each)
    most = Math.max(most, each)
    all += each
  }
  return { rate, least, most, all }
}

/** A tenth of every pool: words are counted in each of them. */
const scale = {
  ...fullScale,
  records: 20_000,
  recordsLarge: 200_000,
  recordsFresh: 600_000,
}

describe('the trials of fresh bytes', () => {
  it('read each record once, or as many records again and again, at one rate', () => {
    const [once, again] = ['timely fresh bytes', 'timely looping pool'].map((name) =>
      readsOf(name, scale),
    )
    expect(once).toEqual({ rate: 200_000, least: 1, most: 1, all: 600_000 })
    expect(again).toEqual({ rate: 200_000, least: 30, most: 30, all: 600_000 })
    const { records, recordsFresh } = fullScale
    expect(recordsFresh / records).toBe(30)
  })

  it('never read one twice, whatever the numbers', () => {
    for (const recordsFresh of [999_999, 1_000_003, 77_777]) {
      const odd = { ...fullScale, recordsFresh }
      expect(readsOf('timely fresh bytes', odd).most).toBe(1)
    }
  })
})

describe('the row', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  /** An engine that takes so long for a record whose position it has seen, and 100 ns for one that it has not. */
  async function engine(nsAgain: number) {
    const specs: TrialSpec[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        specs.push(spec)
        const records = (spec.rate * (spec.warmup + spec.measured)) / 1e9
        const seen = Math.max(0, 1 - spec.input.records! / records)
        const nsARecord = 100 - (100 - nsAgain) * seen
        const outcome = cannedOutcome({
          rate: spec.rate,
          capacity: 1.9e9 / nsARecord,
          tick: spec.tick,
        })
        return { ...outcome, recordsAll: records, cpuNs: [Math.round(records * nsARecord), 1e9] }
      },
    })
    const status = await benchCommand({ rows: ['fresh-bytes'], repeats: 5, scale }, io)
    return { status, text: io.printed.join('\n') }
  }

  it('passes an engine that keeps nothing', async () => {
    const { status, text } = await engine(100)
    expect(status).toBe(0)
    expect(text).toMatch(/over one that is read once +1\.00× .*100ns +100ns .* 5 +pass/)
  })

  it('fails one that keeps by position what a sixth of its time goes to, which the rule before did not see', async () => {
    const { status, text } = await engine(84)
    expect(status).toBe(1)
    expect(text).toMatch(
      /read once +0\.8\d× .* FAIL; by the rule before \(pace .*\): (0\.9\d|1\.00)×, pass/,
    )
  })
})
