/**
 * `topK`, in two phases: each partition's k greatest rows at every emission, then the ranking of all of them in
 * partition 0. The local phase has no state: it ranks the table of the operator that it reads, in the same partition.
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import type { Emitter, PartitionOperator } from './partition-operator.ts'

export class LocalTopK implements PartitionOperator {
  readonly result = undefined
  #k: number
  #input: PartitionOperator

  constructor(k: number, input: PartitionOperator) {
    this.#k = k
    this.#input = input
  }

  fold(): void {}

  close(emitter: Emitter): void {
    this.#input.result?.top(this.#k, (rows) => emitter.rows(rows))
  }

  save(): readonly (Uint8Array | undefined)[] {
    return []
  }

  restore(): void {}

  release(): void {}
}

export interface GlobalTopKOptions {
  readonly operator: OperatorId
  readonly lowered: Lowered
  /** Tables like those that the rows come from. */
  readonly gathering: TableFactory
}

export class GlobalTopK implements PartitionOperator {
  #options: GlobalTopKOptions
  #gathered: KeyedTable | undefined
  #ranking: KeyedTable | undefined

  constructor(options: GlobalTopKOptions) {
    this.#options = options
  }

  get result(): KeyedTable | undefined {
    return this.#ranking
  }

  fold(rows: Bytes): void {
    this.#gathered ??= this.#options.gathering.table()
    this.#gathered.fold(rows)
  }

  close(emitter: Emitter): void {
    const { lowered, operator, gathering } = this.#options
    const gathered = this.#gathered ?? gathering.table()
    this.#gathered = undefined
    const ranking = lowered.rank(operator, gathered)
    gathered.release()
    emitter.difference(ranking, this.#ranking)
    this.#ranking?.release()
    this.#ranking = ranking
  }

  save(): readonly (Uint8Array | undefined)[] {
    return [this.#gathered?.save(), this.#ranking?.save()]
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    const { lowered, operator, gathering } = this.#options
    const [gathered, ranking] = saved
    this.release()
    if (gathered !== undefined) this.#gathered = gathering.load(gathered)
    if (ranking !== undefined) this.#ranking = lowered.tables(operator).load(ranking)
  }

  release(): void {
    this.#gathered?.release()
    this.#ranking?.release()
    this.#gathered = undefined
    this.#ranking = undefined
  }
}
