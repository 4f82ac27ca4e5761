import { describe, expect, it } from 'vitest'
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { HistoryEvent, HistoryFields } from '../../engines/core/metrics/history.ts'
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { multiplesOf, type Oracle } from '../../workloads/oracle.ts'
import { DigestSums } from '../../workloads/oracle-digest.ts'
import { dueCommits } from './due-commits.ts'
import { judge } from './output.ts'
import { describeVerdict } from './verdict.ts'

const MS = 1_000_000
const DURATION = 100 * MS
const PARTITIONS = 4
const pool = poolBytesOf(['a b c d', 'e f g', 'a a h i j', 'k l m n o p'])

const config: RunConfig = {
  engine: 'timely',
  plan: workloadNamed('word-count').plan({ interval: '20ms' }),
  workers: 2,
  partitions: PARTITIONS,
  tick: 10 * MS,
  input: { rate: 4_000, duration: DURATION },
  seed: 1,
  kernels: 'plain',
  keepRows: false,
  digests: true,
  replacement: 'respawn',
  detector: { heartbeat: MS, timeout: 10 * MS },
  timely: {
    recovery: 'none',
    checkpointInterval: 100 * MS,
    accumulation: 'local',
    flushInterval: MS,
  },
  dstream: { checkpointInterval: 100 * MS, batchesInFlightMax: 2, blockStoreBytesMax: 1 << 20 },
}
const oracle = workloadNamed('word-count').oracle({ interval: '20ms' })
const outputs = dueCommits(buildDataflow(await loadPlan(config.plan)), config)

/** What a right run commits: two partitions late, one tick twice. */
function rightCommits(): VisibleCommit[] {
  const ticks = multiplesOf(config.tick, DURATION)
  return [...oracle.expect({ pool, partitions: PARTITIONS, input: config.input, ticks })].flatMap(
    ({ output, tick, digests }) =>
      digests.map((digest, partition) => ({
        ...digest,
        generation: tick > 50 * MS ? 1 : 0,
        output,
        partition,
        tick,
        visibleAt: tick + partition * MS,
      })),
  )
}

const at = (commits: readonly VisibleCommit[], tick: number, partition: number) =>
  commits.findIndex((commit) => commit.tick === tick * MS && commit.partition === partition)

function recordOf(commits: readonly VisibleCommit[], rest: Partial<RunRecord> = {}): RunRecord {
  return {
    world: 'simulated',
    outcome: 'completed',
    commits,
    staleCommits: 0,
    rows: [],
    history: [],
    processes: [],
    ...rest,
  }
}

function check(
  plant: (commits: VisibleCommit[]) => void,
  verdict: string,
  rest: Partial<RunRecord> = {},
): void {
  const commits = rightCommits()
  plant(commits)
  const found = judge(recordOf(commits, rest), { config, pool, faults: [] }, outputs, oracle)
  const kinds =
    found.state === 'valid' ? [] : found.reasons.map(({ kind, count }) => `${kind} ${count}`)
  expect([found.state, ...kinds].join(', ')).toBe(verdict)
}

describe('a right run', () => {
  it('is valid', () => {
    check(() => {}, 'valid')
    const verdict = judge(recordOf(rightCommits()), { config, pool, faults: [] }, outputs, oracle)
    expect(verdict).toEqual({ state: 'valid', commits: 40, repeated: 0 })
    expect(describeVerdict(verdict)).toBe('valid: 40 commits')
  })

  it('has rows in every partition and tick, so that the plants below change something', () => {
    expect(rightCommits().every(({ rows }) => rows > 0)).toBe(true)
  })

  it('may commit a tick again with the same digest', () => {
    check(
      (commits) => commits.push({ ...commits[7]!, generation: 1, visibleAt: 200 * MS }),
      'valid',
    )
  })
})

