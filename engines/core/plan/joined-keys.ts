/**
 * The keys of a join's two sides, as far as they tell that the sides can never meet: text on the left and numbers on the
 * right. Types say so before (`stream.ts`), but not of what is read as `any`.
 *
 * Where enough keys of both sides have come it is refused. Of fewer keys, or where a process sees one side only, the history tells
 * which types have come, and with the run's end what never met is known (`metrics/join-keys.ts`).
 *
 * One for each join and dataflow. Costs a look at the type of each key until one has come to both sides, and nothing then.
 */
import { UserFunctionError } from '../errors.ts'
import type { HistoryLog } from '../metrics/history.ts'
import { type JoinSide, tellJoinKey } from '../metrics/join-keys.ts'
import { shownRecord } from '../operators/user-function.ts'
import type { Rewriting } from './core-plan.ts'

/** Keys of each side that must have been seen. */
const KEYS_MIN = 64

interface Side {
  readonly name: JoinSide
  keys: number
  /** By type, its first key. */
  readonly types: Map<string, unknown>
}

type Told = Pick<HistoryLog, 'append'>

export class JoinedKeys {
  readonly #of: Pick<Rewriting, 'node' | 'word'>
  readonly #left: Side = { name: 'left', keys: 0, types: new Map() }
  readonly #right: Side = { name: 'right', keys: 0, types: new Map() }
  /** Whether a type has come to both sides. */
  #haveMet = false
  #history: Told | undefined

  constructor(of: Pick<Rewriting, 'node' | 'word'>) {
    this.#of = of
  }

  /** Types that come are told there. Processes that share a dataflow tell in one place: the first one's. */
  tellTo(history: Told): void {
    this.#history ??= history
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
    side.keys += 1
    const { node, word } = this.#of
    if (!side.types.has(type)) {
      side.types.set(type, key)
      const shown = shownRecord(key)
      if (this.#history) {
        tellJoinKey(this.#history, { node: node.id, word, side: side.name, type, key: shown })
      }
    }
    this.#haveMet = other.types.has(type)
    if (this.#haveMet || side.keys < KEYS_MIN || other.keys < KEYS_MIN) return
    const [left, right] = [this.#left, this.#right]
    throw new UserFunctionError(
      {
        asked: `${word} (node ${node.id})`,
        found: `keys like ${shownSide(left)} on the left and ${shownSide(right)} on the right, none equal in ${KEYS_MIN} of each`,
        rule: 'A join matches equal keys',
        remedy: 'Convert one side with map',
      },
      { node: node.id, left: exampleOf(left), right: exampleOf(right) },
    )
  }
}

/** Functions that hand keys to `keys`: who lowers them says where it tells (`PlanFunction.joins`). */
export function joining<F extends object>(
  f: F,
  keys: JoinedKeys,
): F & { readonly joins: JoinedKeys } {
  return Object.assign(f, { joins: keys })
}

function exampleOf({ types }: Side): string {
  const [first] = types.values()
  return shownRecord(first)
}

function shownSide(side: Side): string {
  const [type] = side.types.keys()
  return `${exampleOf(side)} (${type})`
}

/** What keys of another type are never equal to. */
function typeOf(key: unknown): string | undefined {
  if (key === undefined || key === null) return undefined
  if (typeof key === 'string') return 'text'
  if (Array.isArray(key)) return 'array'
  return typeof key
}
