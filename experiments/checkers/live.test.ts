/** The verdict on a live run: from what arrived alone, and wrong when a record or a stamp is. */
import { expect, it } from 'vitest'
import { InputError } from '../../engines/core/errors.ts'
import { NONE_MALFORMED } from '../../engines/core/input/formats/row-tally.ts'
import type { ArrivedInput } from '../../engines/core/input/live-input.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { multiplesOf } from '../../workloads/oracle.ts'
import { arrivalsOf } from '../../workloads/oracle-arrivals.ts'
import { wordCount } from '../../workloads/word-count/workload.ts'
import { judge } from './output.ts'

const TICK = milliseconds(10)
const PARTITIONS = 2
const DURATION = 3 * TICK
const config = {
  partitions: PARTITIONS,
  tick: TICK,
  digests: true,
  input: { rate: 0, duration: DURATION },
} as RunConfig
const oracle = wordCount.oracle({ interval: '10ms' })
const outputs = [{ output: 0, partitions: [0, 1], period: TICK }]

const arrived = (lines: readonly string[], dueAt: readonly number[]): ArrivedInput => ({
  records: poolBytesOf(lines),
  dueAt: Float64Array.from(dueAt),
  duration: DURATION,
  linesNotUtf8: 0,
  resumes: 0,
  isFull: false,
  heldBackNs: 0,
  heldBackNsMax: 0,
  malformed: NONE_MALFORMED,
  position: {},
})
const INPUT = arrived(['a b', 'b', 'c a'], [1, TICK - 1, 2 * TICK])

/** A run that committed what is right for `processed`. */
function recordOf(input: ArrivedInput | undefined, processed = INPUT): RunRecord {
  const expected = oracle.expect({
    ...arrivalsOf(processed, PARTITIONS),
    partitions: PARTITIONS,
    input: config.input,
    ticks: multiplesOf(TICK, DURATION),
  })
  const commits = [...expected].flatMap(({ output, tick, digests }) =>
    digests.map((digest, partition) => ({
      ...{ generation: 0, output, partition, tick, visibleAt: tick + 1 },
      ...digest,
    })),
  )
  return {
    world: 'threads',
    outcome: input ? 'completed' : 'failed',
    commits: input ? commits : commits.slice(0, 2),
    staleCommits: 0,
    rows: [],
    history: [],
    processes: [],
    ...(input ? { input } : {}),
  }
}

const verdictOn = (input: ArrivedInput | undefined) =>
  judge(
    recordOf(input),
    { config, pool: poolBytesOf([]), input: { kind: 'stdin' }, faults: [] },
    outputs,
    oracle,
  )

it('is valid for what arrived', () => {
  expect(verdictOn(INPUT)).toMatchObject({ state: 'valid', commits: 6 })
})

it.each([
  ['a record that is missing', arrived(['a b', 'c a'], [1, 2 * TICK])],
  ['a record too many', arrived(['a b', 'b', 'c a', 'c'], [1, TICK - 1, 2 * TICK, 2 * TICK])],
  ['a stamp in the next tick', arrived(['a b', 'b', 'c a'], [1, TICK, 2 * TICK])],
  ['another word', arrived(['a b', 'x', 'c a'], [1, TICK - 1, 2 * TICK])],
])('is invalid with %s', (_, input) => {
  expect(verdictOn(input)).toMatchObject({ state: 'invalid', reasons: [{ kind: 'wrong' }] })
})

it.each([
  ['nothing arrived', arrived([], [])],
  ['nothing arrived in time', arrived(['a b'], [DURATION])],
])('is unknown where %s, and nothing is what was committed', (_, input) => {
  const trial = { config, pool: poolBytesOf([]), input: { kind: 'stdin' }, faults: [] } as const
  expect(judge(recordOf(input, input), trial, outputs, oracle)).toMatchObject({
    state: 'unknown',
    reasons: [{ kind: 'nothing-due' }],
  })
})

it('is unknown where nobody knows what arrived, and says why', () => {
  const error = new InputError({
    asked: 'lines of http://a/b from byte 7 on',
    found: 'the connection was lost',
    rule: 'what a server sends comes once',
    remedy: 'Serve a file',
  })
  const trial = { config, pool: poolBytesOf([]), input: { kind: 'stdin' }, faults: [] } as const
  const verdict = judge({ ...recordOf(undefined), error }, trial, outputs, oracle)
  expect(verdict).toEqual({
    state: 'unknown',
    reasons: [{ kind: 'not-completed', count: 1, examples: [`failed: ${error.message}`] }],
  })
  const silent = { ...recordOf(undefined), outcome: 'completed', commits: [] } as const
  expect(JSON.stringify(judge(silent, trial, outputs, oracle))).toContain(
    'what arrived is not known',
  )
})
