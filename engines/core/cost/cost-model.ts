/**
 * What work costs in the simulated world: integer ns as a function of counts only (DESIGN §10).
 *
 * Charged at the four seams of `world.ts` (kernel call, message, task dispatch, progress update), and for each step and park. The threads world compiles it to nothing.
 */
import type { Nanos } from '../units.ts'
import type { Seam } from '../world/world.ts'

export interface CostModel {
  /**
   * ns per record or row, by the names that `meter.ts` and the chains' kernels have; `commit` per commit. `other` for
   * what has no entry.
   */
  readonly kernels: Readonly<Record<string, number>> & { readonly other: number }
  /** A message handled at one of its ends: fixed, and per byte. */
  readonly messageNs: number
  readonly messageByteNs: number
  /** An element that a scheduler's loop visited. */
  readonly dispatchNs: number
  /** A progress update applied, or an element that a tracker's loop visited. */
  readonly progressNs: number
  /**
   * CPU time that a process pays for having been parked: to fall asleep and wake, and for finding the caches cold. The wait
   * itself is none.
   */
  readonly parkNs: number
  /** The same of who runs no operators, a driver or a client: little of theirs is in a cache. Default: `parkNs`. */
  readonly coordinatorParkNs?: number
  /** A step of a process, whatever it does; above zero, or virtual time could stand still. */
  readonly stepNs: number
}

/**
 * Round figures of the order of this engine on one core of 2023. What simulates with them: `run --world simulated` and
 * `replay` of it without `--calibration`, the row `simulated-scale` of bench, and tests. A machine's own are in a
 * calibration (`calibration.ts`).
 */
export const NOMINAL_COSTS: CostModel = {
  kernels: {
    other: 100,
    read: 4,
    words: 45,
    contains: 15,
    plain: 150,
    combine: 8,
    drain: 20,
    fold: 25,
    changes: 20,
    difference: 10,
    clone: 5,
    save: 10,
    load: 40,
    top: 10,
    visit: 10,
    evolve: 800,
    output: 60,
    commit: 300,
  },
  messageNs: 500,
  messageByteNs: 0.1,
  dispatchNs: 100,
  progressNs: 50,
  parkNs: 5_000,
  stepNs: 300,
}

export function costOf(model: CostModel, seam: Seam, units: number, kernel?: string): Nanos {
  switch (seam) {
    case 'kernel':
      return Math.round(units * (model.kernels[kernel ?? 'other'] ?? model.kernels.other))
    case 'message':
      return Math.round(units * model.messageByteNs)
    case 'dispatch':
      return Math.round(units * model.dispatchNs)
    case 'progress':
      return Math.round(units * model.progressNs)
  }
}

/** All costs times one factor: a machine, or a place in it, where everything takes so much longer. */
export function scaledCosts(costs: CostModel, factor: number): CostModel {
  const { kernels, ...seams } = costs
  const scaled = <T extends object>(table: T): T =>
    Object.fromEntries(Object.entries(table).map(([name, ns]) => [name, ns * factor])) as T
  return { kernels: scaled(kernels), ...scaled(seams) }
}
