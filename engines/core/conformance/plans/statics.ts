/** Plans of streams that are joined with static data, which is computed by each word that it may go through. */
import { sum, withOne, words } from '../../plan/functions.ts'
import { readStatic } from '../../plan/static-stream.ts'
import type { EventStream, Stream } from '../../plan/stream.ts'

type Lines = EventStream<string>
type Length = (intervals: number) => string

/** `river water` and its like (`scenario.ts`): words, some of them twice and with two kinds. */
export const kinds = () =>
  readStatic<string>('input:kinds').map((line): [string, string] => {
    const [word, kind] = line.split(' ')
    return [word!, kind!]
  })

const ones = (lines: Lines) => lines.flatMap(words).map(withOne<string>)

export const STATICS = {
  'a join with static data': (lines) => ones(lines).join(kinds().static('kinds')),
  'a join with static data, reduced': (lines) =>
    ones(lines)
      .join(kinds().distinct().static('distinct kinds'))
      .map(([, [count, kind]]): [string, number] => [kind, count])
      .runningReduce(sum),
  'static data that is reduced and grouped': (lines) => {
    const letters = readStatic<string>('input:kinds')
      .flatMap((line) => line.split(' '))
      .filter((word) => word.length > 1)
      .map((word): [string, number] => [word.slice(0, 1), word.length])
    const first = ones(lines).map(([word, count]): [string, number] => [word.slice(0, 1), count])
    return [
      first.join(letters.reduceByKey(sum).static('lengths')).collect('with their length'),
      first.join(letters.groupByKey().static('letters')).collect('with all lengths'),
    ]
  },
  'static data of two streams': (lines) => {
    const named = kinds()
    const swapped = named.map(([word, kind]): [string, string] => [kind, word])
    return ones(lines).join(named.union(swapped).static('both ways'))
  },
  'static data that is empty': (lines) =>
    ones(lines).join(
      kinds()
        .filter(() => false)
        .static('no kinds'),
    ),
  'static data by keys that are no text': (lines) => {
    const byLength = kinds().keyBy(([word]) => [word.length, { word: word.slice(0, 1) }])
    return lines
      .flatMap(words)
      .keyBy((word) => [word.length, { word: word.slice(0, 1) }])
      .join(byLength.static('by length'))
  },
  'windows joined with static data': (lines, length) =>
    ones(lines).window(length(2), length(2)).join(kinds().static('kinds of windows')),
  'the changes of a table joined with static data': (lines) => {
    const shared = kinds().static('shared kinds')
    const counts = ones(lines).runningReduce(sum)
    return [
      counts.changes().join(shared).collect('changes'),
      ones(lines).join(shared).collect('words'),
    ]
  },
} satisfies Record<string, (lines: Lines, length: Length) => Stream | readonly Stream[]>
