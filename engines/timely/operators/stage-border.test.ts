/** Where the borders of a stage lie, and what they keep out. */
import { expect, it } from 'vitest'
import { TickLog } from '../../core/input/tick-log.ts'
import { milliseconds } from '../../core/units.ts'
import { dueEpochs, EACH_EPOCH, NEVER_DUE } from '../recovery/due-epochs.ts'
import { configOf } from '../trial.fixture.ts'
import { StageBorder } from './stage-border.ts'

/** Every three epochs, in a run of ten. */
const config = configOf({ timely: { checkpointInterval: milliseconds(300) } })
const dueAfter = dueEpochs({ config, ticks: new TickLog(config.tick) }, 10)

it.each([
  [0, 3],
  [2, 3],
  [3, 6],
  [8, 9],
  [9, Number.POSITIVE_INFINITY],
])('after epoch %d the next checkpoint is due before epoch %d', (epoch, due) => {
  expect(dueAfter(epoch)).toBe(due)
})

it('is due before no epoch that the run does not have', () => {
  expect(dueEpochs({ config, ticks: new TickLog(config.tick) }, 9)(6)).toBe(
    Number.POSITIVE_INFINITY,
  )
})

it('is reached with the last epoch before it, and keeps out what lies behind', () => {
  const border = new StageBorder(dueAfter, 0)
  border.closed(1)
  expect(border.reached).toBe(false)
  border.closed(2)
  expect([border.reached, border.keepsOut(2), border.keepsOut(3)]).toEqual([true, false, true])
  border.pass()
  expect([border.reached, border.epoch, border.keepsOut(3)]).toEqual([false, 6, false])
})

it('is not passed before it is reached', () => {
  expect(() => new StageBorder(dueAfter, 0).pass()).toThrow(/before epoch 3/)
})

it.each([
  [0, 2],
  [2, 2],
  [3, 5],
])('from epoch %d on, the next one to be closed for its sake is %d', (epoch, next) => {
  expect(new StageBorder(dueAfter, 0).nextClose(epoch)).toBe(next)
})

it('does not exist where no snapshots are taken', () => {
  const border = new StageBorder(NEVER_DUE, 0)
  expect([border.keepsOut(1e9), border.nextClose(0)]).toEqual([false, Number.POSITIVE_INFINITY])
})

it('lies before every epoch, and is passed by its close, where rows may be dropped until then', () => {
  const border = new StageBorder(EACH_EPOCH, 4)
  expect([border.passedByClose, border.reached, border.epoch]).toEqual([true, true, 4])
  expect([border.keepsOut(3), border.keepsOut(4), border.nextClose(4)]).toEqual([false, true, 4])
  border.pass()
  expect([border.reached, border.keepsOut(4), border.keepsOut(5)]).toEqual([false, false, true])
  border.closed(4)
  expect([border.reached, border.epoch]).toEqual([true, 5])
})
