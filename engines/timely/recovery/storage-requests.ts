/** Storage requests under way, by number, and what to do when they end. */
import type { Inbound, Storage } from '../../core/world/world.ts'

export type StorageEnd = Extract<Inbound, { kind: 'storage' }>

export class StorageRequests {
  #storage: Storage
  #underway = new Map<number, (end: StorageEnd) => void>()

  constructor(storage: Storage) {
    this.#storage = storage
  }

  write(name: string, bytes: Uint8Array, ended: (end: StorageEnd) => void): void {
    this.#underway.set(this.#storage.write(name, bytes), ended)
  }

  read(name: string, ended: (end: StorageEnd) => void): void {
    this.#underway.set(this.#storage.read(name), ended)
  }

  list(prefix: string, ended: (end: StorageEnd) => void): void {
    this.#underway.set(this.#storage.list(prefix), ended)
  }

  /** Removes a blob; whether it worked is no matter. */
  remove(name: string): void {
    this.#storage.remove(name)
  }

  /** Takes an end; those of requests that were forgotten are dropped. */
  receive(end: StorageEnd): void {
    const ended = this.#underway.get(end.request)
    this.#underway.delete(end.request)
    ended?.(end)
  }

  /** Forgets all: a new generation has begun. What is written stays written. */
  forget(): void {
    this.#underway.clear()
  }
}
