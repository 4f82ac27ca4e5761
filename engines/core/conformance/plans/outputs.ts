/** Plans whose outputs do more than commit. */
import { sum, withOne, words } from '../../plan/functions.ts'
import type { NamedPlan } from '../../plan/plan.ts'
import { type BatchRows, type EventStream, readStream, type Stream } from '../../plan/stream.ts'
import type { TickEnd } from '../../units.ts'

type Lines = EventStream<string>
type Length = (intervals: number) => string

/** What functions were called with, where a run is in the process of its test. */
export const CALLS: { readonly rows: BatchRows; readonly tick: TickEnd }[] = []

const counts = (lines: Lines) =>
  lines
    .flatMap(words)
    .map(withOne<string>)
    .runningReduce(sum)

export const OUTPUTS = {
  'an output that is saved': (lines) => counts(lines).save('counts/by word'),
  'outputs that are saved and committed': (lines, length) => {
    const counted = counts(lines).save('all').collect('counts')
    return [counted.topK(2).save('top'), lines.window(length(2), length(1)).save('lines')]
  },
  'an output that calls a function': (lines) =>
    counts(lines).foreachBatch((rows, tick) => {
      CALLS.push({ rows, tick })
    }),
} satisfies Record<string, (lines: Lines, length: Length) => Stream | readonly Stream[]>

/** Calls a function that throws in the tick that ends at 1 s. */
export const THROWING: NamedPlan = {
  module: 'engines/core/conformance/plans/outputs.ts',
  export: 'throwing',
  parameters: {},
}

export function throwing(): Stream {
  return counts(readStream<string>('input:lines', '200ms')).foreachBatch((_rows, tick) => {
    if (tick === 1_000_000_000) throw new Error('no')
  })
}
