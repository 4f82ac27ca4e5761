/**
 * The world of a process: its clock, transport, storage, random numbers, authority, ledger and log.
 *
 * A process (a worker, the driver) is a deterministic state machine. It moves only when the world steps it, and reaches
 * the outside only through this interface. There are two worlds, *threads* and *simulated*; the same engine code runs in
 * both (DESIGN §3.2). No promises: a call that takes time returns a request id and completes as an `Inbound` later.
 */
import type { Bytes, Region } from '../columns/memory.ts'
import type { Meter } from '../cost/meter.ts'
import type { Authority } from '../membership/membership.ts'
import type { HistoryLog } from '../metrics/history.ts'
import type { CommitLedger, CommittedRows } from '../output/commit.ts'
import type { AnswerPart } from '../queries/answer.ts'
import type { Nanos, Pointer, ProcessId } from '../units.ts'
import type { Random } from './random.ts'

/** The transport's two classes. Control (progress, driver's messages, heartbeats) has credit that data cannot use up. */
export type TransportClass = 'control' | 'data'

export interface Transport {
  /**
   * Queues one message; the bytes are copied before `send` returns.
   *
   * FIFO per (sender, receiver, class) within a generation and a pair of incarnations; no order across links or classes.
   * Never blocks: without credit the message waits in the outbox. The outbox is bounded; over its limit this throws a
   * `CapacityError` that names the link, so sources must hold back while `congested` is true. Sending to oneself is
   * allowed and has the same rules.
   *
   * `channel` is the engine's own number (0..65535). The generation stamped on the message is `generation`: the sender's
   * view. The receiver's world drops messages of older generations and of dead incarnations, and counts them.
   */
  send(message: Outgoing): void
  /** True while some data outbox holds more than half of its limit: sources stop producing, all else goes on. */
  congested(): boolean
}

export interface Outgoing {
  readonly to: ProcessId
  readonly class: TransportClass
  readonly channel: number
  readonly generation: number
  /** A view of the run's memory or of any other buffer. */
  readonly payload: Uint8Array
  /** Follows the payload in the same message, without a gap: bytes that need not be copied together first. */
  readonly tail?: Uint8Array
  /**
   * Where in the receiver's region the message is to lie, if the receiver has given this sender that room in this
   * generation. Then `Inbound.payload` is there and stays: it is the receiver's. One copy less where memory is shared.
   */
  readonly landing?: Pointer
}

/** What reaches a process from outside, one at a time, between steps. */
export type Inbound =
  | {
      readonly kind: 'message'
      readonly from: ProcessId
      readonly channel: number
      /** Never older than the receiver's own view; newer if the sender has already seen a new membership. */
      readonly generation: number
      /** In the run's memory, aligned to 8 bytes. Valid until `receive` returns (copy what must stay), but where it landed. */
      readonly payload: Bytes
    }
  /**
   * A storage request has ended. For a `read`, `bytes` is the content, in an ordinary (unshared) buffer. Only a `publish` is
   * `contradicted`.
   */
  | {
      readonly kind: 'storage'
      readonly request: number
      readonly outcome: 'done' | 'missing' | 'failed' | 'contradicted'
      readonly bytes?: Uint8Array
      readonly names?: readonly string[]
      readonly reason?: string
    }

/**
 * Durable storage shared by all processes of a run: named, whole, immutable blobs.
 *
 * A write is atomic and durable (fsync, then rename): a reader sees all of it or nothing. Requests of one process
 * complete in any order.
 */
export interface Storage {
  /** The bytes are given away: nobody else may hold them, and the storage discards them. */
  write(name: string, bytes: Uint8Array): number
  /** The same without making it durable: for what only this life of the process reads back. */
  writeScratch(name: string, bytes: Uint8Array): number
  read(name: string): number
  /**
   * Puts a file where the run's user reads it, whole and durable, and never in place of another: done as well if the name
   * has these bytes already, `contradicted` if it has others. Its names are not those of blobs. The bytes are given away.
   *
   * A request of a process that dies meanwhile may be carried out or not.
   */
  publish(name: string, bytes: Uint8Array): number
  /** Names with a prefix, ascending. */
  list(prefix: string): number
  remove(name: string): number
}

/** The four seams at which engines and worlds charge simulated time (DESIGN §10). The threads world compiles them to nothing. */
export type Seam =
  /** Records worked on by a kernel or a plain function, by the kernel's name. Charged by the meter, not by engines. */
  | 'kernel'
  /** Bytes of a message handled, at either end. Charged by the world, not by engines. */
  | 'message'
  /** Tasks, batches or elements that a scheduler's loop visited. */
  | 'dispatch'
  /** Progress updates applied or elements that a tracker's loop visited. */
  | 'progress'

export interface World {
  readonly process: ProcessId
  readonly incarnation: number
  /** Now, in ns since the run's start: the origin of all due instants. Monotonic. In a step of the simulated world it moves with what is charged. */
  now(): Nanos
  readonly transport: Transport
  readonly storage: Storage
  readonly random: Random
  readonly authority: Authority
  readonly ledger: CommitLedger
  readonly history: HistoryLog
  /** This process's part of the run's memory. */
  readonly region: Region
  /** Accounts for work done: `units` of `seam`, with the kernel's name where the seam is `kernel`. */
  charge(seam: Seam, units: number, kernel?: string): void
  /** Takes the work of chains, tables and folds: for `lowerDataflow`. Only the simulated world has one. */
  readonly meter?: Meter
  /** Adds to a counter of this process's report (`system.ts`): name with the unit last. */
  count(counter: string, by: number): void
  /** Gives away rows of a tick that was just committed. Only called when the run asked for rows (`RunConfig.keepRows`). */
  keepRows(rows: CommittedRows): void
  /** Gives away what a partition says to a query. */
  answer(part: Omit<AnswerPart, 'at'>): void
}

/**
 * A deterministic state machine, driven by its world.
 *
 *   loop: receive(inbound) for each that is there, then step()
 *
 * `step` does at most about 1 ms of work and returns the instant at which it wants to be stepped again if nothing
 * arrives before: `now` or earlier for "at once, there is more to do", `Infinity` for "only when something arrives".
 * Everything a process sends during a step is on its way when the step returns, not necessarily before.
 *
 * A process that throws is dead: the world ends the run with the error (an assertion or a user's function that throws).
 */
export interface Process {
  receive(inbound: Inbound): void
  step(): Nanos
}
