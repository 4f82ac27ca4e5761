/** Changes of the workers that were planned: which ones a history shows, and which a run that completed lacks. */
import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import type { Resize } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { checkChanges } from './changes.ts'
import { Findings } from './verdict.ts'

const GROWN_AND_SHRUNK: Resize = {
  from: 2,
  steps: [
    { at: 100, workers: 4 },
    { at: 200, workers: 3 },
  ],
}

/** `joined 2 at 110`, `left 3 at 210`, `killed 3 at 150`. */
function historyOf(lines: readonly string[]): readonly HistoryEvent[] {
  return lines.map((line) => {
    const [what, process, , at] = line.split(' ')
    const killed = what === 'killed'
    return {
      at: Number(at),
      process: -1,
      incarnation: 0,
      event: killed ? 'fault-kill' : `worker-${what}`,
      fields: { process: Number(process), ...(killed ? { witnessed: true } : {}) },
    }
  })
}

function lacking(
  lines: readonly string[],
  { resize = GROWN_AND_SHRUNK, outcome = 'completed' as RunRecord['outcome'] } = {},
): readonly string[] {
  const findings = new Findings()
  checkChanges({ outcome, history: historyOf(lines) }, { resize }, findings)
  const verdict = findings.verdict({ commits: 1, repeated: 0 })
  return verdict.state === 'valid' ? [] : verdict.reasons.flatMap(({ examples }) => examples)
}

const GROWN = ['joined 2 at 110', 'joined 3 at 110']
const NOT_GROWN = 'a change that was planned did not come about: 2 to 4 workers at 100 ns'
const NOT_SHRUNK = 'a change that was planned did not come about: 4 to 3 workers at 200 ns'

it('of a run that was cut, what was to come is not missed', () => {
  const findings = new Findings()
  const record = { outcome: 'completed', cutAt: 90, history: historyOf([]) } as const
  checkChanges(record, { resize: GROWN_AND_SHRUNK }, findings)
  expect(findings.verdict({ commits: 1, repeated: 0 }).state).toBe('valid')
})

describe('a run that completed', () => {
  it('has made each change, however late', () => {
    expect(lacking([...GROWN, 'left 3 at 290'])).toEqual([])
    expect(lacking(['joined 2 at 110', 'left 3 at 210'])).toEqual([])
  })

  it('lacks those of which nobody came or went, at their instants or after', () => {
    expect(lacking([])).toEqual([NOT_GROWN, NOT_SHRUNK])
    expect(lacking(GROWN)).toEqual([NOT_SHRUNK])
    expect(lacking(['joined 2 at 90', 'left 3 at 210'])).toEqual([NOT_GROWN])
    expect(lacking([...GROWN, 'left 2 at 210'])).toEqual([NOT_SHRUNK])
  })

  it('need not see who was killed leave', () => {
    expect(lacking([...GROWN, 'killed 3 at 150'])).toEqual([])
    expect(lacking([...GROWN, 'killed 2 at 150'])).toEqual([NOT_SHRUNK])
    expect(lacking(['killed 2 at 50', 'left 3 at 210'])).toEqual([NOT_GROWN])
  })

  it('takes each change once', () => {
    const twice: Resize = {
      from: 1,
      steps: [
        { at: 100, workers: 2 },
        { at: 200, workers: 1 },
        { at: 300, workers: 2 },
      ],
    }
    const lines = ['joined 1 at 310', 'left 1 at 320']
    expect(lacking(lines, { resize: twice })).toEqual([
      'a change that was planned did not come about: 1 to 2 workers at 300 ns',
    ])
  })
})

it('of a run that did not complete, nothing is said', () => {
  expect(lacking([], { outcome: 'timed-out' })).toEqual([])
})
