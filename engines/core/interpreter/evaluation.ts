/**
 * Words wired to each other, evaluated one moment after the other: a moment is a tick, or in a loop a round.
 *
 * Each word is called at the ends of its period, with what its inputs have put out since the last one.
 */
import type { NodeId } from '../plan/plan.ts'
import type { TickEnd } from '../units.ts'
import { emits, type Period } from './periods.ts'
import type { Records, Word } from './word.ts'

/** A node of the plan at its place. */
export interface Step {
  readonly id: NodeId
  readonly inputs: readonly NodeId[]
  readonly word: Word
  /** When the word is called; when that is every moment, `'tick'`. */
  readonly period: Period
}

export type PutOut = ReadonlyMap<NodeId, Records>

export class Evaluation {
  readonly #steps: readonly Step[]
  /** By step and input: what has come since the word was last called, piece by piece. */
  readonly #came: Records[][][]

  /** A step comes after those that it reads. */
  constructor(steps: readonly Step[]) {
    this.#steps = steps
    this.#came = steps.map(({ inputs }) => inputs.map(() => []))
  }

  /**
   * The next moment: what each node puts out in it. Nodes that are not there put out nothing.
   *
   * `entering` is what nodes outside put out that are read here. `end` is that of the tick, also for the rounds in it.
   */
  evaluate(entering: PutOut, end: TickEnd): PutOut {
    const putOut = new Map(entering)
    this.#steps.forEach(({ id, inputs, word, period }, index) => {
      const came = this.#came[index]!
      inputs.forEach((input, place) => {
        const records = putOut.get(input) ?? []
        if (records.length > 0) came[place]!.push(records)
      })
      if (!emits(period, end)) return
      const arrived = came.map((pieces) => (pieces.length === 1 ? pieces[0]! : pieces.flat()))
      this.#came[index] = inputs.map(() => [])
      putOut.set(id, word(arrived, end))
    })
    return putOut
  }
}
