/** One partition, as a receiver sees it: what it holds of it, and how far others are, if it is its own. */
import type { Region } from '../columns/memory.ts'
import type { TickLog } from '../input/tick-log.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { PartitionId } from '../units.ts'
import type { Load } from './allowance.ts'
import { Holding } from './holding.ts'
import type { Schedule } from './pushed-log.ts'

export interface Lane {
  readonly partition: PartitionId
  readonly holding: Holding
  /**
   * In order: *foreign* (another worker's; what is here are copies), *closed* (ours, and not yet known who holds what),
   * *fetching* (what we lack is on its way), *open*.
   */
  state: 'foreign' | 'closed' | 'fetching' | 'open'
  /** Records below are on the second worker too. */
  confirmed: number
  /** What the second worker said it holds when the generation began. */
  secondEnd: number
  /** The engine will not ask for records below. */
  released: number
  /** Last told to the client, and to the other holders. */
  acknowledged: number
  announced: number
}

export function newLane(region: Region, copy: Kernels['copyBytes'], partition: PartitionId): Lane {
  return {
    partition,
    holding: new Holding(region, copy),
    state: 'foreign',
    confirmed: 0,
    secondEnd: 0,
    released: 0,
    acknowledged: 0,
    announced: 0,
  }
}

/** A new generation: all that was agreed with others is forgotten. */
export function closeLane(lane: Lane, owned: boolean): void {
  // A new owner does not know what its predecessor's engine had released.
  if (lane.state === 'foreign') lane.released = 0
  lane.state = owned ? 'closed' : 'foreign'
  lane.confirmed = 0
  lane.secondEnd = 0
  lane.acknowledged = 0
  lane.announced = 0
}

/** Opens a lane whose blocks are complete here. */
export function openLane(lane: Lane): void {
  const { holding, secondEnd } = lane
  lane.state = 'open'
  lane.released = Math.max(lane.released, holding.first)
  // What the second worker has from before counts if ours goes on from there.
  const usable = secondEnd >= holding.first && secondEnd <= holding.end
  lane.confirmed = usable ? secondEnd : holding.first
}

/** Room that the blocks of some lanes take. */
export function loadOf(lanes: readonly Lane[]): Load {
  let used = 0
  let unread = 0
  for (const { holding } of lanes) {
    used += holding.bytes
    unread += holding.unread
  }
  return { used, unread }
}

/** Whether the first tick that is held of one of these lanes is not whole: all there is room for, if that is all there is. */
export function isUnfit(lanes: readonly Lane[], schedule: Schedule, ticks: TickLog): boolean {
  return lanes.some(({ partition, holding, released }) => {
    if (holding.empty || holding.first < released) return false
    const start = schedule.dueOf(partition, holding.first)
    return holding.known < ticks.endAfter(start)
  })
}
