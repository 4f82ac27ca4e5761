/** Plans for tests of naming and hashing: written with types, comments and imports that a bundler prints anew. */
import { contains, sum, words } from './functions.ts'
import { type EventStream, readStream, type Stream } from './stream.ts'

interface Parameters {
  readonly least: number
}

const separator = /\s+/

/** Counts words that are long enough. */
export function longWords(parameters: Parameters): Stream {
  const lines: EventStream<string> = readStream<string>('file:lines.txt', '1s')
  return lines
    .filter(contains('e'))
    .flatMap((line: string): string[] => {
      // A comment with a 'quote' in it, and a // second one.
      const found = line.split(separator) as string[]
      const single = found.filter((word) => words(word).length === 1)
      return single.filter((word) => word.length >= parameters.least && word !== "it's")
    })
    .map((word) => [word, { count: 1_000, text: `a ${word}` }] as const)
    .map(([word, { count }]) => [word, count])
    .runningReduce(sum)
}

export function shortWords(): Stream {
  return readStream<string>('file:lines.txt', '1s').flatMap(words)
}

export const notAPlan = 3
export const alsoNot = () => 'text'
