/**
 * The input log of a driver whose workers' input is pushed: it knows when records are due, and how far workers say that
 * theirs are there. No record is ever here.
 */
import { assert } from '../assert.ts'
import type { InputLog } from '../input/input-log.ts'
import type { Nanos } from '../units.ts'
import type { Inbound, World } from '../world/world.ts'
import { numbersOf } from './number-list.ts'
import type { Schedule } from './pushed-log.ts'

export class FrontierLog {
  readonly log: InputLog
  #world: World
  #frontiers: Nanos[]

  constructor(world: World, schedule: Schedule) {
    this.#world = world
    this.#frontiers = Array.from({ length: schedule.partitions }, () => 0)
    this.log = {
      partitions: schedule.partitions,
      frontier: (partition) => this.#frontiers[partition]!,
      dueBefore: (partition, instant) => schedule.dueBefore(partition, instant),
      dueOf: (partition, index) => schedule.dueOf(partition, index),
      eventTimeOf: (partition, index) => schedule.eventTimeOf(partition, index),
      locate: (partition) => assert(false, `records of partition ${partition} at the driver`),
      release: () => {},
    }
  }

  /** A worker says how far all of its partitions are known. */
  receive({ from, generation, payload }: Extract<Inbound, { kind: 'message' }>): void {
    const membership = this.#world.authority.current()
    if (generation !== membership.generation) return
    const known = numbersOf(this.#world.region.memory, payload)[0]!
    for (let partition = 0; partition < this.#frontiers.length; partition++) {
      if (membership.placement[partition] !== from) continue
      // What was complete stays complete: records that were lost are sent again, the same ones.
      if (known > this.#frontiers[partition]!) this.#frontiers[partition] = known
    }
  }
}
