/**
 * The contract between whoever reads an input and whoever knows its format: bytes go in as they come, records come out.
 *
 * A row is what the format separates: a line, a row of CSV, an event. A row that is malformed is no record: it is counted and
 * never seen by a plan (`row-tally.ts`). Each record knows where the input goes on behind it, so that a lost connection or
 * a later run can begin there.
 */

/** As for all inputs, of a record and of the row that it is made from. */
export const ROW_BYTES_MAX = 1_048_576

/** Where an input goes on: at this byte, or behind the event with this id. Undefined where nobody can say. */
export type Mark = number | string | undefined

/** What some bytes completed. */
export interface Cut {
  /** Without line ends; views of the bytes, or of copies. None has a line feed in it. */
  readonly records: readonly Buffer[]
  /** By record: where the input goes on behind it. */
  readonly marks: readonly Mark[]
}

export interface RecordCutter {
  /** Where the input goes on behind all complete rows, malformed ones included. */
  readonly mark: Mark
  /** The names of columns, once they are known: who begins behind them is told them. */
  readonly header: readonly string[] | undefined
  /** The records that these bytes complete. Errors: `InputError` for a row of more than 1 MiB, and for a malformed one if none may be. */
  push(bytes: Buffer): Cut
  /** The input has ended as it should: a last row needs no line feed. */
  end(): Cut
  /** The connection is lost: half a row is forgotten. Returns where to go on. */
  restart(): Mark
}

/** Where a cutter begins: not at the beginning, and then with the header that it would have seen there. */
export interface CutterStart {
  readonly mark: number | string
  readonly header?: readonly string[] | undefined
}
