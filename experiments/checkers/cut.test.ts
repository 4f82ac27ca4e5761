/** A run that was cut is to be whole up to there; what it has committed of later ticks is judged all the same. */
import { expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import { cutRecord } from '../../engines/core/output/cut-record.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { multiplesOf, type Oracle } from '../../workloads/oracle.ts'
import { cannedSpec } from '../runner/canned.fixture.ts'
import { configOf } from '../runner/trial.ts'
import { dueCommits } from './due-commits.ts'
import { judge } from './output.ts'
import { describeVerdict } from './verdict.ts'

const parameters = { interval: '20ms' }
const PARTITIONS = 4
const pool = poolBytesOf(['a b c d', 'e f g', 'a a h i j', 'k l m n o p'])
const config = configOf({
  ...cannedSpec,
  parameters,
  partitions: PARTITIONS,
  rate: 4_000,
  warmup: 0,
  measured: milliseconds(100),
})
const outputs = dueCommits(buildDataflow(await loadPlan(config.plan)), config)
const oracle = workloadNamed('word-count').oracle(parameters)
const CUT = milliseconds(60)

/** What it has committed: of 10 to 60 ms all, of 70 ms two partitions of four, of 80 ms all, of the last 20 ms nothing. */
function committed(): VisibleCommit[] {
  const ticks = multiplesOf(config.tick, config.input.duration)
  return [...oracle.expect({ pool, partitions: PARTITIONS, input: config.input, ticks })]
    .flatMap(({ output, tick, digests }) =>
      digests.map((digest, partition) => {
        return { ...digest, generation: 1, output, partition, tick, visibleAt: tick }
      }),
    )
    .filter(({ tick, partition }) => tick <= milliseconds(80) && !(isAt(tick, 70) && partition > 1))
}

const isAt = (tick: number, at: number) => tick === milliseconds(at)

function judged(plant: (commits: VisibleCommit[]) => void, by: Oracle = oracle): string {
  const commits = committed()
  plant(commits)
  const fields = { operator: 2, partition: 1, tick: CUT, records: 6 }
  const late = { at: CUT, process: 0, incarnation: 1, event: 'late-records', fields }
  const rest = { staleCommits: 0, rows: [], history: [late], processes: [] }
  const record = cutRecord({ world: 'simulated', commits, ...rest }, CUT)
  return describeVerdict(judge(record, { config, pool, faults: [] }, outputs, by))
}

/** Changes what partition 1 has committed at a tick. */
const change = (at: number, changed: Partial<VisibleCommit>) => (commits: VisibleCommit[]) => {
  const place = commits.findIndex(({ tick, partition }) => isAt(tick, at) && partition === 1)
  commits[place] = { ...commits[place]!, ...changed }
}

it('is whole up to there', () => {
  expect(judged(() => {})).toBe('valid: 30 commits')
})

it('or invalid', () => {
  const without = (commits: VisibleCommit[]): void => {
    const place = commits.findIndex(({ tick, partition }) => tick === CUT && partition === 1)
    commits.splice(place, 1)
  }
  expect(judged(without)).toBe('invalid: missing ×1 (output 0, partition 1, tick 60000000)')
})

it.each<[string, Partial<VisibleCommit>, RegExp]>([
  ['wrong', { lane0: 1 }, /^invalid: wrong ×1 \(output 0, partition 1, tick 80000000, /],
  ['early', { visibleAt: milliseconds(79) }, /^invalid: early ×1 /],
  ['extra', { tick: milliseconds(85) }, /^invalid: extra ×1 /],
  ['behind the end', { tick: milliseconds(110) }, /^invalid: extra ×1 /],
  ['of an older generation', { generation: 0 }, /^invalid: generation ×1 /],
])('invalid behind it by what is %s', (_, changed, verdict) => {
  expect(judged(change(80, changed))).toMatch(verdict)
})

it('and by what contradicts an earlier commit', () => {
  const twice = (commits: VisibleCommit[]): void => {
    const last = commits.at(-1)!
    commits.push({ ...last, lane0: (last.lane0 ^ 1) >>> 0 })
  }
  expect(judged(twice)).toMatch(/^invalid: contradicted ×1 /)
})

it('told of late records up to there', () => {
  const counting: Oracle = {
    *expect(input) {
      for (const tick of oracle.expect(input)) yield { ...tick, late: 1 }
    },
  }
  expect(judged(() => {}, counting)).toBe('valid: 30 commits')
})
