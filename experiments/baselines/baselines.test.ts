/** The loops are held to each other and to the simplest count: a baseline that skips work would flatter nobody but itself. */
import { describe, expect, it } from 'vitest'
import { poolBytesOf, poolOfPairs } from '../../engines/core/input/pool.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { runBaseline } from '../runner/baseline-trial.ts'
import { type BaselineLoop, baselinesOf } from './baseline-loops.ts'
import { kernelWindow } from './kernel-loops.ts'
import { windowTruth } from './loop-truth.ts'
import { chunkSearch } from './plain-loops.ts'
import { windowByteLoop } from './window-loops.ts'

const lines = Array.from({ length: 500 }, (_, line) =>
  Array.from({ length: 1 + (line % 7) }, (_, word) => `w${(line * line + 31 * word) % 97}`).join(
    ' ',
  ),
)
const pool = poolBytesOf(lines)
const words = lines.flatMap((line) => line.split(' '))

describe('loops of one workload see the same', () => {
  it.each([
    ['grep', { pattern: 'w1' }, lines.filter((line) => line.includes('w1')).length],
    ['word-count', {}, words.length],
  ] as const)('%s %j', (workload, parameters, expected) => {
    const loops = baselinesOf({ workload, parameters, yardsticks: true }, pool)!
    for (const { loop, truth } of loops) {
      expect([loop.pass(), loop.pass()]).toEqual([expected, 2 * expected])
      expect({ seen: 2 * expected, held: loop.held() }).toEqual(truth(2))
    }
    expect(loops.map(({ kernels }) => kernels).slice(0, 2)).toEqual(['columns', 'plain'])
  })

  it.each([
    ['word-count', { mode: 'window', length: '300ms', slide: '10ms' }],
    ['top-k', { length: '300ms', slide: '10ms' }],
  ] as const)('%s %j, a slide in each pass', (workload, parameters) => {
    const loops = baselinesOf({ workload, parameters }, pool)!
    // At the rate of each.
    expect(loops.map(({ kernels, loop }) => [kernels, loop.passRecords])).toEqual([
      ['columns', 40_000],
      ['plain', 10_000],
    ])
    for (const { loop, truth } of loops) {
      loop.pass()
      expect({ seen: loop.pass(), held: loop.held() }).toEqual(truth(2))
    }
  })

  it('and a workload without a baseline has none', () => {
    expect(baselinesOf({ workload: 'page-views', parameters: {} }, pool)).toBeUndefined()
  })
})

it('a chunk search looks back from the rarest byte, within a record', () => {
  const lines = ['aaqbb', 'caqbb aaqbb', 'aaqb', 'aqbb', 'aa', 'qbb', 'aaaqbb aaqbb']
  const loop = chunkSearch(poolBytesOf(lines), 'aaqbb')
  expect([loop.pass(), loop.pass()]).toEqual([3, 6])
})

describe('loops over a graph find its components', () => {
  it.each([
    [
      ['3 4', '# a remark', '4 4', '9\t8 0.5', '8 3', '1 0'],
      5,
      0 + 0 + 2 + 3 + 3 + 5 + 6 + 7 + 3 + 3,
    ],
    [['7 7'], 1, 28],
    [['# nothing'], 0, 0],
  ] as const)('%j', (graph, seen, held) => {
    const loops = baselinesOf(
      { workload: 'connected-components', parameters: {} },
      poolBytesOf(graph),
    )!
    for (const { loop, truth } of loops) {
      expect(truth(2)).toEqual({ seen: 2 * seen, held })
      expect([loop.pass(), loop.pass(), loop.held()]).toEqual([seen, 2 * seen, held])
    }
  })

  it.each(['edges', 'edge-pairs'] as const)('of any graph alike, of %s', (kind) => {
    const random = makeInput(kind, { records: 3_000, seed: 5 })
    const loops = baselinesOf({ workload: 'connected-components', parameters: {} }, random)!
    expect(loops.map(({ loop }) => loop.name)).toEqual(['label propagation', 'union-find'])
    for (const { loop, truth } of loops) {
      expect({ seen: loop.pass(), held: loop.held() }).toEqual(truth(1))
    }
  })
})

