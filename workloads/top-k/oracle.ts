/** What TopK must put out, on partition 0. */
import type { Oracle } from '../oracle.ts'
import { nanosOf, windowTopOracle } from '../oracle-folds.ts'
import { wordsOf } from '../oracle-keys.ts'

export interface TopKParameters {
  readonly length: string
  readonly slide: string
  readonly k: number
}

export function topKOracle({ length, slide, k }: TopKParameters): Oracle {
  return windowTopOracle(wordsOf, { length: nanosOf(length), slide: nanosOf(slide) }, k)
}
