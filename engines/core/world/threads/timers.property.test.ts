/** Law of the timers: whatever is set and fired, they fire in order of (instant, number), each once, none before it is due. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Timers } from './timers.ts'

test('timers fire like a sorted list', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ set: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ fire: fc.integer({ min: 0, max: 50 }) }),
    ),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(steps, (actions) => {
      const timers = new Timers()
      let model: { at: number; timer: number }[] = []
      for (const action of actions) {
        if ('set' in action) {
          model.push({ at: action.set, timer: timers.set(action.set) })
          continue
        }
        const due = model.filter(({ at }) => at <= action.fire)
        due.sort((a, b) => a.at - b.at || a.timer - b.timer)
        model = model.filter(({ at }) => at > action.fire)
        const fired: number[] = []
        timers.fire(action.fire, (timer) => fired.push(timer))
        expect(fired).toEqual(due.map(({ timer }) => timer))
        expect(timers.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.map(({ at }) => at)))
      }
    }),
  )
})
