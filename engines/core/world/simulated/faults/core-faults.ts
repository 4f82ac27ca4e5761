/**
 * Faults of cores: a process that has a share of its CPU only, alone or because other work runs beside it.
 *
 * *Slow*: after each step of d it rests d · (1 / share − 1), as on threads. *Contended*: n tasks that never end want its cores as
 * much as it does, in quanta of 1 ms. It runs until it has used up a quantum, then rests until the others have had theirs. Who was
 * idle is served at once, as by a scheduler that is fair over time: what the others had meanwhile counts for it.
 *
 *   share = cores / (tasks + processes on these cores), where each process could use one core, or all of its own
 *
 * A rest holds no core: of a node whose processes share cores, all have that share.
 */
import type { ContendFault, SlowFault } from '../../../faults/fault.ts'
import { milliseconds, type Nanos, type ProcessId } from '../../../units.ts'
import type { Effect } from './effect.ts'

const QUANTUM: Nanos = milliseconds(1)

export interface CoresShape {
  /** Infinity: each process has its own. */
  readonly coresPerNode: number
  readonly processesPerNode: number
  readonly coresPerProcess: number
  /** All there are. */
  readonly processes: number
}

interface Load {
  readonly effect: Effect
  /** CPU of others for each of the process's: 1 / share − 1. */
  readonly others: number
  /** 0: it rests after each step. */
  readonly quantum: Nanos
  /** By process that has it: CPU since its last rest. */
  readonly used: Map<ProcessId, Nanos>
}

export class CoreFaults {
  #shape: CoresShape
  #loads: readonly Load[] = []

  constructor(shape: CoresShape) {
    this.#shape = shape
  }

  /** Returns what ends it, as does `contend`. */
  slow({ process, share }: SlowFault, effect: Effect): () => void {
    return this.#begin({ effect, others: 1 / share - 1, quantum: 0, used: new Map([[process, 0]]) })
  }

  contend({ process, tasks }: ContendFault, effect: Effect): () => void {
    const { coresPerNode, coresPerProcess } = this.#shape
    const isShared = coresPerNode !== Number.POSITIVE_INFINITY
    const processes = isShared ? this.#neighboursOf(process) : [process]
    const cores = isShared ? coresPerNode : coresPerProcess
    const wanted = tasks + processes.length * coresPerProcess
    return this.#begin({
      effect,
      others: Math.max(0, wanted / cores - 1),
      quantum: QUANTUM,
      used: new Map(processes.map((neighbour) => [neighbour, 0])),
    })
  }

  /** How long a process rests after a step that was charged so much, and before which it was idle for so long. */
  rest(process: ProcessId, charged: Nanos, idle: Nanos): Nanos {
    let rest = 0
    for (const load of this.#loads) {
      const used = load.used.get(process)
      if (used === undefined || load.others === 0) continue
      const due = Math.max(0, used - idle / load.others) + charged
      const paid = load.quantum === 0 ? due : due - (due % load.quantum)
      load.used.set(process, due - paid)
      if (paid === 0) continue
      load.effect.hits += 1
      rest += Math.round(paid * load.others)
    }
    return rest
  }

  #begin(load: Load): () => void {
    this.#loads = [...this.#loads, load]
    return () => {
      this.#loads = this.#loads.filter((other) => other !== load)
    }
  }

  #neighboursOf(process: ProcessId): readonly ProcessId[] {
    const { processesPerNode, processes } = this.#shape
    const first = process - (process % processesPerNode)
    const count = Math.max(0, Math.min(processesPerNode, processes - first))
    return Array.from({ length: count }, (_, place) => first + place)
  }
}
