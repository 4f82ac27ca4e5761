/** What a simulated run is made of beside the trial: costs, network, disk, memory. */
import { type CostModel, NOMINAL_COSTS } from '../../cost/cost-model.ts'
import { type Scale, UNSCALED } from '../../cost/scale.ts'
import type { Nanos } from '../../units.ts'
import { SESSION_LIMITS, type SessionLimits } from '../session-limits.ts'
import { DISK, type DiskConfig } from './disk.ts'
import { NETWORK, type NetworkConfig } from './network.ts'
import type { StallDistribution } from './stalls.ts'

export interface SimulationOptions {
  readonly costs: CostModel
  /** What a record of the run stands for (`scale.ts`). */
  readonly scale: Scale
  /**
   * Cores of one process: what kernels cost is divided by it, as if a node ran its tasks side by side in one process, the
   * rest of its work on one core. With 1, a node of several cores is as many processes (`network.processesPerNode`).
   */
  readonly coresPerProcess: number
  /** Cores that the processes of a node share, one a step; Infinity: a core for each process. */
  readonly coresPerNode: number
  /** Pauses of processes, as recorded on threads; empty: none. */
  readonly stalls: StallDistribution
  /** From a message, and from its own alarm, to the first step of a process that is parked. */
  readonly wakeLatency: Nanos
  readonly alarmLatency: Nanos
  readonly network: NetworkConfig
  readonly disk: DiskConfig
  readonly session: SessionLimits
  /**
   * Links are those of the threads world: what is on them reaches who lives, once and in order, and waits for the next life of who
   * does not. Then messages take the session layer's shortcut. Default: what is sent to the dead is lost.
   */
  readonly lossless: boolean
  /** What a lossless link holds in either class of what was not read; a sender without room keeps its messages. Default: no limit. */
  readonly linkBytesMax: number
  /** Of one process. Only the pages that it uses take real memory. */
  readonly regionBytes: number
  /** From a membership that asks for a new incarnation to its first step. */
  readonly startDelay: Nanos
  /** Called after every step of every process; a test's place for invariants. */
  readonly afterStep?: (now: Nanos) => void
  /** After its last commit a run goes on until this holds, or to its deadline: a test looks at what is left. */
  readonly drained?: () => boolean
}

export const SIMULATION: SimulationOptions = {
  costs: NOMINAL_COSTS,
  scale: UNSCALED,
  coresPerProcess: 1,
  coresPerNode: Number.POSITIVE_INFINITY,
  stalls: [],
  wakeLatency: 0,
  alarmLatency: 0,
  network: NETWORK,
  disk: DISK,
  session: SESSION_LIMITS,
  lossless: false,
  linkBytesMax: Number.POSITIVE_INFINITY,
  regionBytes: 32 * 1024 * 1024,
  startDelay: 100_000_000,
}
