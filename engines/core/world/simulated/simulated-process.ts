/**
 * One process of the simulated world, with its own core: it runs when something arrives or when it asked to, and while
 * it is busy with what it was charged for, what arrives waits.
 *
 * States, in order: running, fenced (it is over, and does not know: it is paused), killed (by a fault; its
 * memory is poisoned), stopped (by the world when its incarnation is over, or when it went on after that).
 */
import type { Region } from '../../columns/memory.ts'
import type { MeasuredCpu } from '../../metrics/measured-cpu.ts'
import type { ProcessReport } from '../../system.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import type { SessionLayer } from '../session-layer.ts'
import type { Inbound, Process } from '../world.ts'
import type { SkewedClock } from './faults/skewed-clock.ts'

export class SimulatedProcess {
  readonly process: ProcessId
  readonly incarnation: number
  readonly region: Region
  state: 'running' | 'fenced' | 'killed' | 'stopped' = 'running'
  /** When it was fenced, killed or stopped, or Infinity. */
  endedAt: Nanos = Number.POSITIVE_INFINITY
  machine: Process | undefined
  session: SessionLayer | undefined
  measured: MeasuredCpu | undefined
  /** Of one whose clock is not right all the time. */
  skewed: SkewedClock | undefined
  /** Raw frames, then other inbounds, that wait for the next run. */
  frames: Uint8Array[] = []
  inbounds: Inbound[] = []
  busyUntil: Nanos = 0
  /** By a fault, until `busyUntil`. */
  paused = false
  /** Instant of the scheduled run, or Infinity. */
  runAt: Nanos = Number.POSITIVE_INFINITY
  /** Generation that its last run saw: its acknowledgement of a membership. */
  seenGeneration = 0
  /** Newest generation that came just after a round's look for it. */
  overlookedGeneration = 0
  readonly counters: Record<string, number> = {}
  cpuNs = 0
  nextRequest = 1

  constructor(identity: { process: ProcessId; incarnation: number; region: Region }) {
    this.process = identity.process
    this.incarnation = identity.incarnation
    this.region = identity.region
  }

  /** Whether what it has asked for is still asked for by somebody. */
  get lives(): boolean {
    return this.state === 'running' || this.state === 'fenced'
  }

  count(counter: string, by: number): void {
    this.counters[counter] = (this.counters[counter] ?? 0) + by
  }

  report(): ProcessReport {
    return {
      process: this.process,
      incarnation: this.incarnation,
      cpuNs: this.cpuNs,
      cpuNsMeasured: this.measured!.ns,
      memoryBytesMax: this.region.usedMax,
      counters: this.counters,
    }
  }
}
