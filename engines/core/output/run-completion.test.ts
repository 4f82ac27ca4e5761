/** What of a run is missing, and up to where nothing is. */
import { expect, test } from 'vitest'
import { TickLog } from '../input/tick-log.ts'
import { RunCompletion } from './run-completion.ts'

/** Output 0 on two partitions every 10 ns, output 1 on one every 30 ns, for 60 ns. */
function completion(): RunCompletion {
  const outputs = [
    { output: 0, partitions: [0, 1], ticks: new TickLog(10) },
    { output: 1, partitions: [0], ticks: new TickLog(30) },
  ]
  return new RunCompletion(outputs, 60)
}

function commit(of: RunCompletion, output: number, partition: number, ticks: readonly number[]) {
  for (const tick of ticks) of.add({ output, partition, tick })
}

test('a commit counts once, and none that nobody expects', () => {
  const of = completion()
  expect(of.missing).toBe(14)
  commit(of, 0, 0, [10, 10])
  commit(of, 1, 0, [10, 90])
  commit(of, 2, 0, [10])
  expect(of.missing).toBe(13)
})

test('a tick is whole when all commits up to it are there, of every output', () => {
  const of = completion()
  expect(of.wholeUntil).toBe(0)
  commit(of, 0, 0, [10, 20, 30, 40, 50, 60])
  expect(of.wholeUntil).toBe(0)
  commit(of, 0, 1, [10, 20, 40])
  expect(of.wholeUntil).toBe(20)
  commit(of, 0, 1, [30, 50, 60])
  expect(of.wholeUntil).toBe(20)
  commit(of, 1, 0, [30])
  expect(of.wholeUntil).toBe(50)
  commit(of, 1, 0, [60])
  expect([of.wholeUntil, of.missing]).toEqual([60, 0])
})

test('what comes after the end is not missing', () => {
  const of = completion()
  commit(of, 0, 0, [10, 20, 30])
  commit(of, 0, 1, [10, 20, 30])
  of.endAt(30)
  expect([of.wholeUntil, of.missing]).toEqual([20, 1])
  commit(of, 1, 0, [30])
  expect([of.wholeUntil, of.missing]).toEqual([30, 0])
})
