/**
 * The closed list of functions that carry a kernel.
 *
 * Each is an ordinary function: what it returns for plain text *defines* the operation. `.kernel` names the loop over
 * bytes that does the same on columns; lowering reads nothing but that name (DESIGN §5). Text comes from `decodeText`,
 * so bytes that are not UTF-8 are escaped, and `bytes` always counts the record's own bytes.
 *
 * Kernels have unsigned 32-bit integers where plain functions have any number, and would take -1 for 4294967295. So an argument
 * that is none is refused here, when the plan is made, with a `ConfigurationError`; nothing looks at it again.
 */
import { decodeText, encodeText } from '../columns/value-codec.ts'
import { ConfigurationError } from '../errors.ts'
import type { KernelCall } from './plan.ts'

type WithKernel<F> = F & { readonly kernel: KernelCall }

export function withKernel<F extends object>(f: F, kernel: KernelCall): WithKernel<F> {
  return Object.assign(f, { kernel })
}

const WHOLE_BYTES = 'Give a whole number of bytes'

function checkedU32(asked: string, value: number, remedy: string): void {
  if (value >>> 0 === value) return
  throw new ConfigurationError({
    asked,
    found: `the ${typeof value} ${String(value)}`,
    rule: 'a kernel counts in unsigned 32-bit integers, from 0 to 4294967295',
    remedy,
  })
}

/** For `flatMap`: the words of a line, split at ASCII whitespace (bytes 0x09 to 0x0d, 0x20). No word is empty. */
export const words = withKernel(
  (text: string): string[] => {
    const found: string[] = []
    let start = 0
    const length = text.length
    for (let at = 0; at < length; at++) {
      const unit = text.charCodeAt(at)
      if (unit === 0x20 || (unit <= 0x0d && unit >= 0x09)) {
        if (at > start) found.push(text.slice(start, at))
        start = at + 1
      }
    }
    if (length > start) found.push(start === 0 ? text : text.slice(start))
    return found
  },
  { name: 'words' },
)

/** For `filter`: the records in which the bytes of `text` occur. */
export function contains(text: string): WithKernel<(record: string) => boolean> {
  const kernel: KernelCall = { name: 'contains', text }
  if (text.isWellFormed()) return withKernel((record: string) => record.includes(text), kernel)
  // An escaped byte may lie inside a character of the record, where `includes` does not look.
  const bytes = Buffer.from(encodeText(text))
  return withKernel((record: string) => Buffer.from(encodeText(record)).includes(bytes), kernel)
}

/** For `filter`: the records of more than `bytes` bytes. */
export function longerThan(bytes: number): WithKernel<(record: string) => boolean> {
  checkedU32(`longerThan(${bytes})`, bytes, WHOLE_BYTES)
  return withKernel(
    (record: string) => {
      // A UTF-16 unit takes between one and three bytes.
      if (record.length > bytes) return true
      return record.length * 3 > bytes && encodeText(record).length > bytes
    },
    { name: 'longer-than', bytes },
  )
}

/** For `map`: the first `bytes` bytes of a record. A character that is cut leaves escaped bytes. */
export function prefix(bytes: number): WithKernel<(record: string) => string> {
  checkedU32(`prefix(${bytes})`, bytes, WHOLE_BYTES)
  return withKernel(
    (record: string) => {
      const end = Math.min(bytes, record.length)
      for (let at = 0; at < end; at++) {
        if (record.charCodeAt(at) >= 0x80) return decodeText(encodeText(record).subarray(0, bytes))
      }
      return record.length > bytes ? record.slice(0, bytes) : record
    },
    { name: 'prefix', bytes },
  )
}

/** For `map`: A to Z become a to z; every other character stays, whatever its alphabet. */
export const lowerCase = withKernel(
  (record: string): string =>
    /[A-Z]/.test(record) ? record.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase()) : record,
  { name: 'lower-case' },
)

/** For `filter` of pairs of integers: those whose first (place 0) or second (place 1) number is `value`. */
export function whereEquals(
  place: 0 | 1,
  value: number,
): WithKernel<(pair: readonly [number, number]) => boolean> {
  const asked = `whereEquals(${place}, ${value})`
  const written = `Write it out, which no kernel runs: filter((pair) => pair[${place}] === ${value})`
  checkedU32(asked, value, written)
  if (place !== 0 && place !== 1) throw noPlace(asked, place)
  const kernel: KernelCall = { name: 'where-equals', place, value }
  return withKernel((pair: readonly [number, number]) => pair[place] === value, kernel)
}

function noPlace(asked: string, place: never): ConfigurationError {
  return new ConfigurationError({
    asked,
    found: `the place ${String(place)}`,
    rule: 'a pair of numbers has the places 0 and 1',
    remedy: 'Name one of them',
  })
}

/** One type with a call in it: of an intersection, `map` would not infer the record's type. */
interface WithOne {
  <W>(record: W): [W, number]
  readonly kernel: KernelCall
}

/** For `map`: a record becomes the pair (record, 1), ready to be counted. */
export const withOne: WithOne = withKernel(<W>(record: W): [W, number] => [record, 1], {
  name: 'with-one',
})

/** For reduces: associative and commutative on integers, which is all that a kernel adds up. */
export const sum = withKernel((a: number, b: number): number => a + b, { name: 'sum' })

/** For reduces: the lesser of two numbers. */
export const min = withKernel((a: number, b: number): number => (b < a ? b : a), { name: 'min' })

/** For reduces: the greater of two numbers. */
export const max = withKernel((a: number, b: number): number => (b > a ? b : a), { name: 'max' })

/** The inverse of `sum`. */
export const difference = withKernel((a: number, b: number): number => a - b, {
  name: 'difference',
})

/** A pair of numbers, as sources of pairs give them. */
type NumberPair = readonly [first: number, second: number]

/** For `flatMap`: a pair as it is, and turned around, as an edge leads both ways. */
export const bothWays = withKernel(
  ([first, second]: NumberPair): [number, number][] => [
    [first, second],
    [second, first],
  ],
  { name: 'both-ways' },
)

/** For `map`: the first number of a pair, and the lesser of both. */
export const withLesser = withKernel(
  ([first, second]: NumberPair): [number, number] => [first, Math.min(first, second)],
  { name: 'with-lesser' },
)

/** One type with a call in it, as of `withOne`. */
interface EventAndRow {
  <K, R, E>(joined: readonly [key: K, both: readonly [row: R, event: E]]): [E, R]
  readonly kernel: KernelCall
}

/** For `map` behind the join of a table: the event becomes the key, and the row its value. */
export const eventAndRow: EventAndRow = withKernel(
  <K, R, E>([, [row, event]]: readonly [K, readonly [R, E]]): [E, R] => [event, row],
  { name: 'event-and-row' },
)