describe('loops over pairs of integers', () => {
  it.each([
    ['exchange', 'number-pairs'],
    ['ad-analytics-integers', 'ad-pairs'],
  ] as const)('of %s are right', (workload, kind) => {
    const pairs = makeInput(kind, { records: 3_000, seed: 5 })
    for (const { loop, truth } of baselinesOf({ workload, parameters: {} }, pairs)!) {
      for (let pass = 1; pass < 4; pass++) {
        expect({ seen: loop.pass(), held: loop.held() }).toEqual(truth(pass))
      }
      expect(loop.held()).toBeGreaterThan(0)
    }
  })

  it('make room where keys are alike', () => {
    const pool = poolOfPairs(Uint32Array.from({ length: 2_000 }, (_, at) => (at % 2 ? at : 7)))
    for (const { loop, truth } of baselinesOf({ workload: 'exchange', parameters: {} }, pool)!) {
      expect({ seen: loop.pass(), held: loop.held() }).toEqual(truth(1))
    }
  })
})

describe('windows hold the last slides and nothing else', () => {
  const options = { slideRecords: 200, past: [150, 40, 60], top: 5 }
  /** After two passes of 200 records: they and the youngest slide of the past make the window. */
  const inWindow = [...lines.slice(190, 250), ...lines.slice(0, 400)]
  const counts = new Map<string, number>()
  for (const word of inWindow.flatMap((line) => line.split(' '))) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const ranked = [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, options.top)

  it.each([
    ['kernel', kernelWindow],
    ['byte', windowByteLoop],
  ] as const)('%s loop', (_, make) => {
    const loop = make(pool, options)
    const truth = windowTruth(pool)(options)
    expect({ seen: loop.pass(), held: loop.held() }).toEqual(truth(1))
    loop.pass()
    expect(loop.held()).toBe([...counts.values()].reduce((sum, count) => sum + count, 0))
    expect(loop.ranked()).toEqual(ranked)
    expect(loop.held()).toBe(truth(2).held)
    for (let pass = 3; pass < 7; pass++) {
      expect({ seen: loop.pass(), held: loop.held() }).toEqual(truth(pass))
    }
  })
})

it('a baseline is measured by whole passes and the clock that it is given', () => {
  let clock = 0
  const { rates, records } = runBaseline(
    {
      workload: 'word-count',
      parameters: {},
      input: { kind: 'lines', records: 100 },
      yardsticks: true,
      durationMs: 30,
    },
    () => clock++ * 10,
  )
  expect(records).toBe(100)
  expect(rates.map(({ loop }) => loop)).toEqual([
    'kernel loop',
    'byte loop',
    'split + Map',
    'byte loop, wide table',
  ])
  for (const { recordsPerSecond, wrong } of rates) {
    expect(recordsPerSecond).toBe(10_000)
    expect(wrong).toBe('')
  }
})

it('a rate is that of what a pass reads, and plain loops can be left out', () => {
  let clock = 0
  const { rates } = runBaseline(
    {
      workload: 'top-k',
      parameters: { length: '300ms', slide: '10ms' },
      input: { kind: 'lines', records: 100 },
      kernelsOnly: true,
      durationMs: 30,
    },
    () => clock++ * 10,
  )
  expect(rates).toEqual([
    { loop: 'kernel loop', kernels: 'columns', recordsPerSecond: 4_000_000, wrong: '' },
  ])
})

it('a loop that loses a word says so', () => {
  const spec = {
    workload: 'word-count',
    parameters: {},
    input: { kind: 'lines', records: 100 },
    yardsticks: true,
    durationMs: 1,
  } as const
  let clock = 0
  const { rates } = runBaseline(
    spec,
    () => clock++,
    (asked, input) => {
      const [first, ...others] = baselinesOf(asked, input) as [BaselineLoop, ...BaselineLoop[]]
      const { loop } = first
      return [{ ...first, loop: { ...loop, held: () => loop.held() - 1 } }, ...others]
    },
  )
  expect(rates.map(({ wrong }) => wrong === '')).toEqual([false, true, true, true])
  expect(rates[0]!.wrong).toMatch(/^in \d+ passes it saw \d+ and holds \d+, not \d+ and \d+$/)
})
