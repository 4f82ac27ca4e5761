/** Plans that are asked while they run: tables of every kind, and one that nothing but a query reads. */
import { difference, sum, withOne, words } from '../../plan/functions.ts'
import type { NamedPlan } from '../../plan/plan.ts'
import { readStream, type Stream } from '../../plan/stream.ts'

export const QUERIED = ['counts', 'windows', 're-added', 'top', 'tracked', 'asked'] as const

export function queriedPlan(intervalMs: number): NamedPlan {
  return {
    module: 'engines/core/conformance/plans/queries.ts',
    export: 'queried',
    parameters: { intervalMs },
  }
}

export function queried({ intervalMs }: { readonly intervalMs: number }): readonly Stream[] {
  const length = (intervals: number): string => `${intervals * intervalMs}ms`
  const ones = readStream<string>('input:lines', length(1))
    .flatMap(words)
    .map(withOne<string>)
  const counts = ones.runningReduce(sum).collect('counts')
  const tracked = ones.track(
    (_word, count) => count,
    (_word, total, count) => (total % 7 === 0 ? null : total + count),
    length(2),
  )
  return [
    counts,
    ones.reduceByWindow(length(2), sum, difference).collect('windows'),
    ones.reduceByWindow(length(2), sum, { slide: length(2) }).collect('re-added'),
    counts.topK(3).collect('top'),
    tracked.collect('tracked'),
    ones
      .map(([word, one]): [number, number] => [word.length, one])
      .runningReduce(sum)
      .query('asked'),
  ]
}
