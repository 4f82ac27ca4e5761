/**
 * What one worker holds of one partition: blocks in order, without gaps, that end where the next one is expected.
 *
 *   ── released ── first ── block │ block │ block ── end ── expected
 *
 * Records are told apart by their index alone: what lies below `end` is here already and is dropped, whoever sends it again
 * and however it is cut. Blocks stay where they are until all of their records are released.
 */
import type { Region } from '../columns/memory.ts'
import type { PoolRange } from '../input/input-log.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Nanos } from '../units.ts'
import { type Block, blockRoom, readBlock, SLOT_BYTES } from './block.ts'

export type Stored = 'stored' | 'known' | 'duplicate'

/** A block where it stays, and the room that was allocated for it. */
interface Held extends Block {
  readonly room: number
}

export class Holding {
  /** Records below are released, or were never here. */
  first = 0
  /** The next record expected. */
  end = 0
  /** Every record due before is below `end`. */
  known: Nanos = 0
  /** Room that its blocks take in the region, and the part of it that nobody has read to its end. */
  bytes = 0
  unread = 0
  #region: Region
  #copy: Kernels['copyBytes']
  #blocks: Held[] = []
  #head = 0
  /** The first block that has not been read to its end. */
  #reading = 0

  constructor(region: Region, copy: Kernels['copyBytes']) {
    this.#region = region
    this.#copy = copy
  }

  get empty(): boolean {
    return this.#head === this.#blocks.length
  }

  /**
   * Takes a block in. One that begins after `end` replaces what is here: somebody who knows has decided that nothing
   * before it is needed. Costs one copy, but for a block that landed in a slot: that is where it stays, if it is stored.
   * Errors: `CapacityError` of the region.
   */
  store(block: Block, landed: boolean): Stored {
    const { first, records, known } = block
    if (first > this.end) this.#restart(first)
    if (known > this.known) this.known = known
    if (records === 0) return 'known'
    if (first + records <= this.end) return 'duplicate'
    const room = landed ? SLOT_BYTES : blockRoom(block.length)
    this.#blocks.push({ ...(landed ? block : this.#copied(block, room)), room })
    this.bytes += room
    this.unread += room
    this.end = first + records
    return 'stored'
  }

  #copied({ pointer: from, length }: Block, room: number): Block {
    const pointer = this.#region.allocate(room)
    this.#copy(pointer, from, length)
    return readBlock(this.#region.memory, { pointer, length })
  }

  /** Gives back blocks that end at or before `index`. Returns whether there were any. */
  release(index: number): boolean {
    let freed = false
    while (this.#head < this.#blocks.length) {
      const block = this.#blocks[this.#head]!
      const end = block.first + block.records
      if (end > index) break
      // What nobody will ask for counts as read.
      if (this.#reading === this.#head) this.#passBlock()
      this.#free(block)
      this.first = end
      this.#head += 1
      freed = true
    }
    if (this.#head > 64 && this.#head * 2 > this.#blocks.length) {
      this.#blocks.splice(0, this.#head)
      this.#reading -= this.#head
      this.#head = 0
    }
    return freed
  }

  /** Records below `index` have been read, once at least. Returns whether a block has been read to its end. */
  read(index: number): boolean {
    const before = this.#reading
    while (this.#reading < this.#blocks.length) {
      const { first, records } = this.#blocks[this.#reading]!
      if (first + records > index) break
      this.#passBlock()
    }
    return this.#reading > before
  }

  #passBlock(): void {
    this.unread -= this.#blocks[this.#reading]!.room
    this.#reading += 1
  }

  /** The block that has a record, or undefined when it is not here. Costs O(log blocks). */
  find(index: number): Block | undefined {
    if (index < this.first || index >= this.end) return undefined
    let low = this.#head
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      const { first, records } = this.#blocks[middle]!
      if (first + records > index) high = middle
      else low = middle + 1
    }
    return this.#blocks[low]
  }

  /** Visits where the records `[from, to)` lie. Returns the first record that is not here, or `to`. */
  locate(from: number, to: number, visit: (range: PoolRange) => void): number {
    let index = from
    while (index < to) {
      const block = this.find(index)
      if (block === undefined) return index
      const first = index - block.first
      const count = Math.min(block.records - first, to - index)
      visit({ pool: block.pool, first, count })
      index += count
    }
    return to
  }

  #restart(first: number): void {
    for (let at = this.#head; at < this.#blocks.length; at++) this.#free(this.#blocks[at]!)
    this.#blocks = []
    this.#head = 0
    this.#reading = 0
    this.unread = 0
    this.first = first
    this.end = first
  }

  #free({ pointer, room }: Held): void {
    this.#region.free(pointer, room)
    this.bytes -= room
  }
}
