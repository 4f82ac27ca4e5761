/**
 * The keys of a join's two sides, as far as they tell that the sides can never meet: text on the left and numbers on the
 * right. Types say so before (`stream.ts`), but not of what is read as `any`.
 *
 * One for each join and process. Costs a look at the type of each key until one has come to both sides, and nothing then.
 */
import { UserFunctionError } from '../errors.ts'
import { shownRecord } from '../operators/user-function.ts'
import type { Rewriting } from './core-plan.ts'

/** Keys of each side that must have been seen. */
const KEYS_MIN = 64

interface Side {
  keys: number
  example: unknown
  readonly types: Set<string>
}

export class JoinedKeys {
  readonly #of: Pick<Rewriting, 'node' | 'word'>
  readonly #left: Side = { keys: 0, example: undefined, types: new Set() }
  readonly #right: Side = { keys: 0, example: undefined, types: new Set() }
  /** Whether a type has come to both sides. */
  #haveMet = false

  constructor(of: Pick<Rewriting, 'node' | 'word'>) {
    this.#of = of
  }

  /** Both return the key. Errors: `UserFunctionError` when keys of both sides have no type in common. */
  left(key: unknown): unknown {
    if (!this.#haveMet) this.#see(this.#left, this.#right, key)
    return key
  }

  right(key: unknown): unknown {
    if (!this.#haveMet) this.#see(this.#right, this.#left, key)
    return key
  }

  #see(side: Side, other: Side, key: unknown): void {
    const type = typeOf(key)
    // Often that of a field which is missing so far.
    if (type === undefined) return
    if (side.keys === 0) side.example = key
    side.keys += 1
    side.types.add(type)
    this.#haveMet = other.types.has(type)
    if (this.#haveMet || side.keys < KEYS_MIN || other.keys < KEYS_MIN) return
    const { node, word } = this.#of
    const [left, right] = [this.#left, this.#right]
    throw new UserFunctionError(
      {
        asked: `${word} (node ${node.id})`,
        found: `keys like ${shownSide(left)} on the left and ${shownSide(right)} on the right, none equal in ${KEYS_MIN} of each`,
        rule: 'A join matches equal keys',
        remedy: 'Convert one side with map',
      },
      { node: node.id, left: shownRecord(left.example), right: shownRecord(right.example) },
    )
  }
}

function shownSide({ example }: Side): string {
  return `${shownRecord(example)} (${typeOf(example)})`
}

/** What keys of another type are never equal to. */
function typeOf(key: unknown): string | undefined {
  if (key === undefined || key === null) return undefined
  if (typeof key === 'string') return 'text'
  if (Array.isArray(key)) return 'array'
  return typeof key
}