describe('a planted fault is caught:', () => {
  it('a commit is missing', () => {
    check((commits) => commits.splice(at(commits, 30, 2), 1), 'invalid, missing 1')
  })

  it('the first tick of a partition is missing', () => {
    check((commits) => commits.splice(at(commits, 10, 1), 1), 'invalid, missing 1')
  })

  it('the last tick of a partition is missing', () => {
    check((commits) => commits.splice(at(commits, 100, 3), 1), 'invalid, missing 1')
  })

  it('a whole tick is missing', () => {
    check((commits) => commits.splice(at(commits, 40, 0), 4), 'invalid, missing 4')
  })

  it('rows are doubled', () => {
    check((commits) => {
      const index = at(commits, 30, 1)
      const { rows, lane0, lane1 } = commits[index]!
      const doubled = { rows: 2 * rows, lane0: (2 * lane0) >>> 0, lane1: (2 * lane1) >>> 0 }
      commits[index] = { ...commits[index]!, ...doubled }
    }, 'invalid, wrong 1')
  })

  it.each(['rows', 'lane0', 'lane1'] as const)('%s is another', (field) => {
    check((commits) => {
      const index = at(commits, 20, 3)
      commits[index] = { ...commits[index]!, [field]: commits[index]![field] + 1 }
    }, 'invalid, wrong 1')
  })

  it('results are one tick late', () => {
    check((commits) => {
      for (let index = commits.length - 1; index >= PARTITIONS; index--) {
        const { rows, lane0, lane1 } = commits[index - PARTITIONS]!
        commits[index] = { ...commits[index]!, rows, lane0, lane1 }
      }
    }, 'invalid, wrong 36')
  })

  it('two partitions are swapped', () => {
    check((commits) => {
      const [one, two] = [at(commits, 50, 0), at(commits, 50, 1)]
      const [a, b] = [commits[one]!, commits[two]!]
      commits[one] = { ...b, partition: a.partition, visibleAt: a.visibleAt }
      commits[two] = { ...a, partition: b.partition, visibleAt: b.visibleAt }
    }, 'invalid, wrong 2')
  })

  it('a tick is committed again with another digest', () => {
    check((commits) => {
      const commit = commits[at(commits, 90, 1)]!
      commits.push({ ...commit, lane0: (commit.lane0 ^ 1) >>> 0, visibleAt: 200 * MS })
    }, 'invalid, contradicted 1')
  })

  it('the first commit is wrong and the second right', () => {
    check((commits) => {
      const index = at(commits, 90, 1)
      const commit = commits[index]!
      commits[index] = { ...commit, rows: commit.rows + 1 }
      commits.push({ ...commit, visibleAt: 200 * MS })
    }, 'invalid, contradicted 1, wrong 1')
  })

  it.each([
    ['a tick beyond the input', { tick: 110 * MS }],
    ['a tick that is no multiple', { tick: 15 * MS }],
    ['the tick 0', { tick: 0 }],
    ['a partition that is none', { partition: 4 }],
    ['an output that is none', { output: 1 }],
  ])('a commit is of %s', (_, place) => {
    check((commits) => {
      commits.push({ ...commits.at(-1)!, ...place, visibleAt: 200 * MS })
    }, 'invalid, extra 1')
  })

  it('an older generation commits after a younger', () => {
    check((commits) => {
      commits.push({ ...commits.at(-1)!, generation: 0, visibleAt: 200 * MS })
    }, 'invalid, generation 1')
  })

  it('two commits of an older generation come after a younger', () => {
    check((commits) => {
      const old = { ...commits.at(-1)!, generation: 0, visibleAt: 200 * MS }
      commits.push(old, old)
    }, 'invalid, generation 2')
  })

  it('a tick is visible before it has ended', () => {
    check((commits) => {
      commits[5] = { ...commits[5]!, visibleAt: commits[5]!.tick - 1 }
    }, 'invalid, early 1')
  })

  it('kept rows are not those of the digest', () => {
    const rows = [['a', 1]] as const
    const kept = { generation: 0, output: 0, partition: 0, tick: 10 * MS, rows }
    check(() => {}, 'invalid, rows 1', { rows: [kept] })
    const oneRow = (commits: VisibleCommit[]) => {
      commits[0] = { ...commits[0]!, ...digestOfRows(rows) }
    }
    check(oneRow, 'invalid, wrong 1', { rows: [kept] })
  })

  it('kept rows are fewer than their commit has, and nobody asked for so few', () => {
    const { generation, output, partition, tick } = rightCommits().find(({ rows }) => rows > 1)!
    const record = recordOf(rightCommits(), {
      rows: [{ generation, output, partition, tick, rows: [['some word', 1]] }],
    })
    const stateWith = (keepRowsMax: number) =>
      judge(record, { config: { ...config, keepRowsMax }, pool, faults: [] }, outputs, oracle).state
    expect([stateWith(1), stateWith(2)]).toEqual(['valid', 'invalid'])
  })

  it('kept rows are those of another generation', () => {
    const rows = [['a', 1]] as const
    const kept = { generation: 1, output: 0, partition: 0, tick: 10 * MS, rows }
    check(
      (commits) => {
        commits[0] = { ...commits[0]!, ...digestOfRows(rows) }
      },
      'invalid, rows 1, wrong 1',
      { rows: [kept] },
    )
  })
})

