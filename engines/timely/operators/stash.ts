/**
 * The stash: rows that arrived for a later period than the one that is next to close, or from behind a border
 * (`stage-border.ts`), copied until their turn.
 *
 * Workers are never in step: one whose sources are ahead sends rows of later ticks, which must not be folded into a
 * table that has yet to emit an earlier one. Bounded by the region; sources that are ahead are held back long before
 * (`scheduling/deployment.ts`).
 */
import type { Bytes, Region } from '../../core/columns/memory.ts'
import type { Kernels } from '../../core/kernels/kernels.ts'
import type { PartitionId } from '../../core/units.ts'

interface Stashed {
  readonly epoch: number
  readonly partition: PartitionId
  readonly pane: number
  /** Whether it was sent by another stage; else it is of the stage's own. */
  readonly sent: boolean
  readonly rows: Bytes
}

export class Stash {
  #region: Region
  #copy: Kernels['copyBytes']
  /** By number of the period. */
  #periods = new Map<number, Stashed[]>()
  #bytes = 0

  constructor(region: Region, copy: Kernels['copyBytes']) {
    this.#region = region
    this.#copy = copy
  }

  get bytes(): number {
    return this.#bytes
  }

  /** `place` says when in the period the rows came, where from, and where they belong. */
  add(period: number, place: Omit<Stashed, 'rows'>, rows: Bytes): void {
    const pointer = this.#region.allocate(Math.max(rows.length, 1))
    this.#copy(pointer, rows.pointer, rows.length)
    let list = this.#periods.get(period)
    if (list === undefined) {
      list = []
      this.#periods.set(period, list)
    }
    list.push({ ...place, rows: { pointer, length: rows.length } })
    this.#bytes += rows.length
  }

  /** Hands out the rows of a period that are of epochs before `until`, in order of arrival, and forgets them. */
  take(
    period: number,
    until: number,
    visit: (partition: PartitionId, pane: number, rows: Bytes) => void,
  ): void {
    const list = this.#periods.get(period)
    if (list === undefined) return
    this.#periods.delete(period)
    const left: Stashed[] = []
    for (let at = 0; at < list.length; at++) {
      const stashed = list[at]!
      if (stashed.epoch >= until) {
        left.push(stashed)
        continue
      }
      visit(stashed.partition, stashed.pane, stashed.rows)
      this.#free(stashed.rows)
    }
    if (left.length > 0) this.#periods.set(period, left)
  }

  /** Drops what other stages have sent: it will be sent again. */
  dropSent(): void {
    for (const [period, list] of this.#periods) {
      const own = list.filter((stashed) => !stashed.sent)
      for (const { sent, rows } of list) if (sent) this.#free(rows)
      if (own.length > 0) this.#periods.set(period, own)
      else this.#periods.delete(period)
    }
  }

  release(): void {
    for (const list of this.#periods.values()) {
      for (let at = 0; at < list.length; at++) this.#free(list[at]!.rows)
    }
    this.#periods.clear()
  }

  #free({ pointer, length }: Bytes): void {
    this.#region.free(pointer, Math.max(length, 1))
    this.#bytes -= length
  }
}
