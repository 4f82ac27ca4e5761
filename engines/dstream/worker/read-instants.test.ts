import { expect, test } from 'vitest'
import { ReadInstants } from './read-instants.ts'

test('the last task that reads of a batch counts, and of old batches nothing is known', () => {
  const instants = new ReadInstants()
  for (let batch = 1; batch <= 1_000; batch++) {
    instants.note(batch, batch * 10)
    instants.note(batch, batch * 10 + 5)
    expect(instants.of(batch)).toBe(batch * 10 + 5)
    expect(instants.of(batch + 1)).toBeUndefined()
  }
  expect(instants.of(1)).toBeUndefined()
  // Read again, to recover what was lost: no newer batch loses its stamp.
  for (let batch = 1; batch <= 500; batch++) instants.note(batch, 20_000)
  expect(instants.of(500)).toBeUndefined()
  for (let batch = 900; batch <= 1_000; batch++) expect(instants.of(batch)).toBe(batch * 10 + 5)
})