describe('rows that may lie in any partition', () => {
  /** The same oracle, which does not know where they lie. */
  const anywhere: Oracle = {
    *expect(input) {
      for (const tick of oracle.expect(input)) {
        const sums = new DigestSums(1)
        for (const digest of tick.digests) sums.addDigest(0, digest)
        yield { ...tick, digests: sums.take(), anywhere: true }
      }
    },
  }
  const judged = (plant: (commits: VisibleCommit[]) => void) => {
    const commits = rightCommits()
    plant(commits)
    return describeVerdict(
      judge(recordOf(commits), { config, pool, faults: [] }, outputs, anywhere),
    )
  }

  it.each([0, 1, 2, 3])(
    'are summed over all of them: one is wrong in partition %d',
    (partition) => {
      expect(judged(() => {})).toBe('valid: 40 commits')
      const plant = (commits: VisibleCommit[]): void => {
        const index = at(commits, 30, partition)
        commits[index] = { ...commits[index]!, lane1: (commits[index]!.lane1 ^ 1) >>> 0 }
      }
      expect(judged(plant)).toMatch(
        /^invalid: wrong ×1 \(output 0, all partitions, tick 30000000: /,
      )
    },
  )

  it('and each partition commits all the same', () => {
    expect(judged((commits) => commits.splice(at(commits, 30, 0), 1))).toBe(
      'invalid: missing ×1 (output 0, partition 0, tick 30000000)',
    )
  })
})

describe('a run that did not complete', () => {
  it('is unknown by its reason, missing commits or not', () => {
    const error = new Error('worker 1 is gone')
    check((commits) => commits.splice(20), 'unknown, not-completed 1', { outcome: 'failed', error })
    check(() => {}, 'unknown, not-completed 1', { outcome: 'timed-out' })
    const record = recordOf([], { outcome: 'failed', error })
    expect(describeVerdict(judge(record, { config, pool, faults: [] }, outputs, oracle))).toBe(
      'unknown: not-completed ×1 (failed: worker 1 is gone)',
    )
  })

  it('is invalid if something that it committed is wrong', () => {
    check(
      (commits) => {
        commits.splice(20)
        commits[3] = { ...commits[3]!, lane0: 1 }
      },
      'invalid, wrong 1, not-completed 1',
      { outcome: 'timed-out' },
    )
  })
})

describe('faults that were planned', () => {
  const kill = { kind: 'kill', process: 1, at: 30 * MS } as const
  const slow = { kind: 'slow', process: 0, share: 0.5, at: 50 * MS, length: 20 * MS } as const
  const split = {
    kind: 'split',
    links: [{ from: 0, to: 1 }],
    at: { on: 'checkpoint', from: 0 },
    length: 5 * MS,
  } as const

  const event = (name: string, fields: HistoryFields): HistoryEvent => {
    return { at: 30 * MS, process: -1, incarnation: 0, event: name, fields }
  }

  function judged(faults: FaultPlan, history: readonly HistoryEvent[]): string {
    const record = recordOf(rightCommits(), { history })
    return describeVerdict(judge(record, { config, pool, faults }, outputs, oracle))
  }

  const killed = event('fault-kill', { fault: 0, process: 1, witnessed: true })
  const slowed = event('fault-slow', { fault: 1, process: 0, witnessed: true })
  const ended = event('fault-ended', { fault: 1, hits: 7 })

  it('have left their witnesses', () => {
    expect(judged([kill], [killed])).toBe('valid: 40 commits')
    expect(judged([kill, slow], [killed, slowed, ended])).toBe('valid: 40 commits')
  })

  it.each<[string, FaultPlan, readonly HistoryEvent[], string]>([
    ['no witness', [kill], [], 'kill of process 1 (at 30000000 ns), it never began'],
    [
      'the witness of another',
      [kill, { ...kill, process: 0 }],
      [killed],
      'kill of process 0 (at 30000000 ns), it never began',
    ],
    [
      'nothing to hit',
      [kill],
      [event('fault-kill', { fault: 0, process: 1, witnessed: false })],
      'kill of process 1 (at 30000000 ns), there was nothing to hit',
    ],
    [
      'no hit',
      [kill, slow],
      [killed, slowed, event('fault-ended', { fault: 1, hits: 0 })],
      'slow of process 0 (at 50000000 ns), it changed nothing',
    ],
    [
      'no end',
      [kill, slow],
      [killed, slowed],
      'slow of process 0 (at 50000000 ns), it changed nothing',
    ],
    ['no moment', [split], [], 'split of links 0 > 1 (checkpoint), it never began'],
  ])('make a run invalid with %s', (_, faults, history, why) => {
    expect(judged(faults, history)).toBe(
      `invalid: no-effect ×1 (a fault that was planned did not take effect: ${why})`,
    )
  })

  it('are not asked for where the run ended before its time', () => {
    const record = recordOf(rightCommits(), { outcome: 'timed-out' })
    const verdict = judge(record, { config, pool, faults: [kill] }, outputs, oracle)
    expect(verdict).toMatchObject({ state: 'unknown', reasons: [{ kind: 'not-completed' }] })
  })
})

describe('records that are told as late', () => {
  /** An oracle that counts ten of them, five at each of two ticks. */
  const counting: Oracle = {
    *expect(input) {
      let left = 2
      for (const tick of oracle.expect(input)) {
        yield left > 0 ? { ...tick, late: 5 } : { ...tick, late: 0 }
        left -= 1
      }
    },
  }

  function judged(...periods: readonly (readonly [tick: number, records: number])[]): string {
    const history = periods.map(([tick, records]) => {
      const fields = { operator: 2, partition: 1, tick, records }
      return { at: tick, process: 0, incarnation: 1, event: 'late-records', fields }
    })
    const record = recordOf(rightCommits(), { history })
    return describeVerdict(judge(record, { config, pool, faults: [] }, outputs, counting))
  }

  it('are as many as the oracle counts, each period once', () => {
    expect(judged([10, 4], [20, 6])).toBe('valid: 40 commits')
    expect(judged([10, 4], [20, 6], [10, 4])).toBe('valid: 40 commits')
  })

  it('or the run is invalid', () => {
    expect(judged([10, 4])).toBe('invalid: late-count ×1 (4 records came too late, not 10)')
    expect(judged()).toBe('invalid: late-count ×1 (0 records came too late, not 10)')
    expect(judged([10, 3], [20, 6], [10, 4])).toBe(
      'invalid: late-count ×1 (operator 2, partition 1, tick 10: 3, then 4)',
    )
  })

  it('are nobody’s business where the oracle knows none', () => {
    const fields = { operator: 2, partition: 1, tick: 10, records: 3 }
    const event = { at: 0, process: 0, incarnation: 1, event: 'late-records', fields }
    check(() => {}, 'valid', { history: [event] })
  })
})

describe('a checker that cannot say', () => {
  const judged = (other: Oracle, run = config) =>
    describeVerdict(
      judge(recordOf(rightCommits()), { config: run, pool, faults: [] }, outputs, other),
    )

  it('is unknown when it throws', () => {
    const failing: Oracle = {
      expect: () => {
        throw new Error('no idea')
      },
    }
    expect(judged(failing)).toBe('unknown: checker-failed ×1 (no idea)')
  })

  it('is unknown when the oracle is silent, or speaks of other ticks', () => {
    expect(judged({ expect: () => [] })).toMatch(
      /^unknown: oracle-differs ×4 \(the oracle is silent/,
    )
    const window = workloadNamed('top-k').oracle({ length: '20ms', slide: '20ms' })
    expect(judged(window)).toMatch(/oracle-differs/)
  })

  it('is unknown without digests', () => {
    expect(judged(oracle, { ...config, digests: false })).toMatch(/^unknown: no-digests/)
  })

  it('is unknown when the run ended before anything was due', () => {
    const run = { ...config, input: { ...config.input, duration: 10 * MS } }
    const rare = outputs.map((output) => ({ ...output, period: 20 * MS }))
    const silent: Oracle = { expect: () => [] }
    const trial = { config: run, pool, faults: [] }
    expect(describeVerdict(judge(recordOf([]), trial, rare, silent))).toBe(
      "unknown: nothing-due ×1 (the first commit is due after the run's end, 10000000)",
    )
  })

  it('names a few of many faults, and counts all', () => {
    const verdict = judge(recordOf([]), { config, pool, faults: [] }, outputs, oracle)
    expect(verdict).toMatchObject({ state: 'invalid', reasons: [{ kind: 'missing', count: 40 }] })
    expect(verdict.state === 'invalid' && verdict.reasons[0]!.examples.length).toBe(5)
  })
})
