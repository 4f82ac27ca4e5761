/**
 * Rollback: after a failure every worker goes back to one durable checkpoint, and lost partitions move (Naiad §3.4).
 *
 *   listing ──coordinator: manifests──▶ choosing ──the newest one──▶ restore, to all ──▶ each reads its states
 *   choosing ◀──a seal is wrong: the one before──┤
 *                                                └──all are whole──▶ begin, to all ──▶ restored
 *
 * Where messages are logged, the coordinator also finds how far the logs go on from there (`found-log.ts`), and each worker reads
 * what it will replay (`log-reading.ts`): a segment that is not whole shortens the log, and all read again.
 *
 * With upstream backup all tell first what they could go on with; who does is said with the checkpoint, and reads nothing (`takeover.ts`).
 *
 * The coordinator alone chooses the checkpoint, so that all workers go back to the same one even if the coordinator of an
 * earlier generation has just finished another. Nobody begins before all have read theirs: then nothing has to be taken
 * back when a state is torn, and nobody works ahead of a worker that cannot take its messages yet. Without a checkpoint the
 * run begins again: the input is replayable, and what is committed again has the same digests.
 */
import { assert } from '../../core/assert.ts'
import { StorageError } from '../../core/errors.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import {
  type CoordinationMessage,
  decodeManifest,
  MANIFEST_PREFIX,
  type Manifest,
  manifestName,
  manifestPlace,
  type RollbackMessage,
} from './coordination.ts'
import { FoundLog } from './found-log.ts'
import { LogReading, type ReplayedPart } from './log-reading.ts'
import { decodeState, type OperatorState } from './state-blob.ts'
import type { StorageRequests } from './storage-requests.ts'
import { namesOf, whole } from './stored.ts'
import { type Kept, type KeptWorker, thoseKept } from './takeover.ts'

export interface PartitionState {
  readonly partition: PartitionId
  readonly operators: readonly OperatorState[]
}

export interface Restored {
  /** First epoch that is not in the states. */
  readonly epoch: number
  /** First epoch of which the input is read: those before are committed, and their rows are in the log. */
  readonly resumesAt: number
  readonly states: readonly PartitionState[]
  /** Who goes on with what it has, while others begin at the epoch. */
  readonly kept: readonly KeptWorker[]
  /** What is to be replayed of the log. */
  readonly log: readonly ReplayedPart[]
}

export interface RollbackOptions {
  readonly self: ProcessId
  /** Live workers, ascending; the first one coordinates. */
  readonly workers: readonly ProcessId[]
  /** What this worker owns now. */
  readonly partitions: readonly PartitionId[]
  /** Hash of the plan. */
  readonly plan: string
  /** What this worker could go on with, if anything; undefined where all go back. */
  readonly kept?: Kept | null | undefined
  /** Whether messages are logged. */
  readonly logs: boolean
  readonly requests: StorageRequests
  send(to: ProcessId, message: CoordinationMessage): void
  /** This worker does not go on with what it has. At least once, if it does not. */
  goesBack(): void
  /** A checkpoint is passed over. */
  unusable(found: { readonly manifest: string; readonly reason: string }): void
  /** A segment of the log cannot be read: nothing behind it is replayed. */
  logUnusable(found: { readonly segment: string; readonly reason: string }): void
  restored(restored: Restored): void
}

/** The beginning of the run, where a manifest's name would be. */
const BEGINNING = null

export class Rollback {
  #options: RollbackOptions
  /** Of the coordinator: what is left to be tried, what is being tried, and who has read all of it. */
  #candidates: (string | typeof BEGINNING)[] = []
  #chosen: Manifest | null = null
  #log: FoundLog | undefined
  #whole = new Set<ProcessId>()
  #hasFound = false
  /** What each could go on with. */
  readonly #told = new Map<ProcessId, Kept | null>()
  /** Number of the checkpoint that is being tried, from 1. */
  #attempt = 0
  #read: Restored | undefined

  constructor(options: RollbackOptions) {
    this.#options = options
    const { self, workers, kept, send } = options
    if (kept !== undefined) send(workers[0]!, { kind: 'kept', kept })
    if (workers[0] !== self) return
    const { requests, plan, logs, logUnusable } = options
    requests.list(MANIFEST_PREFIX, (end) => {
      this.#candidates = candidatesOf(namesOf('the list of checkpoints', end))
      const found = (): void => {
        this.#hasFound = true
        this.#chooseFirst()
      }
      if (logs) this.#log = new FoundLog({ plan, requests, unusable: logUnusable, found })
      else found()
    })
  }

  receive(from: ProcessId, message: RollbackMessage): void {
    if (message.kind === 'restore') this.#restore(message)
    else if (message.kind === 'read') this.#gather(from, message)
    else if (message.kind === 'kept') {
      this.#told.set(from, message.kept)
      this.#chooseFirst()
    } else {
      assert(this.#read !== undefined, 'begin before all states are read')
      this.#options.restored(this.#read)
    }
  }

  /** When it is known what there is, and what everybody could go on with. */
  #chooseFirst(): void {
    const { workers, kept } = this.#options
    const haveTold = kept === undefined || this.#told.size === workers.length
    if (this.#hasFound && haveTold) this.#choose(undefined)
  }

  #choose(flaw: string | undefined): void {
    const { requests, plan } = this.#options
    this.#giveUp()
    const name = this.#candidates.shift()
    if (name === undefined) throw noneLeft(flaw)
    if (name === BEGINNING) {
      this.#announce(null)
      return
    }
    requests.read(name, (end) => {
      const manifest = whole(name, end, (bytes) => decodeManifest({ name, plan }, bytes))
      if (typeof manifest === 'string') this.#passOver(name, manifest)
      else this.#announce(manifest)
    })
  }

