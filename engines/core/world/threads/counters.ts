/**
 * The named counters of a process's life, in the run's memory, so that they outlive the thread.
 *
 *   +0 number of names u32   +128 values f64 × 96   +896 names: (length u8, text) × 96, 48 bytes each
 */
import { assert } from '../../assert.ts'
import type { RunMemory } from '../../columns/memory.ts'
import type { Pointer } from '../../units.ts'

const COUNTERS_MAX = 96
const NAME_BYTES = 48
const VALUES_OFFSET = 128
const NAMES_OFFSET = VALUES_OFFSET + COUNTERS_MAX * 8

export const COUNTERS_BYTES = NAMES_OFFSET + COUNTERS_MAX * NAME_BYTES

/** The owner's side. `add` costs one map lookup; a new name is written before the number of names says so. */
export class SharedCounters {
  #memory: RunMemory
  #at: Pointer
  #indices = new Map<string, number>()

  constructor(memory: RunMemory, at: Pointer) {
    this.#memory = memory
    this.#at = at
  }

  add(name: string, by: number): void {
    const index = this.#indices.get(name) ?? this.#register(name)
    this.#memory.f64[index]! += by
  }

  #register(name: string): number {
    const slot = this.#indices.size
    assert(slot < COUNTERS_MAX, `counter ${name} is one too many: a process has ${COUNTERS_MAX}`)
    const bytes = Buffer.from(name)
    assert(bytes.length < NAME_BYTES, `counter ${name} has a name of ${bytes.length} bytes`)
    const nameAt = this.#at + NAMES_OFFSET + slot * NAME_BYTES
    this.#memory.u8[nameAt] = bytes.length
    this.#memory.u8.set(bytes, nameAt + 1)
    Atomics.store(this.#memory.u32, this.#at >>> 2, slot + 1)
    const index = (this.#at + VALUES_OFFSET) / 8 + slot
    this.#indices.set(name, index)
    return index
  }
}

/** Anybody's side: names and values in the order in which they were first used. */
export function readCounters(memory: RunMemory, at: Pointer): [name: string, value: number][] {
  const count = Atomics.load(memory.u32, at >>> 2)
  return Array.from({ length: count }, (_, slot) => {
    const nameAt = at + NAMES_OFFSET + slot * NAME_BYTES
    const bytes = memory.bytes(nameAt + 1, memory.u8[nameAt]!)
    return [Buffer.from(bytes).toString(), memory.f64[(at + VALUES_OFFSET) / 8 + slot]!]
  })
}

/** Forgets all counters, between two lives of their owner. */
export function clearCounters(memory: RunMemory, at: Pointer): void {
  const count = Atomics.load(memory.u32, at >>> 2)
  memory.f64.fill(0, (at + VALUES_OFFSET) / 8, (at + VALUES_OFFSET) / 8 + count)
  Atomics.store(memory.u32, at >>> 2, 0)
}
