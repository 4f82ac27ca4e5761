/** What a live input brings, whatever it is read from. */
import type { Cut, Mark } from '../../../input/formats/record-cutter.ts'

/** A part of an input: its address, or the name of a file. */
export interface InputPart {
  /** What it is known by while the run lasts, whatever its name. */
  readonly id: string
  readonly name: string
  /** Where it goes on behind what came. */
  readonly mark: Mark
  /** What else who goes on there must know. */
  readonly header: readonly string[] | undefined
  readonly version?: Readonly<Record<string, string>> | undefined
}

/** Records that came together. */
export interface Arrival {
  readonly cut: Cut
  /** Undefined where nothing can be asked for again. */
  readonly part?: InputPart | undefined
}
