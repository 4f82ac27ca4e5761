/**
 * The storage service: a thread that does blocking file I/O for all processes of a run, and sleeps otherwise.
 *
 * It outlives every fault: it stands for the shared, replicated store that the papers take for granted. Faults of the storage
 * itself (`faults/storage-faults.ts`) change what it does, and never end it. What a process
 * had put on its request ring before it died is carried out, like a request that was on the wire.
 */
import { assert } from '../../assert.ts'
import { discard, RunMemory } from '../../columns/memory.ts'
import type { FaultPlan } from '../../faults/fault.ts'
import { clockStart, type RunConfig } from '../../run-config.ts'
import type { Nanos } from '../../units.ts'
import { BlobDirectory } from './blob-directory.ts'
import { ChunkReader, ChunkWriter } from './chunk-stream.ts'
import { FaultWords } from './faults/fault-words.ts'
import { Standstill } from './faults/standstill.ts'
import { StorageFaults } from './faults/storage-faults.ts'
import type { ThreadsLayout } from './layout.ts'
import { ProcessStatus, threadCpuNs } from './process-status.ts'
import { RunWords } from './run-words.ts'
import { SavedFiles, type SavedFilesOptions } from './saved-files.ts'
import {
  type Completion,
  decodeRequest,
  encodeCompletion,
  type StorageRequest,
} from './storage-wire.ts'
import { park } from './wake-word.ts'

export interface StorageThreadData {
  readonly role: 'storage'
  readonly memory: WebAssembly.Memory
  readonly layout: ThreadsLayout
  readonly directory: string
  /** Where outputs are saved, if any are. */
  readonly saved: SavedFilesOptions | undefined
  readonly config: Pick<RunConfig, 'seed' | 'input'>
  /** The trial's plan, if it has faults of the storage. */
  readonly faults: FaultPlan | undefined
}

/** What requests are about. */
export interface Stores {
  readonly blobs: BlobDirectory
  readonly saved: SavedFiles | undefined
  readonly faults?: StorageFaults | undefined
}

interface Client {
  readonly requests: ChunkReader
  readonly status: ProcessStatus
  completions: ChunkWriter
  incarnation: number
}

/**
 * The largest completion: as much as a process may ask to write. One waits for room at most, since a process that does not
 * take its completions is not served: what else it asks for waits in its requests' ring, and then in the process.
 */
const QUEUE_BYTES_MAX = 512 * 1024 * 1024

/** Serves until the run is stopped. Blocks the thread. */
export function runStorageService(data: StorageThreadData): void {
  const memory = new RunMemory(data.memory)
  const run = new RunWords(memory, data.layout.run, clockStart(data.config.input))
  const stores: Stores = {
    blobs: new BlobDirectory(data.directory),
    saved: data.saved && new SavedFiles(data.saved),
    faults: data.faults && faultsOf(data.faults, memory, data, run),
  }
  const wakeIndex = data.layout.storageWake >>> 2
  const newWriter = (process: number, incarnation: number): ChunkWriter =>
    new ChunkWriter(memory, data.layout.processes[process]!.storageCompletions, {
      name: `storage completions for process ${process}`,
      incarnation,
      queueBytesMax: QUEUE_BYTES_MAX,
    })
  const clients = data.layout.processes.map(
    ({ process, storageRequests, status }): Client => ({
      requests: new ChunkReader(memory, storageRequests),
      status: new ProcessStatus(memory, status),
      completions: newWriter(process, 1),
      incarnation: 1,
    }),
  )
  const found = (): boolean =>
    run.stopped() ||
    clients.some(
      (client) =>
        client.completions.unblocked ||
        (client.requests.ready() && (!client.completions.pending || isNewLife(client))),
    )

  while (!run.stopped()) {
    for (const [process, client] of clients.entries()) {
      // Its next life must find room on the ring, and nothing that it did not ask for.
      if (isNewLife(client)) {
        client.incarnation = client.status.incarnation
        client.completions = newWriter(process, client.incarnation)
      }
      serve(client, stores)
    }
    if (!found()) park(memory.i32, wakeIndex, 1_000, found)
  }
  run.storageCpuNs = threadCpuNs()
}

function faultsOf(
  plan: FaultPlan,
  memory: RunMemory,
  { layout, config }: StorageThreadData,
  run: RunWords,
): StorageFaults {
  const words = new FaultWords(memory, layout.faults, plan.length)
  const rest = words.restWord(layout.processes.length)
  const now = (): Nanos => {
    // Requests may come before the run has started.
    run.started()
    return run.now()
  }
  const standstill = new Standstill(memory, rest, run, () => {})
  return new StorageFaults(plan, { seed: config.seed, words, standstill, now })
}

function isNewLife({ status, incarnation }: Client): boolean {
  return status.incarnation !== incarnation
}

/** Carries out requests one by one, as long as the process takes the completions. */
export function serve(
  { requests, completions, incarnation: living }: Omit<Client, 'status'>,
  stores: Stores,
): void {
  if (completions.pump()) completions.wakeReader()
  requests.poll(
    (kind, bytes, incarnation) => {
      const completion = carryOut(stores, decodeRequest(kind, bytes))
      discard(bytes)
      // Who asked may be dead by now.
      if (incarnation !== living) return
      const encoded = encodeCompletion(completion)
      completions.push(encoded.kind, encoded.bytes)
      if (completions.pump()) completions.wakeReader()
    },
    () => !completions.pending,
  )
}

function carryOut(stores: Stores, asked: StorageRequest): Completion {
  const { faults } = stores
  if (faults === undefined) return perform(stores, asked)
  return faults.perform(asked, (changed) => perform(stores, changed))
}

function perform({ blobs, saved }: Stores, asked: StorageRequest): Completion {
  const base = { kind: 'storage', request: asked.request } as const
  try {
    switch (asked.kind) {
      case 'write':
      case 'scratch':
        blobs.write(asked.name, asked.content, { durable: asked.kind === 'write' })
        return { ...base, outcome: 'done' }
      case 'read': {
        const bytes = blobs.read(asked.name)
        return bytes === undefined
          ? { ...base, outcome: 'missing' }
          : { ...base, outcome: 'done', bytes }
      }
      case 'publish': {
        assert(saved !== undefined, `the file ${asked.name} in a run that saves nothing`)
        return { ...base, outcome: saved.publish(asked.name, asked.content) }
      }
      case 'list':
        return { ...base, outcome: 'done', names: blobs.list(asked.name) }
      case 'remove':
        return { ...base, outcome: blobs.remove(asked.name) ? 'done' : 'missing' }
    }
  } catch (error) {
    return { ...base, outcome: 'failed', reason: error instanceof Error ? error.message : 'failed' }
  }
}
