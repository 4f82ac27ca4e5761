/** Plans of a user's own, for tests of `--plan`: some that are right, and what is none. */
import { sum, withOne, words } from '../../engines/core/plan/functions.ts'
import { readStatic } from '../../engines/core/plan/static-stream.ts'
import { type EventStream, readStream, type Stream } from '../../engines/core/plan/stream.ts'

interface Parameters {
  readonly interval?: string
  /** Of words, which are longer than so many letters. */
  readonly longer?: string
  /** A file that says in which section a page is. */
  readonly sections?: string
}

const lines = ({ interval = '200ms' }: Parameters): EventStream<string> =>
  readStream<string>('input:lines', interval)

export function counts(parameters: Parameters): Stream {
  const { longer = '0' } = parameters
  return lines(parameters)
    .flatMap(words)
    .filter((word) => word.length > Number(longer))
    .map(withOne<string>)
    .runningReduce(sum)
    .collect('counts')
}

/** Views a section, of pages that have one. */
export function sections({ interval = '200ms', sections: file = '' }: Parameters): Stream {
  const known = readStatic<{ readonly url: string; readonly section: string }>(`file:${file}`)
    .map(({ url, section }) => [url, section])
    .static('sections')
  return readStream<{ readonly url: string }>('input:views.jsonl', interval)
    .map(({ url }) => [url, 1])
    .join(known)
    .map(([, [one, section]]) => [section, one])
    .runningReduce((a, b) => a + b)
    .collect('views')
}

/** Three rounds for each first letter. */
export function looping(parameters: Parameters): Stream {
  return lines(parameters)
    .map((line): [string, number] => [line.slice(0, 1), 3])
    .iterate((rounds) => {
      const next = rounds
        .reduceByKey((a, b) => Math.min(a, b))
        .map(([letter, left]): [string, number] => [letter, left - 1])
        .filter(([, left]) => left > 0)
      return { next, result: next }
    })
}

export const pairs = ({ interval = '200ms' }: Parameters): Stream =>
  readStream<[number, number]>('input:pairs', interval, { format: 'u32x2' }).map(([, b]) => b)

export const uneven = (parameters: Parameters): Stream => lines(parameters).window('300ms')

/** Whose function begins something that fails when nobody waits for it. */
export const rejecting = (parameters: Parameters): Stream =>
  lines(parameters).map((line): [string, number] => {
    if (line.length > 0) void Promise.reject(new RangeError('late'))
    return [line, 1]
  })

/** Whose function ends the process that calls it. */
export const exiting = (parameters: Parameters): Stream =>
  lines(parameters).map((): [string, number] => process.exit(7))

/** Whose function never returns when it comes to its 100th record. */
export function endless(parameters: Parameters): Stream {
  let records = 0
  return lines(parameters).map((line): [string, number] => {
    records += 1
    while (records === 100 && line !== '') if (line === 'never') break
    return [line, 1]
  })
}

/** The same, of a function that is in the midst of what it returns. */
export function endlessly(parameters: Parameters): Stream {
  return lines(parameters).flatMap(function* (line) {
    while (line !== '') if (line === 'never') yield line
  })
}

export const noFunction = 3

export const noPlan = (): string => 'a text'

export const throwing = (): never => {
  throw new Error('nothing to make of it')
}
