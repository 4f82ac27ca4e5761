/** What the configuration of a run takes from the trial that asks for it. */
import { expect, it } from 'vitest'
import { cannedSpec } from './canned.fixture.ts'
import { configOf } from './trial.ts'

it('keeps as many rows as will be shown; of a bounded input all, which are its answer', () => {
  const shown = configOf({ ...cannedSpec, showRows: 3 })
  expect(shown).toMatchObject({ keepRows: true, keepRowsMax: 3 })
  const bounded = configOf({ ...cannedSpec, showRows: 3, bounded: true })
  expect(bounded.keepRows).toBe(true)
  expect(bounded).not.toHaveProperty('keepRowsMax')
  const unseen = configOf(cannedSpec)
  expect(unseen.keepRows).toBe(false)
  expect(unseen).not.toHaveProperty('keepRowsMax')
})
