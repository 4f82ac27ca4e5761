import { expect, test } from 'vitest'
import type { VisibleCommit } from '../../output/commit.ts'
import { CommitColumns } from './commit-columns.ts'

test('what was added comes out as it was, over chunks', () => {
  const columns = new CommitColumns()
  const added = Array.from(
    { length: 10_000 },
    (_, index): VisibleCommit => ({
      generation: index % 3,
      output: index % 2,
      partition: index % 7,
      rows: index * 2 ** 21,
      lane0: 0xffff_ffff - index,
      lane1: index,
      tick: index * 10_000_000,
      visibleAt: index * 10_000_000 + 0.5,
      readAt: index % 3 === 0 ? undefined : index * 10_000_000 + 0.25,
    }),
  )
  for (const commit of added) columns.push(commit)
  expect(columns.length).toBe(added.length)
  expect([...columns]).toEqual(added)
})