  /** What is said of the attempt that was under way is over. */
  #giveUp(): void {
    this.#attempt += 1
    this.#whole.clear()
  }

  #announce(manifest: Manifest | null): void {
    const { workers, send } = this.#options
    this.#chosen = manifest
    const log = this.#log?.from(epochOf(manifest)) ?? []
    const kept = this.#keptAt(epochOf(manifest))
    for (const to of workers) {
      send(to, { kind: 'restore', attempt: this.#attempt, manifest, log, kept })
    }
  }

  /** Who once does not go on has nothing left to go on with. */
  #keptAt(epoch: number): readonly KeptWorker[] {
    const kept = thoseKept(this.#told, epoch)
    for (const worker of this.#told.keys()) {
      if (!kept.some((other) => other.worker === worker)) this.#told.set(worker, null)
    }
    return kept
  }

  #passOver(manifest: string, reason: string): void {
    this.#options.unusable({ manifest, reason })
    this.#choose(reason)
  }

  #gather(
    from: ProcessId,
    { attempt, manifest, segment, flaw }: Extract<CoordinationMessage, { kind: 'read' }>,
  ): void {
    if (attempt !== this.#attempt) return
    if (flaw !== null) {
      if (segment === null) this.#passOver(manifest, flaw)
      else this.#shortenLog(segment, flaw)
      return
    }
    this.#whole.add(from)
    if (this.#whole.size < this.#options.workers.length) return
    for (const to of this.#options.workers) this.#options.send(to, { kind: 'begin' })
  }

  /** The same checkpoint with what is left of the log. */
  #shortenLog(segment: string, reason: string): void {
    this.#log!.drop(segment, reason)
    this.#giveUp()
    this.#announce(this.#chosen)
  }

  #restore({
    attempt,
    manifest,
    log: parts,
    kept,
  }: Extract<RollbackMessage, { readonly kind: 'restore' }>): void {
    const { self, partitions, requests, plan, workers, send, goesBack } = this.#options
    this.#attempt = attempt
    const epoch = epochOf(manifest)
    const resumesAt = parts.at(-1)?.until ?? epoch
    const states: PartitionState[] = []
    const goesOn = kept.some(({ worker }) => worker === self)
    if (!goesOn) goesBack()
    const left = new Set(manifest === null || goesOn ? [] : partitions)
    let log: readonly ReplayedPart[] = []
    let isReading = parts.length > 0
    let flaw: { readonly segment: string | null; readonly reason: string } | undefined
    const finish = (): void => {
      if (left.size > 0 || isReading || attempt !== this.#attempt) return
      this.#read = { epoch, resumesAt, states, kept, log }
      const name = manifest === null ? '' : manifestName(manifest.epoch, manifest.generation)
      const { segment = null, reason = null } = flaw ?? {}
      send(workers[0]!, { kind: 'read', attempt, manifest: name, segment, flaw: reason })
    }
    const readLog = (): void => {
      isReading = false
      finish()
    }
    for (const partition of left) {
      const saved = manifest!.states.find((state) => state.partition === partition)
      assert(saved !== undefined, `the checkpoint at epoch ${epoch} lacks partition ${partition}`)
      const { name } = saved
      requests.read(name, (end) => {
        const operators = whole(name, end, (bytes) => decodeState({ name, plan }, bytes))
        // Without the state the log is of no use, whole or not.
        if (typeof operators === 'string') flaw = { segment: null, reason: operators }
        else states.push({ partition, operators })
        left.delete(partition)
        finish()
      })
    }
    if (!isReading) {
      finish()
      return
    }
    const reading = new LogReading({
      plan,
      requests,
      partitions,
      epoch,
      parts,
      read: (found) => {
        log = found
        readLog()
      },
      flawed: (found) => {
        flaw ??= found
        readLog()
      },
    })
    reading.begin()
  }
}

function epochOf(manifest: Manifest | null): number {
  return manifest === null ? 0 : manifest.epoch
}

/**
 * Manifests to be tried, the newest first, and the beginning. A generation that has made two checkpoints has let go of the
 * input before the last but one (`checkpoint.ts`): nothing older can be gone back to.
 */
export function candidatesOf(names: readonly string[]): (string | typeof BEGINNING)[] {
  const newest = new Map<number, number>()
  let floor = 0
  for (const name of names.toReversed()) {
    const { epoch, generation } = manifestPlace(name)
    if (newest.has(generation)) floor = Math.max(floor, epoch)
    else newest.set(generation, epoch)
  }
  const left = names.filter((name) => manifestPlace(name).epoch >= floor).toReversed()
  return floor > 0 ? left : [...left, BEGINNING]
}

function noneLeft(flaw: string | undefined): StorageError {
  return new StorageError({
    asked: 'a checkpoint to go back to',
    found: `none is whole; of the last one tried: ${flaw}`,
    rule: 'a rollback restores every partition of one durable checkpoint whose input is still there',
    remedy: 'Look at the storage; the run cannot go on',
  })
}
