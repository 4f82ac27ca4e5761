/** Which checkpoints a rollback may try, in which order. */
import { expect, it } from 'vitest'
import { manifestName } from './coordination.ts'
import { candidatesOf } from './rollback.ts'

it.each([
  { saved: [], tried: [], beginning: true },
  { saved: [[3, 1]], tried: [[3, 1]], beginning: true },
  // Two of one generation: the input before the first of them may be gone.
  {
    saved: [
      [3, 1],
      [6, 1],
    ],
    tried: [
      [6, 1],
      [3, 1],
    ],
    beginning: false,
  },
  {
    saved: [
      [3, 1],
      [6, 1],
      [9, 1],
      [9, 2],
    ],
    tried: [
      [9, 2],
      [9, 1],
      [6, 1],
    ],
    beginning: false,
  },
  // One of each generation: nothing is gone.
  {
    saved: [
      [3, 1],
      [6, 2],
    ],
    tried: [
      [6, 2],
      [3, 1],
    ],
    beginning: true,
  },
])('of $saved: $tried', ({ saved, tried, beginning }) => {
  const names = (places: readonly (readonly number[])[]) =>
    places.map(([epoch, generation]) => manifestName(epoch!, generation!))
  const expected: (string | null)[] = names(tried)
  if (beginning) expected.push(null)
  expect(candidatesOf(names(saved))).toEqual(expected)
})
