/**
 * Items that came for one key within one period, in an order that does not depend on how they came: by a number that is
 * asked of them, if any is, then by canonical bytes. Numbers are compared as numbers: bytes of integers do not ascend.
 */
import { type Encoded, encodeCanonical } from '../columns/value-codec.ts'
import type { PlanFunction } from '../plan/plan.ts'
import { compareEncoded, compareValues } from './plain-values.ts'

interface Placed {
  readonly item: unknown
  readonly at: unknown
  encoded: Encoded | undefined
}

/** The items themselves where there is one at most. */
export function sortedItems(items: readonly unknown[], order?: PlanFunction): readonly unknown[] {
  if (items.length < 2) return items
  const placed = items.map(
    (item): Placed => ({ item, at: order === undefined ? 0 : order(item), encoded: undefined }),
  )
  placed.sort((a, b) => compareValues(a.at, b.at) || compareEncoded(encodedOf(a), encodedOf(b)))
  return placed.map(({ item }) => item)
}

/** Items are encoded only where their numbers are equal, and once. */
function encodedOf(placed: Placed): Encoded {
  placed.encoded ??= encodeCanonical(placed.item)
  return placed.encoded
}
