/**
 * Slots by the instant at which they are due: those that are due are found without a look at the others.
 *
 * A slot stands in one bucket. Most are put off before their time, since each event moves a timeout: such a slot stays where
 * it is until that instant comes, and only then goes where it belongs. So being put off costs nothing, and there are about as
 * many entries as slots, however often each was put off.
 */
import type { TickEnd } from '../units.ts'

/** Of a slot that is never due. */
const NEVER = 0

export class DueSlots {
  /** By slot: when it is due; zero: never. */
  readonly dueAt: number[]
  /** By slot: its bucket, at or before the instant at which it is due. Entries of it in others are of no account. */
  readonly #standsAt: number[] = []
  readonly #buckets = new Map<TickEnd, number[]>()
  /** Instants of the buckets, ascending. */
  readonly #instants: TickEnd[] = []

  /** `dueAt`, by slot, is the instants that it begins with: above zero, or zero for never. It belongs to these then. */
  constructor(dueAt: number[] = []) {
    this.dueAt = dueAt
    for (let slot = 0; slot < dueAt.length; slot++) {
      this.#standsAt.push(NEVER)
      if (dueAt[slot] !== NEVER) this.#stand(slot, dueAt[slot]!)
    }
  }

  /** Says when a slot is due, which may be a new one behind the last. */
  set(slot: number, dueAt: TickEnd | undefined): void {
    if (slot === this.dueAt.length) this.#standsAt.push(NEVER)
    this.dueAt[slot] = dueAt ?? NEVER
    if (dueAt === undefined) return
    const at = this.#standsAt[slot]!
    if (at === NEVER || dueAt < at) this.#stand(slot, dueAt)
  }

  /** Slots that are due by an instant, ascending. They are due no more until it is said of them again. */
  take(end: TickEnd): readonly number[] {
    const due: number[] = []
    let passed = 0
    for (; passed < this.#instants.length && this.#instants[passed]! <= end; passed++) {
      const at = this.#instants[passed]!
      const bucket = this.#buckets.get(at)!
      this.#buckets.delete(at)
      for (const slot of bucket) {
        if (this.#standsAt[slot] !== at) continue
        this.#standsAt[slot] = NEVER
        const dueAt = this.dueAt[slot]!
        if (dueAt > end) this.#stand(slot, dueAt)
        else if (dueAt !== NEVER) {
          this.dueAt[slot] = NEVER
          due.push(slot)
        }
      }
    }
    this.#instants.splice(0, passed)
    return due.sort((a, b) => a - b)
  }

  #stand(slot: number, at: TickEnd): void {
    this.#standsAt[slot] = at
    let bucket = this.#buckets.get(at)
    if (bucket === undefined) {
      bucket = []
      this.#buckets.set(at, bucket)
      let place = this.#instants.length
      while (place > 0 && this.#instants[place - 1]! > at) place--
      this.#instants.splice(place, 0, at)
    }
    bucket.push(slot)
  }
}
