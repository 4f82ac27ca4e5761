/**
 * Reads tables for queries: the driver asks for blocks of this worker, and their rows are given away (`World.answer`).
 *
 * A block is pinned from the question to the answer, so it stays whatever tasks and checkpoints do meanwhile; one that lies on
 * disk is read back. At most one block is read a step. Nothing here is asked of other workers, and nothing is changed.
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import { wantedRows } from '../../core/queries/wanted-rows.ts'
import type { ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { DStreamGraph } from '../graph.ts'
import { type AskedTable, askedTables } from '../rdd/asked-tables.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import { blockKey, blockOfKey } from '../rdd/rdd.ts'
import { ANSWERED_CHANNEL, WireReader, WireWriter } from '../scheduler/wire.ts'

interface Ask {
  readonly query: number
  readonly turn: number
  readonly key: number
  here: boolean
}

export class QueryReader {
  #world: World
  #store: BlockStore
  #setup: ProcessSetup
  #graph: DStreamGraph
  #lowered: Lowered
  #tables: readonly AskedTable[]
  /** Each holds a pin. As many as the driver has asked for: a query at most once a tick. */
  #asks: Ask[] = []
  #reader: WireReader
  #writer = new WireWriter()

  constructor(
    world: World,
    store: BlockStore,
    parts: {
      readonly setup: ProcessSetup
      readonly graph: DStreamGraph
      readonly lowered: Lowered
    },
  ) {
    this.#world = world
    this.#store = store
    this.#setup = parts.setup
    this.#graph = parts.graph
    this.#lowered = parts.lowered
    this.#tables = askedTables(parts.graph, parts.setup.queries)
    this.#reader = new WireReader(world.region.memory)
  }

  receive(payload: Bytes): void {
    const reader = this.#reader.open(payload)
    while (reader.remaining > 0) {
      const query = reader.u32()
      const turn = reader.u32()
      const rdd = reader.u16()
      const partition = reader.u16()
      const ask: Ask = { query, turn, key: blockKey(rdd, reader.u32(), partition), here: false }
      this.#asks.push(ask)
      ask.here = this.#store.pin(ask.key, () => {
        ask.here = true
      })
    }
  }

  /** Answers at most one question; returns whether there is more to do now. */
  step(driver: ProcessId, generation: number): boolean {
    const index = this.#asks.findIndex(({ here }) => here)
    if (index < 0) return false
    const [ask] = this.#asks.splice(index, 1) as [Ask]
    this.#answer(ask)
    this.#store.unpin(ask.key)
    this.#writer.clear()
    this.#writer.u32(ask.query)
    this.#writer.u32(ask.turn)
    this.#world.transport.send({
      to: driver,
      class: 'control',
      channel: ANSWERED_CHANNEL,
      generation,
      payload: this.#writer.view(),
    })
    return this.#asks.some(({ here }) => here)
  }

  /** A new generation: the driver asks anew. */
  reset(): void {
    for (const { key } of this.#asks) this.#store.unpin(key)
    this.#asks = []
  }

  #answer({ query, turn, key }: Ask): void {
    const { batch, partition } = blockOfKey(key)
    const { operator, partitions, versions } = this.#tables[query]!
    const { want } = this.#setup.queries![query]!
    const table = this.#store.table(key)
    const tables = this.#lowered.tables(operator)
    this.#world.count('queriedTables', 1)
    this.#world.answer({
      query,
      turn,
      tick: this.#graph.ticks.endOf(batch),
      versions: versions?.length ?? 1,
      partition,
      partitions,
      count: table.size,
      rows: wantedRows(want, { table, tables, partition, partitions }),
    })
  }
}
