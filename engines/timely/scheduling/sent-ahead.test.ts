/** What counts as sent ahead of the least epoch. */
import { expect, it } from 'vitest'
import { SentAhead } from './sent-ahead.ts'

it('is much by what one worker was sent of epochs behind the least one', () => {
  let least = 0
  const ahead = new SentAhead(100, () => least)
  ahead.note(2, 0, 1_000)
  expect(ahead.isMuch, 'the least epoch').toBe(false)
  ahead.note(2, 1, 60)
  ahead.note(3, 1, 60)
  ahead.note(2, 2, 40)
  expect(ahead.isMuch, 'as much as it may be').toBe(false)
  ahead.note(2, 1, 1)
  expect(ahead.isMuch).toBe(true)
  least = 1
  expect(ahead.isMuch, 'epoch 1 is the least one').toBe(false)
  ahead.note(3, 3, 101)
  expect(ahead.isMuch).toBe(true)
  ahead.restart()
  expect(ahead.isMuch).toBe(false)
})
