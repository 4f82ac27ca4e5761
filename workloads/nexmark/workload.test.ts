/** Each query on a few events by hand: by the interpreter of plans, and by its oracle. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { GivenParameters } from '../parameters.ts'
import { NEXMARK } from './workload.ts'

const SECOND = 1e9

type Row = readonly [key: unknown, value: unknown]

/** The events of each second, and the rows that are put out at the end of each, by second from 1; none in all others. */
async function check(
  query: number,
  parameters: GivenParameters,
  seconds: readonly (readonly string[])[],
  shown: Readonly<Record<number, readonly Row[]>>,
): Promise<void> {
  const workload = NEXMARK[query]!
  const due = seconds.flatMap((events, second) =>
    events.map((value, at) => ({ dueAt: second * SECOND + at, value })),
  )
  const ticks = seconds.map((_, second) => (second + 1) * SECOND)
  const meant = interpret(await loadPlan(workload.plan(parameters)), due, ticks)
  const rows = meant.filter((each) => each.rows.length > 0)
  const bySecond = rows.map((each) => [each.tick / SECOND, inOrder(each.rows)] as const)
  const wanted = Object.entries(shown).map(([second, each]) => [second, inOrder(each)] as const)
  expect(Object.fromEntries(bySecond)).toEqual(Object.fromEntries(wanted))
  const expected = workload.oracle(parameters).expect({
    pool: poolBytesOf(due.map(({ value }) => value)),
    partitions: 1,
    input: { rate: 0, duration: seconds.length * SECOND },
    ticks,
    arrivals: [Float64Array.from(due, ({ dueAt }) => dueAt)],
  })
  expect([...expected]).toEqual(
    meant.map((each) => ({
      output: 0,
      tick: each.tick,
      digests: [digestOfRows(each.rows)],
    })),
  )
}

/** Rows of a tick have none of their own. */
function inOrder(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

const EVENTS = ['P|1|Ann Lee|Bend|OR', 'A|5|1|10', 'B|5|1|1001', 'B|7|2|250'] as const

describe('the queries', () => {
  it('are 0 to 8, and their words are those of the README', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
    const rows = [...readme.matchAll(/^\| (\d) \| ([^|]+) \|/gm)]
    expect(rows.map(([, number, words]) => [`nexmark-q${number}`, words])).toEqual(
      NEXMARK.map(({ name, description }) => [name, description]),
    )
    expect(NEXMARK.map(({ name }) => name)).toEqual(
      Array.from({ length: 9 }, (_, number) => `nexmark-q${number}`),
    )
  })
})

describe('query 0', () => {
  it('passes bids through', () =>
    check(0, {}, [EVENTS, [], ['B|5|1|1001']], {
      1: [
        [['5', '1', 1001], 1],
        [['7', '2', 250], 1],
      ],
      3: [[['5', '1', 1001], 1]],
    }))
})

describe('query 1', () => {
  it('rounds euros down', () =>
    check(1, {}, [EVENTS], {
      1: [
        [['5', '1', 908], 1],
        [['7', '2', 227], 1],
      ],
    }))
})

describe('query 2', () => {
  it('selects auctions by their number', () =>
    check(2, { divisor: 7 }, [EVENTS], { 1: [['7', 250]] }))

  it('has Nexmark’s divisor', () => check(2, {}, [[...EVENTS, 'B|1230|1|9']], { 1: [['1230', 9]] }))
})

describe('query 3', () => {
  const ann = ['Ann Lee', 'Bend', 'OR']

  it('pairs an auction with its seller, whoever comes first', () =>
    check(3, {}, [['A|5|1|10'], [EVENTS[0]], [], ['A|8|1|10']], {
      2: [['1', [...ann, '5']]],
      4: [['1', [...ann, '8']]],
    }))

  it('wants a category, a state, and a person once', () => {
    const others = ['A|6|1|11', 'A|7|2|10', 'P|2|Bob Roy|Kent|WA']
    return check(3, {}, [EVENTS, others, [EVENTS[0]]], { 1: [['1', [...ann, '5']]] })
  })

  it('puts an auction out as often as it comes', () =>
    check(3, {}, [['A|5|1|10', 'A|5|1|10'], [...EVENTS]], {
      2: [
        ['1', [...ann, '5']],
        ['1', [...ann, '5']],
        ['1', [...ann, '5']],
      ],
    }))
})

