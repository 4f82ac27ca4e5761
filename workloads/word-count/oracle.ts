/** What WordCount must put out, from the pool's words as byte strings. */
import type { Oracle } from '../oracle.ts'
import { nanosOf, runningCountOracle, windowCountOracle } from '../oracle-folds.ts'
import { type KeysOf, wordsOf } from '../oracle-keys.ts'

export interface WordCountParameters {
  readonly mode: 'running' | 'window' | 'window-inverse'
  readonly length: string
  readonly slide: string
  readonly longerThan: number
  readonly prefix: number
}

export function wordCountOracle(parameters: WordCountParameters): Oracle {
  const { mode, length, slide } = parameters
  const keysOf = keysBy(parameters)
  if (mode === 'running') return runningCountOracle(keysOf)
  return windowCountOracle(keysOf, { length: nanosOf(length), slide: nanosOf(slide) })
}

function keysBy({ longerThan, prefix }: WordCountParameters): KeysOf {
  if (longerThan === 0 && prefix === 0) return wordsOf
  return (record) => {
    const kept = wordsOf(record).filter((word) => longerThan === 0 || word.length > longerThan)
    return prefix === 0 ? kept : kept.map((word) => word.slice(0, prefix))
  }
}
