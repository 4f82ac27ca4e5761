/**
 * Input without due instants: where it comes from, and what there is to know of it after a run.
 *
 * A row is a record when it has arrived and is in the run's log; that instant becomes its due instant: its arrival (DESIGN §7), or when
 * there was room for it. So latencies leave out what held the source back, and that alone is not the whole of it: behind a row that waits
 * nothing is read, and how long the next ones have waited in their sender nobody here can tell. A latency from the reading on would hide
 * most of it; what is counted is `HeldBack`, which bounds it. Records are dealt to partitions in turn: the i-th that arrived is record
 * floor(i / P) of partition i mod P.
 */
import type { PoolBytes } from '../system.ts'
import type { Nanos, PartitionId } from '../units.ts'
import type { InputFormat } from './formats/input-format.ts'
import type { CutterStart } from './formats/record-cutter.ts'
import type { MalformedRows } from './formats/row-tally.ts'
import type { InputLog } from './input-log.ts'

export type LiveInput = LiveSource & {
  /** Default: lines of text. */
  readonly format?: InputFormat
  /** Where reading begins; default at the beginning. Of what can be asked for again: `http` and `folder`. */
  readonly from?: InputPosition
  /** Its source closes it when so much has arrived; default `ARRIVED_BYTES_MAX`. */
  readonly bytesMax?: number
}

type LiveSource =
  /** Rows or server-sent events that a server streams. `stallMs` without a byte count as a lost connection; default 60 s. */
  | { readonly kind: 'http'; readonly url: string; readonly stallMs?: number }
  /** Rows that a server sends to who connects. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** Rows of the process's standard input. */
  | { readonly kind: 'stdin' }
  /** Rows of a pipe or device; a file works too, but as a pool it could be replayed at any rate. */
  | { readonly kind: 'file'; readonly path: string }
  /** Rows of the files of a directory, or of one file, and what is added to them. Has no end. */
  | { readonly kind: 'folder'; readonly path: string }

/** Where each part of an input goes on: by its address, or by the names of its files. Plain data. */
export type InputPosition = Readonly<Record<string, InputPlace>>

export interface InputPlace extends CutterStart {
  /** What a server said of the content that its bytes are of. */
  readonly version?: Readonly<Record<string, string>> | undefined
}

/**
 * As much as a run takes of a live input, `ARRIVED_RECORD_BYTES` for each record included. All of it is in memory when it is judged, as it
 * came and as it was dealt to partitions; offsets have 32 bits.
 */
export const ARRIVED_BYTES_MAX = 2 ** 30

/** What a record counts beside its text and its line feed: where it lies, and when it came, both twice. */
export const ARRIVED_RECORD_BYTES = 24

/**
 * How long what had come was kept waiting for room in the run, without a stamp: no latency has it in it.
 *
 * From an arrival to when its last record had room, summed over arrivals, of which there is one at a time. A record that waited in its
 * sender meanwhile may have waited through many of them, so a latency leaves out up to the sum.
 */
export interface HeldBack {
  readonly heldBackNs: Nanos
  /** The longest that one arrival waited. */
  readonly heldBackNsMax: Nanos
}

/** All that arrived, in order of arrival. */
export interface ArrivedInput extends HeldBack {
  readonly records: PoolBytes
  /** `dueAt[i]` of record i, ascending; the run's input is those due before `duration`. */
  readonly dueAt: Float64Array
  /** Where the run ended: the first end of all periods after the last record. */
  readonly duration: Nanos
  readonly linesNotUtf8: number
  /** Rows that arrived and are no records. */
  readonly malformed: MalformedRows
  /** Connections after the first one. */
  readonly resumes: number
  /** Closed by its source, since as much had arrived as a run takes. */
  readonly isFull: boolean
  /** Behind the last record of the run's input. Empty where nothing can be asked for again. */
  readonly position: InputPosition
}

/** The due sequence of an input that has arrived. Costs of `dueBefore`: O(log records). */
export function arrivedSchedule(
  { dueAt }: Pick<ArrivedInput, 'dueAt'>,
  partitions: number,
): Pick<InputLog, 'partitions' | 'dueBefore' | 'dueOf'> {
  const countOf = (all: number, partition: PartitionId): number =>
    Math.max(0, Math.ceil((all - partition) / partitions))
  return {
    partitions,
    dueBefore(partition, instant) {
      let low = 0
      let high = dueAt.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (dueAt[middle]! < instant) low = middle + 1
        else high = middle
      }
      return countOf(low, partition)
    },
    dueOf: (partition, index) => dueAt[index * partitions + partition]!,
  }
}
