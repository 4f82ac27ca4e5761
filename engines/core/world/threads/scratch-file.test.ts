/** What a run sets aside comes back as it was, and a file that cannot be written says so by name. */
import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StorageError } from '../../errors.ts'
import type { HistoryEvent } from '../../metrics/history.ts'
import type { VisibleCommit } from '../../output/commit.ts'
import { CommitColumns } from './commit-columns.ts'
import { KeptHistory } from './kept-history.ts'
import { ScratchFile } from './scratch-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamgauge-scratch-'))
  path = join(folder, 'scratch')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('commits', () => {
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
  const columnsWith = (commitsMax: number): CommitColumns => {
    const columns = new CommitColumns(new ScratchFile(path), commitsMax)
    for (const commit of added) columns.push(commit)
    return columns
  }

  it.each([
    ['some of them in the file', 4_096],
    ['the last of them fills the columns', 2_500],
    ['all of them in memory', 10_001],
  ])('come out as they were added: %s', (_, commitsMax) => {
    const columns = columnsWith(commitsMax)
    expect([...columns]).toEqual(added)
    // Looked at again, and added to.
    columns.push(added[0]!)
    expect([...columns]).toEqual([...added, added[0]])
    expect(readdirSync(folder)).toEqual(commitsMax > added.length ? [] : ['scratch'])
  })
})

describe('events', () => {
  it('come out as they were added', () => {
    const history = new KeptHistory(new ScratchFile(path), 4)
    const added = Array.from(
      { length: 11 },
      (_, at): HistoryEvent => ({
        at: at * 1e12 + 0.5,
        process: at - 1,
        incarnation: 1,
        event: 'batch-completed',
        fields: { batch: at, late: at % 2 === 0, name: 'é"\n' },
      }),
    )
    for (const event of added) history.push(event)
    expect([...history]).toEqual(added)
    expect([...history]).toEqual(added)
  })

  it('are news once, to who watches', () => {
    const history = new KeptHistory(new ScratchFile(path), 2)
    const push = (...instants: readonly number[]): void => {
      const event = { process: 0, incarnation: 1, event: 'batch-completed', fields: {} }
      for (const at of instants) history.push({ ...event, at })
    }
    const news = (): readonly number[] => history.takeNews().map(({ at }) => at)
    push(1)
    expect(news()).toEqual([])
    history.watch()
    push(2, 3, 4)
    expect([news(), news()]).toEqual([[2, 3, 4], []])
    push(5)
    expect(news()).toEqual([5])
    expect([...history].map(({ at }) => at)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a file', () => {
  it('that cannot be written is refused by name, and what did not go in is not there', () => {
    const missing = new ScratchFile(join(folder, 'none', 'scratch'))
    const columns = new CommitColumns(missing, 1)
    const commit = { generation: 1, output: 0, partition: 0, rows: 0, lane0: 0, lane1: 0 }
    columns.push({ ...commit, tick: 1, visibleAt: 2 })
    const more = (): void => columns.push({ ...commit, tick: 3, visibleAt: 4 })
    expect(more).toThrow(StorageError)
    expect(more).toThrow(/^keep commits and events of a run in .*scratch: ENOENT\. .*TMPDIR\.$/)
    expect([...columns]).toMatchObject([{ tick: 1 }])
  })

  it('that was cut short is told', () => {
    const file = new ScratchFile(path)
    file.append(Buffer.from('one'))
    file.append(Buffer.from('two'))
    truncateSync(path, 4)
    expect(() => [...file.pieces()]).toThrow(/it ends after 4 bytes/)
  })
})
