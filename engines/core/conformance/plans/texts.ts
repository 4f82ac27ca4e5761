/** Plans of texts that are not UTF-8, or halves of characters: what a text is are its bytes, in every place where texts meet. */
import { contains, lowerCase, prefix, sum, withOne, words } from '../../plan/functions.ts'
import type { NamedPlan } from '../../plan/plan.ts'
import { readStatic } from '../../plan/static-stream.ts'
import { type Described, type EventStream, readStream, type Stream } from '../../plan/stream.ts'

type Lines = EventStream<string>
type Length = (intervals: number) => string

/** One word in Latin-1 and in UTF-8, with the character that stands for what cannot be decoded, and bytes by themselves. */
export const TORN_LINES: readonly string[] = [
  'café caf\udce9 caf\ufffd',
  'caf\udce9 \udcff \udcfe',
  'CAF\udcc9 café',
  '',
  '\u0080 \udc80',
  // The halves of a character, and its bytes one by one; and what begins like the name of an object.
  '😀😁 \ud83d \ude00 \udced\udca0\udcbd',
  'Āa \udcc4\udc80a',
]

/** Each is in the input, too, and most of what is in the input is not here. */
export const TORN_STATICS = { 'input:torn': ['caf\udce9 latin', '\udc80 byte', '\ud83d half'] }

const ones = (lines: Lines) => lines.flatMap(words).map(withOne<string>)
const byLength = (lines: Lines) =>
  lines.flatMap(words).map((word): [number, string] => [word.length % 3, word])

const TEXTS = {
  'keys of a table': (lines) => ones(lines).runningReduce(sum),
  'keys of a table, plain': (lines) => ones(lines).runningReduce((a, b) => a + b),
  'keys that are cut by bytes': (lines) =>
    lines
      .flatMap(words)
      .map(lowerCase)
      .map(prefix(4))
      .map(withOne<string>)
      .runningReduce(sum),
  'keys that are cut by characters': (lines) =>
    lines
      .flatMap((line) => Array.from({ length: line.length }, (_, at) => line.slice(at, at + 1)))
      .map(withOne<string>)
      .runningReduce(sum),
  'keys in lists and objects': (lines) =>
    lines
      .flatMap(words)
      .map((word): [unknown, number] => [[word, { [word]: 1 }], 1])
      .runningReduce((a, b) => a + b),
  'a pattern of bytes': (lines) => lines.flatMap(words).filter(contains('\udce9')),
  'values that change': (lines) =>
    lines
      .map((line): [string, string] => ['last', line])
      .track(
        (_, line) => line,
        (_, __, line) => line,
      ),
  'values of windows': (lines, length) =>
    byLength(lines).reduceByWindow(length(2), (a, b) => (a < b ? b : a), { slide: length(1) }),
  'the greatest': (lines) =>
    byLength(lines)
      .runningReduce((a, b) => (a < b ? b : a))
      .topK(2),
  'values in order': (lines) => byLength(lines).groupByKey(),
  distinct: (lines) => lines.flatMap(words).distinct(),
  join: (lines) => ones(lines).join(ones(lines.map(lowerCase))),
  'a table joined with events': (lines) =>
    ones(lines).runningReduce(sum).join(ones(lines).distinct().reduceByKey(sum)),
  'a join with static data': (lines) => {
    const torn = readStatic<string>('input:torn').map((line) => line.split(' ') as [string, string])
    return ones(lines).join(torn.static('torn'))
  },
} satisfies Record<string, (lines: Lines, length: Length) => Stream>

export type TextsName = keyof typeof TEXTS
export const TEXTS_NAMES = Object.keys(TEXTS) as readonly TextsName[]

interface PlanParameters {
  readonly name: TextsName
  readonly intervalMs: number
}

/** What a process imports and calls. */
export function plan({ name, intervalMs }: PlanParameters): Described {
  const lines = readStream<string>('input:lines', `${intervalMs}ms`)
  return TEXTS[name](lines, (intervals) => `${intervals * intervalMs}ms`)
}

export function textsPlan(name: TextsName, intervalMs: number): NamedPlan {
  const module = 'engines/core/conformance/plans/texts.ts'
  return { module, export: 'plan', parameters: { name, intervalMs } }
}
