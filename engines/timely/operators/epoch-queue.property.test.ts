/** A queue of epochs is a map of which the least key may be deleted. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EpochQueue } from './epoch-queue.ts'

const epoch = fc.integer({ min: 0, max: 12 })
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), epoch }),
  fc.record({ kind: fc.constant('drop' as const), epoch }),
)

it('has what a map has, of which only the least is dropped', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new EpochQueue<number>()
      const model = new Map<number, number>()
      steps.forEach(({ kind, epoch: one }, value) => {
        if (kind === 'set') {
          queue.set(one, value)
          model.set(one, value)
        } else {
          queue.drop(one)
          if (one === Math.min(...model.keys())) model.delete(one)
        }
        expect(queue.size).toBe(model.size)
        for (let at = 0; at <= 12; at++) expect(queue.get(at)).toBe(model.get(at))
      })
    }),
  )
})
