/** What goes wrong with a function that the user gave: it is reported with record, operator and logical time. */
import { UnencodableError } from '../columns/value-codec.ts'
import { UserFunctionError } from '../errors.ts'
import { formatDuration, instantText } from '../plan/duration.ts'
import type { LogicalContext } from './lowered.ts'

const RECORD_CHARACTERS_MAX = 80

/** Which operator calls the function, as messages name it. */
export interface CallingOperator {
  readonly kind: string
  readonly id: number
}

/** A record for a message: shortened, and never the cause of another error. */
export function shownRecord(record: unknown): string {
  let text: string
  try {
    if (typeof record === 'string') text = `'${record}'`
    else if (typeof record !== 'object') text = String(record)
    else if (record instanceof Promise) text = 'a promise'
    else text = JSON.stringify(record, partShower()) ?? classOf(record)
  } catch {
    text = classOf(record)
  }
  if (text.length <= RECORD_CHARACTERS_MAX) return text
  return `${text.slice(0, RECORD_CHARACTERS_MAX - 1)}…`
}

const classOf = (record: unknown): string => Object.prototype.toString.call(record)

/** A replacer that names what JSON refuses or leaves out. */
function partShower(): (this: unknown, name: string, part: unknown) => unknown {
  const holders: unknown[] = []
  return function (_name, part) {
    if (typeof part === 'bigint') return String(part)
    if (typeof part === 'function' || typeof part === 'symbol') return `[${typeof part}]`
    if (typeof part !== 'object' || part === null) return part
    if (part instanceof Promise) return '[promise]'
    // `this` holds the part: what was shown before it is over.
    while (holders.length > 0 && holders.at(-1) !== this) holders.pop()
    if (holders.includes(part)) return '[itself]'
    holders.push(part)
    return part
  }
}

/** The errors of one operator's functions. */
export class OperatorErrors {
  readonly #operator: CallingOperator
  readonly #context: LogicalContext

  constructor(operator: CallingOperator, context: LogicalContext) {
    this.#operator = operator
    this.#context = context
  }

  /** The function threw `cause` on a record. */
  threw(cause: unknown, record: unknown): UserFunctionError {
    // What a word of the language finds wrong with its input says already whose it is.
    if (cause instanceof UserFunctionError) return cause
    const shown = shownRecord(record)
    return this.#thrown(cause, `of the record ${shown}`, { record: shown })
  }

  /** A reduce or its inverse threw `cause` on two values of a key. */
  reduceThrew(
    cause: unknown,
    key: unknown,
    values: readonly [unknown, unknown],
  ): UserFunctionError {
    // That it breaks a law (`reduce-laws.ts`) says already whose it is.
    if (cause instanceof UserFunctionError) return cause
    const shown = { key: shownRecord(key), values: values.map(shownRecord) }
    const of = `of the key ${shown.key} and its values ${shown.values.join(' and ')}`
    return this.#thrown(cause, of, shown)
  }

  /** A reduce breaks a law (`reduce-laws.ts`) on these values. */
  dependsOnOrder(found: string, values: readonly unknown[]): UserFunctionError {
    return new UserFunctionError(
      {
        asked: this.#asked(),
        found: `its function depends on the order of records: ${found}`,
        rule: 'a reduce (⊕) is associative and commutative and its inverse (⊖) undoes it, to the last bit, since scheduling and faults change the order',
        remedy:
          'Sum integers, like cents (fractions and integers beyond 2^53 are rounded), or take a reduce that no order changes',
      },
      this.#found({ record: shownRecord(values) }),
    )
  }

  /** A row of a table has no value: a function has returned nothing. */
  nothing(key: unknown): UserFunctionError {
    const shown = shownRecord(key)
    return new UserFunctionError(
      {
        asked: this.#asked(`of the key ${shown}`),
        found: 'its value is undefined',
        rule: 'in a table, undefined says that a key has left',
        remedy: 'Return a value from the function and from what makes its records; null is one',
      },
      this.#found({ key: shown }),
    )
  }

  /** A keyed operator was given a record that is no pair: what comes before it made it. */
  noPair(record: unknown): UserFunctionError {
    const shown = shownRecord(record)
    const isPromise = record instanceof Promise
    return new UserFunctionError(
      {
        asked: this.#asked(),
        found: `the record ${shown}`,
        rule: isPromise
          ? 'keyed operators take records that are [key, value] pairs, and an async function returns a promise of one'
          : 'keyed operators take records that are [key, value] pairs',
        remedy: isPromise
          ? 'Compute what it waits for without waiting, or before the run'
          : 'Make pairs before it, with map or keyBy',
      },
      this.#found({ record: shown }),
    )
  }

  /** What to throw for `cause`, caught where what the function made is encoded: a value that cannot be is the function's. */
  encoding(cause: unknown): unknown {
    if (!(cause instanceof UnencodableError)) return cause
    const record = shownRecord(cause.value)
    const asked = this.#asked(`with ${record} as a record, key or value`)
    return new UserFunctionError({ ...cause.parts, asked }, this.#found({ record }), cause)
  }

  #thrown(cause: unknown, of: string, shown: Readonly<Record<string, unknown>>): UserFunctionError {
    return new UserFunctionError(
      {
        asked: this.#asked(of),
        found: `its function threw ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`,
        rule: 'a function of a plan returns a value for every record that reaches it',
        remedy: 'Handle the record in the function, or filter it out before',
      },
      this.#found(shown),
      cause,
    )
  }

  #asked(of = ''): string {
    const { kind, id } = this.#operator
    const what = of === '' ? '' : ` ${of}`
    const { tick, clock, round } = this.#context
    const within = round === undefined ? '' : ` round ${round} of`
    return `${kind} (node ${id})${what} in${within} the tick that ends at ${instantText(tick, clock, formatDuration)}`
  }

  #found(shown: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const { kind, id } = this.#operator
    return { operator: kind, node: id, ...shown, tick: this.#context.tick }
  }
}
