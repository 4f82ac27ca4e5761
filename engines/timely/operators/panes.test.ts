/** Panes of a window: what each window holds, and when a pane is given back. */
import { expect, test } from 'vitest'
import type { Bytes } from '../../core/columns/memory.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import { Panes, type WindowShape } from './panes.ts'

/** Tables that are known by the pointer of the rows that were folded into them, and listed until they are released. */
function recorded() {
  const held: number[] = []
  const table = (): KeyedTable => {
    let name = 0
    const parts: Partial<KeyedTable> = {
      fold: ({ pointer }: Bytes) => {
        name = pointer
        held.push(name)
      },
      visitRows: (visit) => visit({ pointer: name, length: 0 }),
      release: () => held.splice(held.indexOf(name), 1),
    }
    return parts as KeyedTable
  }
  return { held, tables: { table } as unknown as TableFactory }
}

/** Of each window its panes, and those that are kept behind it; panes are numbered from 1. */
function closed(shape: WindowShape, slides: number): readonly (readonly number[][])[] {
  const { held, tables } = recorded()
  const panes = new Panes(tables, shape)
  return Array.from({ length: slides }, (_, slide) => {
    for (let pane = 0; pane < shape.panesPerSlide; pane++) {
      panes.fold({ pointer: slide * shape.panesPerSlide + pane + 1, length: 0 }, pane)
    }
    for (const pane of panes.close().left) pane?.release()
    const window: number[] = []
    for (const pane of panes.window) pane?.visitRows(({ pointer }) => window.push(pointer))
    panes.releaseLast()
    return [window, [...held]]
  })
}

test('a window that shares nothing with the next one gives all of its panes back', () => {
  expect(closed({ panes: 1, panesPerSlide: 1 }, 2)).toEqual([
    [[1], []],
    [[2], []],
  ])
  expect(closed({ panes: 1, panesPerSlide: 2 }, 2)).toEqual([
    [[2], []],
    [[4], []],
  ])
})

test('others keep what the next one holds, too', () => {
  expect(closed({ panes: 3, panesPerSlide: 2 }, 3)).toEqual([
    [[1, 2], [2]],
    [[2, 3, 4], [4]],
    [[4, 5, 6], [6]],
  ])
})
