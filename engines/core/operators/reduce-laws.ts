/**
 * The laws that engines rest on, checked on the values that a reduce folds: it is associative and commutative, and a
 * window's inverse undoes it.
 *
 * Both engines fold rows in the order in which they come, which scheduling, placement and faults change. A reduce that
 * depends on it, like a sum of fractions, would give other rows in another run and contradict its own commits after a
 * fault; it is refused with the values that show it. Every fold whose result is a number but no safe integer is checked:
 * there rounding lies in wait. Of all other folds the first of each operator and process and then one of
 * `FOLDS_A_CHECK`, so integers cost a countdown. What it does not see: fractions inside of objects that are too rare to be in a sample.
 *
 * Reduces that desugaring adds are left out (`plan/gathering.ts`): what is made of their result knows no order.
 *
 * Values of one key are never folded with those of another: a function may rely on what is the same for a key. So the
 * three values of associativity are made of the two at hand, or are those of a fold and of the one that goes on from its result:
 * who beats whom in a ring of three shows in no two of them.
 */
import type { PlanFunction } from '../plan/plan.ts'
import { copyOf, identityOf } from '../tables/plain-values.ts'
import { type OperatorErrors, shownRecord } from './user-function.ts'

/** The first folds of an operator, all of them checked. */
const FOLDS_FIRST = 64

/** A check calls the function about nine times, and copies and encodes what is an object. */
const FOLDS_A_CHECK = 256

interface Reduce {
  readonly reduce: PlanFunction
  readonly inverse?: PlanFunction | undefined
}

/** A reduce that is refused when it breaks a law. Errors: `UserFunctionError`; what the function itself throws is passed on. */
export function lawfulReduce(functions: Reduce, errors: OperatorErrors): PlanFunction {
  const { reduce } = functions
  if (reduce.lawful) return reduce
  const check = (a: unknown, b: unknown): void => {
    for (const value of [a, b]) refuseUnencodable(value, errors)
    const found = brokenLaw(functions, a, b)
    if (found === undefined) return
    const values = `a = ${shown(a)} and b = ${shown(b)}`
    throw errors.dependsOnOrder(`with ${values}, ${found}`, [a, b])
  }
  const chained = chainedFolds(reduce, errors)
  let first = FOLDS_FIRST
  let unchecked = 0
  const checkSample = (a: unknown, b: unknown): void => {
    check(a, b)
    if (first > 0) first -= 1
    // Dozens of checks of large values in a row would keep a worker from its heartbeats.
    if (isLarge(a) || isLarge(b)) first = 0
    unchecked = first > 0 ? 0 : FOLDS_A_CHECK - 1
  }
  const checkedFold = (a: unknown, b: unknown): unknown => {
    checkSample(a, b)
    return first > 0 ? chained(a, b) : reduce(a, b)
  }
  // All that a fold of integers passes through: one that fits 31 bits takes no more than a comparison.
  return (a: unknown, b: unknown): unknown => {
    const result = --unchecked < 0 ? checkedFold(a, b) : reduce(a, b)
    if (typeof result === 'number' && (result | 0) !== result && !Number.isSafeInteger(result)) {
      check(a, b)
    }
    return result
  }
}

interface Fold {
  readonly a: unknown
  readonly b: unknown
  /** As it was handed out: who goes on from it hands it in again. */
  readonly result: unknown
}

/** Results to go on from: folds of some keys lie between two of one. */
const CHAINS_MAX = 8

/** The reduce, and whether it is associative on the values of a fold and of one that goes on from it. */
function chainedFolds(reduce: PlanFunction, errors: OperatorErrors): PlanFunction {
  const folds: Fold[] = []
  return (ab: unknown, c: unknown): unknown => {
    const at = folds.findIndex(({ result }) => Object.is(result, ab))
    const [before] = at < 0 ? [] : folds.splice(at, 1)
    const [a, b] = [copyOf(ab), copyOf(c)]
    const found = before && brokenChain(reduce, before, b)
    if (before && found !== undefined) {
      const values = `a = ${shown(before.a)}, b = ${shown(before.b)} and c = ${shown(b)}`
      throw errors.dependsOnOrder(`with ${values}, ${found}`, [before.a, before.b, b])
    }
    const result = reduce(ab, c)
    folds.push({ a, b, result })
    if (folds.length > CHAINS_MAX) folds.shift()
    return result
  }
}

function brokenChain(reduce: PlanFunction, { a, b }: Fold, c: unknown): string | undefined {
  const f = (x: unknown, y: unknown): unknown => reduce(copyOf(x), copyOf(y))
  try {
    const [ab, bc] = [f(a, b), f(b, c)]
    const [late, early] = [f(ab, c), f(a, bc)]
    if (isExact([a, b, c, ab, late]) && !isExact([bc, early])) return undefined
    return difference('(a ⊕ b) ⊕ c', late, 'a ⊕ (b ⊕ c)', early)
  } catch {
    // As below: the plan never asked for these calls.
    return undefined
  }
}

/** What cannot be encoded obeys no law, and is refused as what it is. Errors: `UserFunctionError`. */
function refuseUnencodable(value: unknown, errors: OperatorErrors): void {
  try {
    identityOf(value)
  } catch (cause) {
    throw errors.encoding(cause)
  }
}

/** Encoded characters of a value that is checked by sample alone. */
const LARGE = 1_024

function isLarge(value: unknown): boolean {
  if (typeof value === 'string') return value.length > LARGE
  if (typeof value !== 'object' || value === null) return false
  return String(identityOf(value)).length > LARGE
}

/** What two values show about a reduce that breaks a law, or undefined. The values stay as they are. */
function brokenLaw({ reduce, inverse }: Reduce, a: unknown, b: unknown): string | undefined {
  const f = (x: unknown, y: unknown): unknown => reduce(copyOf(x), copyOf(y))
  try {
    const ab = f(a, b)
    const ba = f(b, a)
    const [aa, bb] = [f(a, a), f(b, b)]
    const grouped = (x: unknown, y: unknown): readonly [unknown, unknown] | undefined =>
      isExact([a, b, ab]) && !isExact([aa, bb, x, y]) ? undefined : [x, y]
    const late = grouped(f(ab, b), f(a, bb))
    const early = grouped(f(ba, a), f(b, aa))
    return (
      difference('a ⊕ b', ab, 'b ⊕ a', ba) ??
      (late && difference('(a ⊕ b) ⊕ b', late[0], 'a ⊕ (b ⊕ b)', late[1])) ??
      (early && difference('(b ⊕ a) ⊕ a', early[0], 'b ⊕ (a ⊕ a)', early[1])) ??
      (inverse && difference('(a ⊕ b) ⊖ b', inverse(copyOf(ab), copyOf(b)), 'a', a))
    )
  } catch {
    // The plan never asked for these calls: what they throw shows nothing. The fold itself reports what it throws.
    return undefined
  }
}

/** Whether no integer among these was rounded. What the fold itself never makes may be beyond 2^53, like the square of a product. */
function isExact(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'number' && Number.isSafeInteger(value))
}

function difference(one: string, x: unknown, other: string, y: unknown): string | undefined {
  if (Object.is(identityOf(x), identityOf(y))) return undefined
  return `${one} is ${shown(x)} and ${other} is ${shown(y)}`
}

/** JSON has no NaN and no infinity. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : shownRecord(value)
}
