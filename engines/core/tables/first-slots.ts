/**
 * The k slots that come first by an order, in that order, of the slots `[0, slots)` that are taken.
 *
 * Keeps the best so far sorted: O(slots) where most of them come late, O(slots · k) at worst; k is small.
 */
export function firstSlots(
  slots: number,
  k: number,
  taken: (slot: number) => boolean,
  order: (a: number, b: number) => number,
): readonly number[] {
  const first: number[] = []
  for (let slot = 0; slot < slots; slot++) {
    if (!taken(slot)) continue
    const full = first.length === k
    if (full && order(slot, first[k - 1]!) > 0) continue
    let place = full ? k - 1 : first.length
    for (; place > 0 && order(slot, first[place - 1]!) < 0; place--) {
      first[place] = first[place - 1]!
    }
    first[place] = slot
  }
  return first
}
