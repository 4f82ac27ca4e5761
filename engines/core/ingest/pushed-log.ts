/**
 * The input log of a worker whose input is pushed: the schedule's arithmetic over the blocks that are held here.
 *
 * When records are due and how many there are is known to everybody; what is not known is whether they have arrived. So
 * `frontier` is the receiver's, and only records below it can be located.
 */
import { RecoveryError } from '../errors.ts'
import type { InputLog, PoolRange } from '../input/input-log.ts'
import type { Nanos, PartitionId } from '../units.ts'
import type { Holding } from './holding.ts'

/** What of the schedule does not depend on where records lie. */
export type Schedule = Pick<InputLog, 'partitions' | 'dueBefore' | 'dueOf' | 'eventTimeOf'>

export interface Arrivals {
  frontier(partition: PartitionId): Nanos
  holding(partition: PartitionId): Holding
  /** Records below `index` have been read. */
  read(partition: PartitionId, index: number): void
  release(partition: PartitionId, index: number): void
}

export function pushedLog(schedule: Schedule, arrivals: Arrivals): InputLog {
  return {
    partitions: schedule.partitions,
    frontier: (partition) => arrivals.frontier(partition),
    dueBefore: (partition, instant) => schedule.dueBefore(partition, instant),
    dueOf: (partition, index) => schedule.dueOf(partition, index),
    eventTimeOf: (partition, index) => schedule.eventTimeOf(partition, index),
    locate(partition: PartitionId, from: number, to: number, visit: (range: PoolRange) => void) {
      const stopped = arrivals.holding(partition).locate(from, to, visit)
      if (stopped < to) throw dataLost(partition, stopped, to)
      arrivals.read(partition, to)
    },
    release: (partition, index) => arrivals.release(partition, index),
  }
}

function dataLost(partition: PartitionId, from: number, to: number): RecoveryError {
  return new RecoveryError(
    {
      asked: `records ${from} to ${to - 1} of partition ${partition}`,
      found: `data lost: blocks ${partition}/${from} to ${partition}/${to - 1}, no live worker holds them`,
      rule: 'a pushed record is on two workers, so the loss of both at once loses it',
      remedy: 'Read the input from the log, or kill one worker at a time',
    },
    { partition, from, to },
  )
}
