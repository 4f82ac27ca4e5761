/** Finished tasks are kept until they are recorded, those of the oldest batches go first, and only what was published counts. */
import { expect, it } from 'vitest'
import { MAKE_EMISSION, MAKE_STATE } from '../dstream/dstream.ts'
import { FinishedTasks } from './finished-tasks.ts'

const task = (batch: number, partition = 0, mask = MAKE_EMISSION) => {
  return { stage: 1, batch, partition, mask, feeds: false, dropped: false }
}
const batchesOf = (tasks: FinishedTasks): number[] => tasks.all.map(({ batch }) => batch)

it('keeps what no record has', () => {
  const tasks = new FinishedTasks()
  for (const batch of [1, 2, 2, 3]) tasks.add(task(batch))
  tasks.add(task(4, 0, MAKE_STATE))
  tasks.add({ ...task(5), dropped: true })
  expect(batchesOf(tasks)).toEqual([1, 2, 2, 3])
  tasks.forget(2)
  tasks.add(task(2))
  expect(batchesOf(tasks)).toEqual([3])
  tasks.forget(1)
  expect(batchesOf(tasks)).toEqual([3])
})

it('gives up the oldest batches when there are too many', () => {
  const tasks = new FinishedTasks(4)
  for (const batch of [3, 3, 2, 4, 5]) tasks.add(task(batch))
  expect(batchesOf(tasks)).toEqual([3, 3, 4, 5])
  tasks.add(task(5))
  expect(batchesOf(tasks)).toEqual([4, 5, 5])
})
