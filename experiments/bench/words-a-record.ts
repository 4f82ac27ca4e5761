/** Mean words of a record of an input: text with more words a record is more work a record. Counted once an input. */
import { makeInput } from '../../workloads/input/input.ts'
import type { InputSpec, TrialSpec } from '../runner/trial-spec.ts'

export class WordsARecord {
  readonly #known = new Map<string, number>()

  /** Undefined where records are not counted by words. */
  of({ workload, input }: Pick<TrialSpec, 'workload' | 'input'>): number | undefined {
    if (workload !== 'word-count') return undefined
    const key = JSON.stringify(input)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const words = count(input)
    this.#known.set(key, words)
    return words
  }
}

function count(input: InputSpec): number {
  const { bytes, offsets } = makeInput(input.kind, input)
  let words = 0
  let inWord = false
  for (const byte of bytes) {
    const isSpace = byte === 0x20 || (byte >= 9 && byte <= 13)
    if (!isSpace && !inWord) words += 1
    inWord = !isSpace
  }
  return words / (offsets.length - 1)
}