describe('query 4', () => {
  const lasts = '2s'

  it('averages the highest bids that came before an auction closed', () =>
    check(
      4,
      { lasts },
      [
        // Of one interval, whichever comes first.
        ['B|5|9|900', 'A|5|1|10', 'B|5|9|300'],
        ['B|5|9|500', 'A|6|1|10', 'B|7|9|1'],
        // Auction 5 closes.
        ['B|5|9|9999'],
        // Auction 6 closes without a bid.
        ['A|8|2|10', 'B|8|9|101'],
        [],
        [],
      ],
      { 3: [['10', 900]], 6: [['10', 500]] },
    ))

  it('lets an auction that comes again stay open, and one that had closed open anew', () =>
    check(
      4,
      { lasts },
      [
        ['A|5|1|10', 'B|5|9|100'],
        [],
        // As it was to close.
        ['A|5|1|10', 'B|5|9|300'],
        [],
        ['B|5|9|400'],
        ['A|5|1|10'],
        ['B|5|9|200'],
        [],
      ],
      { 5: [['10', 300]], 8: [['10', 250]] },
    ))

  it('knows categories apart', () =>
    check(4, { lasts: '1s' }, [['A|5|1|10', 'A|6|1|11', 'B|5|9|100', 'B|6|9|200'], []], {
      2: [
        ['10', 100],
        ['11', 200],
      ],
    }))

  it('does not know which of two auctions of a name counts', async () => {
    const twice = check(4, {}, [['A|5|1|10', 'A|5|2|10']], {})
    await expect(twice).rejects.toThrow('two auctions with the identifier 5')
  })
})

describe('query 6', () => {
  it('averages the last sales of a seller, in the order of their auctions', () =>
    check(
      6,
      { lasts: '1s', last: 2 },
      [
        ['A|10|1|10', 'B|10|9|100', 'A|9|1|10', 'B|9|9|301', 'A|11|2|10', 'B|11|9|7'],
        // 9, then 10.
        ['A|12|1|10', 'B|12|9|500'],
        // 10, then 12.
        ['A|13|1|10', 'B|13|9|500', 'A|14|1|11', 'B|14|9|500'],
        // 13, then 14.
        ['A|15|1|10', 'B|15|9|500'],
        // The last two are what they were.
        [],
      ],
      {
        2: [
          ['1', 200],
          ['2', 7],
        ],
        3: [['1', 300]],
        4: [['1', 500]],
      },
    ))
})

describe('query 5', () => {
  it('shows the auction with the most bids, of equal ones the smaller', () =>
    check(
      5,
      { length: '2s', slide: '1s' },
      [['B|7|1|1', 'B|5|1|1'], ['B|7|1|1'], ['B|5|1|1', 'A|5|1|10'], [], []],
      { 1: [[1, ['5', 1]]], 2: [[1, ['7', 2]]], 3: [[1, ['5', 1]]], 5: [[1, undefined]] },
    ))
})

describe('query 7', () => {
  it('shows the highest bid of a window, of equal ones the greater text', () =>
    check(
      7,
      { length: '2s' },
      [['B|7|1|50', 'B|10|2|50'], ['B|5|1|49'], ['B|7|1|50'], [], ['B|5|1|3'], [], [], []],
      {
        2: [['highest', [50, '7', '1']]],
        6: [['highest', [3, '5', '1']]],
        8: [['highest', undefined]],
      },
    ))
})

describe('query 8', () => {
  it('shows who came and sold in one window, once', () =>
    check(
      8,
      { length: '2s' },
      [
        ['A|5|1|10'],
        ['P|1|Ann Lee|Bend|OR', 'A|6|1|11', 'P|2|Bob Roy|Kent|WA', 'P|1|Ann Lee|Bend|OR'],
        ['A|7|2|10'],
        [],
      ],
      { 2: [['1', 'Ann Lee']] },
    ))
})
