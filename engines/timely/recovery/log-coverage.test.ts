/** How far logs reach, from names. */
import { describe, expect, it } from 'vitest'
import { coverageFrom } from './log-coverage.ts'
import { LOG_PREFIX, type SegmentPlace, segmentName, segmentPlace } from './log-segment.ts'

/** Segments of a worker, each as [sequence, begins, whole]. */
function logOf(
  generation: number,
  worker: number,
  segments: readonly (readonly [number, number, number])[],
): SegmentPlace[] {
  return segments.map(([sequence, begins, whole]) => {
    return { generation, worker, sequence, begins, whole }
  })
}

const BOTH = new Map([[1, [0, 1, 0]]])

/** Where the parts from an epoch on end, by generation. */
function reach(
  epoch: number,
  segments: readonly SegmentPlace[],
  placements: ReadonlyMap<number, readonly number[]> = BOTH,
): readonly (readonly [generation: number, until: number])[] {
  return coverageFrom(epoch, segments, placements).map(({ generation, until }) => [
    generation,
    until,
  ])
}

describe('of one generation', () => {
  const whole = [
    [0, 0, 4],
    [1, 5, 6],
    [2, 7, 8],
  ] as const

  it('reaches as far as the worker that reaches least', () => {
    const segments = [...logOf(1, 0, whole), ...logOf(1, 1, [...whole, [3, 9, 12]])]
    expect(reach(0, segments)).toEqual([[1, 8]])
    expect(coverageFrom(0, segments, BOTH)[0]!.runs).toEqual([
      { worker: 0, first: 0, last: 2 },
      { worker: 1, first: 0, last: 3 },
    ])
  })

  it('is read from where the checkpoint begins, in segments that may have rows of it', () => {
    const segments = [...logOf(1, 0, whole), ...logOf(1, 1, whole)]
    expect(coverageFrom(5, segments, BOTH)[0]!.runs[0]).toEqual({ worker: 0, first: 1, last: 2 })
    expect(coverageFrom(6, segments, BOTH)[0]!.runs[0]).toEqual({ worker: 0, first: 1, last: 2 })
    expect(coverageFrom(7, segments, BOTH)[0]!.runs[0]).toEqual({ worker: 0, first: 2, last: 2 })
  })

  it('ends before a hole', () => {
    const broken = whole.filter(([sequence]) => sequence !== 1)
    expect(reach(0, [...logOf(1, 0, broken), ...logOf(1, 1, whole)])).toEqual([[1, 4]])
  })

  it('goes on behind a hole of which nothing is needed', () => {
    const broken = whole.filter(([sequence]) => sequence !== 1)
    expect(reach(7, [...logOf(1, 0, broken), ...logOf(1, 1, whole)])).toEqual([[1, 8]])
  })

  it('is nothing when its beginning is missing, one worker has none, or there is nothing new', () => {
    expect(reach(0, [...logOf(1, 0, whole.slice(1)), ...logOf(1, 1, whole)])).toEqual([])
    expect(reach(0, logOf(1, 0, whole))).toEqual([])
    expect(reach(8, [...logOf(1, 0, whole), ...logOf(1, 1, whole)])).toEqual([])
    expect(reach(0, [])).toEqual([])
  })

  it('may lack what was removed behind a checkpoint', () => {
    const left = whole.slice(1)
    expect(reach(5, [...logOf(1, 0, left), ...logOf(1, 1, left)])).toEqual([[1, 8]])
  })

  it('does not ask for logs of workers that own nothing', () => {
    expect(reach(0, logOf(1, 0, whole), new Map([[1, [0, 0]]]))).toEqual([[1, 8]])
  })
})

describe('of several generations', () => {
  const placements = new Map([
    [1, [0, 1]],
    [2, [0, 0]],
    [3, [1, 1]],
  ])
  const first = [...logOf(1, 0, [[0, 0, 6]]), ...logOf(1, 1, [[0, 0, 5]])]

  it('goes on where the next one resumed', () => {
    const segments = [...first, ...logOf(2, 0, [[0, 5, 9]]), ...logOf(3, 1, [[0, 9, 11]])]
    expect(reach(2, segments, placements)).toEqual([
      [1, 5],
      [2, 9],
      [3, 11],
    ])
  })

  it('does not step over one that is missing', () => {
    expect(reach(2, [...first, ...logOf(3, 1, [[0, 9, 11]])], placements)).toEqual([[1, 5]])
  })

  it('takes the one that reaches further', () => {
    const again = logOf(2, 0, [[0, 2, 9]])
    expect(reach(2, [...first, ...again], placements)).toEqual([[2, 9]])
  })
})

it('a name says all of it, and names are ordered as segments are', () => {
  const place = { generation: 2, worker: 13, sequence: 7, begins: 90, whole: 101 }
  const name = segmentName(place)
  expect(name.startsWith(LOG_PREFIX)).toBe(true)
  expect(segmentPlace(name)).toEqual(place)
  expect(name < segmentName({ ...place, sequence: 10, begins: 100 })).toBe(true)
})
