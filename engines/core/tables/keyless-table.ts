/**
 * A "table" of records that have no key: kept as they are, in order. What needs a key or a reduce is refused by an assertion.
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../columns/memory.ts'
import type { KeyedTable } from './table.ts'

export abstract class KeylessTable implements KeyedTable {
  abstract readonly size: number
  abstract readonly bytes: number
  abstract fold(rows: Bytes): void
  abstract visitRows(visit: (rows: Bytes) => void): void
  abstract clone(): KeyedTable
  abstract save(): Uint8Array
  abstract release(): void

  unfold(): never {
    refuse('unfold')
  }

  takeChanges(): never {
    refuse('takeChanges')
  }

  changesFrom(): never {
    refuse('changesFrom')
  }

  top(): never {
    refuse('top')
  }
}

function refuse(what: string): never {
  assert(false, `${what} of records that are kept in order: they have no keys`)
}
