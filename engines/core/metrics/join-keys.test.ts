/** Joins that never met, from what processes have told: which are named, and by which keys. */
import { expect, it } from 'vitest'
import type { HistoryEvent } from './history.ts'
import { type JoinSide, joinsApart, tellJoinKey } from './join-keys.ts'

type Told = readonly [node: number, side: JoinSide, type: string, key: string, process?: number]

function told(...keys: readonly Told[]): HistoryEvent[] {
  const history: HistoryEvent[] = []
  for (const [node, side, type, key, process = 0] of keys) {
    const append = (event: string, fields = {}) => {
      history.push({ at: 0, process, incarnation: 1, event, fields })
    }
    tellJoinKey({ append }, { node, word: 'join', side, type, key })
  }
  return history
}

it('names a join whose sides came to different processes, by a key of each', () => {
  const history = told(
    [5, 'right', 'number', '17', 1],
    [5, 'left', 'text', "'a'"],
    [5, 'left', 'text', "'b'", 1],
  )
  expect(joinsApart(history)).toEqual([
    { node: 5, word: 'join', left: "'a' (text)", right: '17 (number)' },
  ])
})

it('leaves out what may have met, and sides that had no keys', () => {
  const met = told(
    [5, 'left', 'text', "'a'"],
    [5, 'right', 'number', '1', 1],
    [5, 'right', 'text', "'b'"],
  )
  expect(joinsApart(met)).toEqual([])
  expect(joinsApart(told([5, 'left', 'text', "'a'"]))).toEqual([])
  expect(joinsApart([])).toEqual([])
})

it('tells joins apart', () => {
  const history = told(
    [9, 'left', 'text', "'a'"],
    [5, 'left', 'text', "'a'"],
    [5, 'right', 'text', "'a'"],
    [9, 'right', 'array', '[1]'],
    [2, 'left', 'number', '1'],
    [2, 'right', 'bigint', '1'],
  )
  expect(joinsApart(history).map(({ node }) => node)).toEqual([2, 9])
})
