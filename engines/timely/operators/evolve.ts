/** `evolve`: what arrives is gathered until the period ends; then the states are advanced by it, in place. */
import type { Bytes } from '../../core/columns/memory.ts'
import type { StateTable, StateTables } from '../../core/tables/state-table.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import type { TickEnd } from '../../core/units.ts'
import type { Emitter, PartitionOperator } from './partition-operator.ts'

export interface EvolveTables {
  readonly arrived: TableFactory
  readonly states: StateTables
}

export class Evolve implements PartitionOperator {
  #tables: EvolveTables
  #gives: 'table' | 'records'
  #arrived: KeyedTable | undefined
  #states: StateTable

  constructor(tables: EvolveTables, gives: 'table' | 'records') {
    this.#tables = tables
    this.#gives = gives
    this.#states = tables.states.table()
  }

  get result(): KeyedTable {
    return this.#states
  }

  fold(rows: Bytes): void {
    this.#arrived ??= this.#tables.arrived.table()
    this.#arrived.fold(rows)
  }

  close(emitter: Emitter, end: TickEnd): void {
    const arrived = this.#arrived
    this.#arrived = undefined
    if (this.#gives === 'records') {
      this.#states.advance(arrived, end, (rows) => emitter.rows(rows))
    } else {
      this.#states.advance(arrived, end, undefined)
      emitter.changes(this.#states)
    }
    arrived?.release()
  }

  save(): readonly (Uint8Array | undefined)[] {
    return [this.#arrived?.save(), this.#states.save()]
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    const [arrived, states] = saved
    if (states === undefined) return
    this.release()
    this.#arrived = arrived === undefined ? undefined : this.#tables.arrived.load(arrived)
    this.#states = this.#tables.states.load(states)
  }

  release(): void {
    this.#arrived?.release()
    this.#arrived = undefined
    this.#states.release()
  }
}
