/**
 * The cores that processes of one node share: a step has one of them for as long as it is charged.
 *
 * A step that finds no core free waits in line, first come, first served. Steps are short (1 ms at most), so this is a
 * scheduler with that quantum: more processes than cores make all of them slower, none of them stand still.
 */
import type { Nanos, ProcessId } from '../../units.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface CoresConfig {
  /** Infinity: a core for each process. */
  readonly coresPerNode: number
  readonly processesPerNode: number
}

interface Node {
  /** When each core that was ever used is free. */
  readonly freeAt: Nanos[]
  line: (() => void)[]
  /** Whether a turn of the line is on the agenda. */
  turning: boolean
}

export class Cores {
  #clock: VirtualClock
  #config: CoresConfig
  #nodes: Node[] = []

  constructor(clock: VirtualClock, config: CoresConfig) {
    this.#clock = clock
    this.#config = config
  }

  /** Runs a step in the present event, or in a later one when a core is free. */
  run(process: ProcessId, step: () => void): void {
    const { coresPerNode, processesPerNode } = this.#config
    if (coresPerNode === Number.POSITIVE_INFINITY) {
      step()
      return
    }
    const index = Math.floor(process / processesPerNode)
    this.#nodes[index] ??= { freeAt: [], line: [], turning: false }
    const node = this.#nodes[index]
    const core = node.line.length > 0 ? undefined : this.#free(node)
    if (core === undefined) {
      node.line.push(step)
      this.#turnLater(node)
    } else this.#occupy(node, core, step)
  }

  #occupy(node: Node, core: number, step: () => void): void {
    step()
    node.freeAt[core] = this.#clock.now()
  }

  /** One step an event: an event has one beginning. */
  #turnLater(node: Node): void {
    if (node.turning || node.line.length === 0) return
    node.turning = true
    const at = Math.max(this.#clock.eventAt, Math.min(...node.freeAt))
    this.#clock.at(at, () => {
      node.turning = false
      const core = this.#free(node)
      if (core !== undefined) this.#occupy(node, core, node.line.shift()!)
      this.#turnLater(node)
    })
  }

  #free(node: Node): number | undefined {
    const { freeAt } = node
    for (let core = 0; core < freeAt.length; core++) {
      if (freeAt[core]! <= this.#clock.eventAt) return core
    }
    return freeAt.length < this.#config.coresPerNode ? freeAt.length : undefined
  }
}
