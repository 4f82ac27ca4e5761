/**
 * The simulated world of a trial as plain data: its costs, its scale, and the shape of its nodes.
 *
 * A node of several cores can be had in two ways. As so many processes that share a network interface: every core is a
 * worker, and pairs of workers exchange messages. Or as one process with so many cores: kernels run side by side, and
 * pairs of *nodes* exchange messages, as in the papers' systems, where a node's tasks share its shuffle service. The
 * second has fewer messages by the square of the cores, which is what makes 100 nodes affordable.
 */
import type { CostModel } from '../../engines/core/cost/cost-model.ts'
import { scaleBy } from '../../engines/core/cost/scale.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { type Nanos, seconds } from '../../engines/core/units.ts'
import { SESSION_LIMITS } from '../../engines/core/world/session-limits.ts'
import { NETWORK } from '../../engines/core/world/simulated/network.ts'
import type { SimulationOptions } from '../../engines/core/world/simulated/simulation-options.ts'
import type { StallDistribution } from '../../engines/core/world/simulated/stalls.ts'
import { workloadNamed } from '../../workloads/index.ts'
import type { TrialSpec } from './trial-spec.ts'

export interface SimulationSpec {
  /** Nominal costs if not given. */
  readonly costs?: CostModel
  /** S: the computation and the oracle run at `rate / scale`. Default 1. */
  readonly scale?: number
  /** Default 1, each. */
  readonly processesPerNode?: number
  readonly coresPerProcess?: number
  /** Cores that the processes of a node share; without it each process has its own. */
  readonly coresPerNode?: number
  /** Pauses of processes, as recorded on threads. */
  readonly stalls?: StallDistribution
  /** Of one node's interface, and between nodes; the network's defaults if not given. */
  readonly bytesPerSecond?: number
  readonly latency?: Nanos
  /** Of a parked process, to its first step: from a message, and from its own alarm. Default 0. */
  readonly wakeLatency?: Nanos
  readonly alarmLatency?: Nanos
}

export interface NodeShape {
  readonly nodes: number
  readonly cores: number
  /** One process for a node's cores, or one for each. */
  readonly as: 'node-processes' | 'core-processes'
}

/** What a cluster's shape means for a trial: a partition for each core. */
export function shapeOf({ nodes, cores, as }: NodeShape): {
  readonly workers: number
  readonly partitions: number
  readonly simulation: Pick<SimulationSpec, 'processesPerNode' | 'coresPerProcess'>
} {
  const partitions = nodes * cores
  return as === 'node-processes'
    ? { workers: nodes, partitions, simulation: { processesPerNode: 1, coresPerProcess: cores } }
    : {
        workers: partitions,
        partitions,
        simulation: { processesPerNode: cores, coresPerProcess: 1 },
      }
}

/** The records per second that a trial really computes. */
export function sampledRate(rate: number, { scale = 1 }: SimulationSpec = {}): number {
  return scale === 1 ? rate : Math.max(1, Math.round(rate / scale))
}

/** A run has one range of addresses of 4 GiB; the pool takes some of it. */
const REGIONS_BYTES_MAX = 3 * 1024 ** 3
const REGION_BYTES_MAX = 32 * 1024 * 1024
const PAGE_BYTES = 65_536

/** From this many processes on, acknowledgements ride on the next tick's messages and timers are patient. */
const MANY_PROCESSES = 32

export function simulationOptions(spec: TrialSpec, dataflow: Dataflow): Partial<SimulationOptions> {
  const { simulation = {}, workers, workload, parameters, input, workerMemoryBytes, tick } = spec
  const { costs, scale = 1, processesPerNode = 1, coresPerProcess = 1 } = simulation
  const { bytesPerSecond, latency, coresPerNode, stalls } = simulation
  const { wakeLatency, alarmLatency } = simulation
  const processes = workers + 2
  const fair = Math.floor(REGIONS_BYTES_MAX / processes / PAGE_BYTES) * PAGE_BYTES
  const law = workloadNamed(workload).keyLaw?.(input.kind, parameters)
  return {
    ...(costs ? { costs } : {}),
    scale: scaleBy(dataflow, scale, law),
    coresPerProcess,
    ...(coresPerNode !== undefined ? { coresPerNode } : {}),
    ...(stalls !== undefined ? { stalls } : {}),
    ...(wakeLatency !== undefined ? { wakeLatency } : {}),
    ...(alarmLatency !== undefined ? { alarmLatency } : {}),
    regionBytes: workerMemoryBytes ?? Math.min(REGION_BYTES_MAX, fair),
    network: {
      ...NETWORK,
      processesPerNode,
      ...(bytesPerSecond !== undefined ? { bytesPerSecond } : {}),
      ...(latency !== undefined ? { latency } : {}),
    },
    ...(processes < MANY_PROCESSES
      ? {}
      : {
          session: {
            ...SESSION_LIMITS,
            acknowledgeDelay: Math.max(SESSION_LIMITS.acknowledgeDelay, 1.5 * tick),
            retransmitAfter: Math.max(seconds(2), 6 * tick),
          },
        }),
  }
}
