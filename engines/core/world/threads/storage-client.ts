/** Durable storage as a process sees it: requests go to the service's ring, completions come back by another. */
import type { RunMemory } from '../../columns/memory.ts'
import type { Storage } from '../world.ts'
import { ChunkReader, ChunkWriter } from './chunk-stream.ts'
import type { ProcessLayout } from './layout.ts'
import {
  type Completion,
  decodeCompletion,
  encodeRequest,
  REQUESTS,
  type RequestKind,
} from './storage-wire.ts'

/** What may wait in a process for the service: a slow disk is felt as a `CapacityError`, not as a full memory. */
const QUEUE_BYTES_MAX = 512 * 1024 * 1024

export class StorageClient implements Storage {
  #requests: ChunkWriter
  #completions: ChunkReader
  #incarnation: number
  #next = 1

  constructor(
    memory: RunMemory,
    layout: Pick<ProcessLayout, 'process' | 'storageRequests' | 'storageCompletions'>,
    incarnation: number,
  ) {
    this.#requests = new ChunkWriter(memory, layout.storageRequests, {
      name: `storage requests of process ${layout.process}`,
      incarnation,
      queueBytesMax: QUEUE_BYTES_MAX,
    })
    this.#completions = new ChunkReader(memory, layout.storageCompletions)
    this.#incarnation = incarnation
  }

  write(name: string, bytes: Uint8Array): number {
    return this.#ask('write', name, bytes)
  }

  writeScratch(name: string, bytes: Uint8Array): number {
    return this.#ask('scratch', name, bytes)
  }

  read(name: string): number {
    return this.#ask('read', name)
  }

  publish(name: string, bytes: Uint8Array): number {
    return this.#ask('publish', name, bytes)
  }

  list(prefix: string): number {
    return this.#ask('list', prefix)
  }

  remove(name: string): number {
    return this.#ask('remove', name)
  }

  /** Moves on what found no room on the ring. */
  pump(): void {
    if (!this.#requests.pending) return
    if (this.#requests.pump()) this.#requests.wakeReader()
  }

  /** Hands on completions of this life; those asked for by an earlier one are dropped. */
  poll(visit: (completion: Completion) => void): void {
    if (!this.#completions.ready()) return
    this.#completions.poll((kind, bytes, incarnation) => {
      if (incarnation === this.#incarnation) visit(decodeCompletion(kind, bytes))
    })
  }

  ready(): boolean {
    return this.#completions.ready() || this.#requests.unblocked
  }

  #ask(kind: RequestKind, name: string, content?: Uint8Array): number {
    const request = this.#next
    this.#next += 1
    this.#requests.push(REQUESTS.indexOf(kind), encodeRequest(request, name), content)
    this.pump()
    return request
  }
}
