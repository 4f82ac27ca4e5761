/**
 * Tables that a worker needs and never had: another worker that has one is asked for it, else it is read from the checkpoint's file
 * that holds it, and with it what else is needed of that file.
 *
 * A file that is gone, or lacks a table, is data lost: lineage behind a checkpoint is forgotten, so nothing makes it again.
 */
import { StorageError } from '../../core/errors.ts'
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { decodeCheckpoint } from '../recovery/checkpoint-file.ts'
import { type BatchNumber, blockKey, blockOfKey, nameOfKey } from './rdd.ts'

export interface AbsentTablesOptions {
  /** Hash of the plan that checkpointed tables belong to. */
  readonly plan: string
  /** Name of the checkpoint's file that holds a partition's tables of a batch. */
  readonly fileOf: (batch: BatchNumber, partition: PartitionId) => string
  /** Asks another worker for a table, if one has it: then `arrived` follows. */
  readonly fetch?: ((key: number) => boolean) | undefined
  /** A table is here, whether it was wanted or came with its file. */
  readonly found: (key: number, saved: Uint8Array) => void
}

interface FileRead {
  readonly name: string
  readonly partition: PartitionId
  /** Tables that wait for it. */
  readonly wanted: Set<number>
}

export class AbsentTables {
  #world: World
  #options: AbsentTablesOptions
  /** Files being read, by request and by name. */
  #requests = new Map<number, FileRead>()
  #files = new Map<string, FileRead>()
  /** Tables that other workers were asked for. */
  #fetching = new Set<number>()

  constructor(world: World, options: AbsentTablesOptions) {
    this.#world = world
    this.#options = options
  }

  /** Has a table brought here. */
  want(key: number): void {
    if (this.#options.fetch?.(key)) this.#fetching.add(key)
    else this.#read(key)
  }

  /** Another worker has given a table. */
  arrived(key: number, saved: Uint8Array): void {
    if (this.#fetching.delete(key)) this.#options.found(key, saved)
  }

  /**
   * Takes a storage completion; returns whether it was one of these files.
   * Errors: `StorageError` for a file that is damaged, and for data that is lost.
   */
  completed(request: number, outcome: string, bytes: Uint8Array | undefined): boolean {
    const file = this.#requests.get(request)
    if (file === undefined) return false
    const { name, partition, wanted } = file
    this.#requests.delete(request)
    this.#files.delete(name)
    const { plan, found } = this.#options
    const tables = outcome === 'done' && bytes ? decodeCheckpoint({ name, plan }, bytes) : []
    for (const { rdd, batch, bytes: saved } of tables) {
      const key = blockKey(rdd, batch, partition)
      wanted.delete(key)
      found(key, saved)
    }
    if (wanted.size > 0) throw dataLost(name, [...wanted])
    return true
  }

  /** A new generation: what other workers were asked for does not come. Returns what that was. */
  forgetFetches(): readonly number[] {
    const fetching = [...this.#fetching]
    this.#fetching.clear()
    return fetching
  }

  /** Begins to read the file that holds a table, unless it is being read. */
  #read(key: number): void {
    const { batch, partition } = blockOfKey(key)
    const name = this.#options.fileOf(batch, partition)
    this.#world.count('blockRestores', 1)
    let file = this.#files.get(name)
    if (file === undefined) {
      file = { name, partition, wanted: new Set() }
      this.#files.set(name, file)
      this.#requests.set(this.#world.storage.read(name), file)
    }
    file.wanted.add(key)
  }
}

function dataLost(file: string, keys: readonly number[]): StorageError {
  const names = keys.map(nameOfKey)
  return new StorageError(
    {
      asked: `read back block ${names[0]}`,
      found: `data lost: blocks ${names.join(', ')}, which storage does not have in ${file}`,
      rule: 'a checkpoint can be read until the next one is durable: lineage behind it is forgotten, and nothing makes its tables again',
      remedy: 'Look at the storage of the run, and run it again',
    },
    { file, blocks: names },
  )
}
