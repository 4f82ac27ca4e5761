/** Who goes on at a checkpoint, and what is outstanding then. */
import { expect, it } from 'vitest'
import type { StagePlan } from '../lower.ts'
import { furthest, type Kept, outstandingAt, type StagePlace, thoseKept } from './takeover.ts'

const at = (open: number, wants = open): StagePlace => ({ open, wants })

function keptOf(sentFrom: number, ...stages: (StagePlace | null)[]): Kept {
  return { sentFrom, stages }
}

it.each([
  ['what it has sent is kept from there on', keptOf(6, at(8), at(7)), true],
  ['its stages have come just so far', keptOf(0, at(6), at(6)), true],
  ['it has no part in a stage', keptOf(6, at(8), null), true],
  ['what it has sent is kept from later on', keptOf(7, at(8), at(7)), false],
  ['a stage has not come so far', keptOf(3, at(8), at(5)), false],
  ['it has nothing', null, false],
])('who goes on at a checkpoint before epoch 6: %s', (_, kept, goesOn) => {
  const told = new Map([
    [2, kept],
    [0, keptOf(0, at(9), at(9))],
  ])
  expect(thoseKept(told, 6).map(({ worker }) => worker)).toEqual(goesOn ? [0, 2] : [0])
})

it('the furthest is the checkpoint where nobody goes on', () => {
  expect(furthest([], 6)).toBe(6)
  expect(furthest([keptOf(0, at(9), at(7)), keptOf(0, null, at(8))], 6)).toBe(9)
})

const stage = (id: number, kind: Partial<StagePlan> = {}): StagePlan => ({
  stage: id,
  operators: [],
  isSource: false,
  single: false,
  outputPeriods: [],
  loops: [],
  ...kind,
})

/** Worker 1 was lost; worker 0 is in the middle of a close in its second stage. */
const beginning = {
  placement: [0, 1, 2, 0],
  epoch: 6,
  first: 6,
  kept: [
    { worker: 0, ...keptOf(3, at(9), at(7, 8)) },
    { worker: 2, ...keptOf(3, at(9), at(8)) },
  ],
}

it('of a stage: those that go on where they are, the others at the checkpoint', () => {
  const found = outstandingAt(stage(1), { ...beginning, self: 0 })
  expect(found).toEqual([
    { epoch: 7, total: 1, share: 1 },
    { epoch: 6, total: 1, share: 0 },
    { epoch: 8, total: 1, share: 0 },
  ])
})

it('of an input: at the checkpoint by all, since what was sent is sent again', () => {
  const source = stage(0, { isSource: true })
  const found = (self: number) => outstandingAt(source, { ...beginning, self })
  expect(found(1)).toEqual([
    { epoch: 9, total: 2, share: 0 },
    { epoch: 6, total: 3, share: 1 },
  ])
  expect(found(2)).toEqual([
    { epoch: 9, total: 2, share: 1 },
    { epoch: 6, total: 3, share: 1 },
  ])
})

it('of a stage in one place: there alone', () => {
  const found = outstandingAt(stage(1, { single: true }), { ...beginning, self: 1 })
  expect(found).toEqual([{ epoch: 7, total: 1, share: 0 }])
})

it('where nobody goes on: all at the first epoch', () => {
  const options = { ...beginning, kept: [], first: 7, self: 1 }
  expect(outstandingAt(stage(1), options)).toEqual([{ epoch: 7, total: 3, share: 1 }])
  expect(outstandingAt(stage(0, { isSource: true }), { ...options, first: 6 })).toEqual([
    { epoch: 6, total: 3, share: 1 },
  ])
})
