/** Plans of what brings together the records of a key: `groupByKey`, `cogroup`, `join` of events, `distinct`. */
import { contains, sum, withOne, words } from '../../plan/functions.ts'
import type { EventStream, Stream } from '../../plan/stream.ts'

type Lines = EventStream<string>
type Length = (intervals: number) => string

/** Few keys, and few lines of each: a join has as many records as there are pairs of lines. */
const byFirst = (lines: Lines) =>
  lines.map((line): [string, number] => [line.slice(0, 1), line.length])
const rivers = (lines: Lines) => byFirst(lines.filter(contains('river')))
const bridges = (lines: Lines) => byFirst(lines.filter(contains('bridge')))

export const JOINS = {
  groupByKey: (lines) => byFirst(lines).groupByKey(),
  'groupByKey of windows': (lines, length) =>
    byFirst(lines).window(length(3), length(2)).groupByKey(),
  'groupByKey, then reduced': (lines) =>
    lines
      .flatMap(words)
      .map((word): [number, string] => [word.length, word])
      .groupByKey()
      .map(([length, found]): [string, number] => [found[0]!, length])
      .runningReduce(sum),
  cogroup: (lines) => rivers(lines).cogroup(bridges(lines)),
  join: (lines) => rivers(lines).join(bridges(lines)),
  'a join with a side that is empty': (lines) =>
    rivers(lines).join(bridges(lines.filter(() => false))),
  'a join with itself': (lines) => {
    const found = bridges(lines)
    return found.join(found)
  },
  'a join of windows': (lines, length) =>
    rivers(lines)
      .window(length(2), length(2))
      .join(bridges(lines).window(length(4), length(2))),
  'a join of a stream and its reduce': (lines) =>
    byFirst(lines).join(byFirst(lines).reduceByKey(sum)),
  'a join that is joined': (lines) => {
    const counts = lines
      .flatMap(words)
      .map(withOne<string>)
      .reduceByKey(sum)
    const lengths = lines.map((line): [string, number] => [line.slice(0, 3), line.length])
    return lengths.join(counts).join(counts)
  },
  distinct: (lines) => lines.flatMap(words).distinct(),
  'distinct pairs, counted': (lines) =>
    byFirst(lines)
      .distinct()
      .map(([first]): [string, number] => [first, 1])
      .runningReduce(sum),
  'distinct of windows': (lines, length) => byFirst(lines).window(length(3), length(1)).distinct(),
  stamp: (lines, length) => lines.window(length(2), length(2)).stamp(),
  transform: (lines) => lines.transform(bridges).groupByKey(),
} satisfies Record<string, (lines: Lines, length: Length) => Stream>
