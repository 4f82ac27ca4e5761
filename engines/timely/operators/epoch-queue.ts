/**
 * Values by epoch, of which the least goes first: a few at a time, added mostly at the end.
 *
 * A `Map` that is emptied each tick shrinks and grows each tick, and as it is old, V8 makes each of its tables in the old generation:
 * 2 MiB a minute and worker with ticks of 10 ms.
 */
export class EpochQueue<T> {
  #epochs: number[] = []
  #values: T[] = []

  get size(): number {
    return this.#epochs.length
  }

  /** Costs O(1) for the least epoch and those behind all others, else O(later ones). */
  get(epoch: number): T | undefined {
    const at = this.#placeOf(epoch)
    return this.#epochs[at] === epoch ? this.#values[at] : undefined
  }

  /** Takes the place of an earlier value. */
  set(epoch: number, value: T): void {
    const at = this.#placeOf(epoch)
    if (this.#epochs[at] === epoch) this.#values[at] = value
    else if (at === this.#epochs.length) {
      this.#epochs.push(epoch)
      this.#values.push(value)
    } else {
      this.#epochs.splice(at, 0, epoch)
      this.#values.splice(at, 0, value)
    }
  }

  /** Forgets the least epoch, if it is this one. */
  drop(epoch: number): void {
    if (this.#epochs[0] !== epoch) return
    this.#epochs.shift()
    this.#values.shift()
  }

  /** Of the first that is not less. */
  #placeOf(epoch: number): number {
    if (this.#epochs[0]! >= epoch) return 0
    let at = this.#epochs.length
    while (at > 0 && this.#epochs[at - 1]! >= epoch) at -= 1
    return at
  }
}
