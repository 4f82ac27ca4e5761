/**
 * One process of the simulated world, with its own core: it runs when something arrives or when it asked to, and while
 * it is busy with what it was charged for, what arrives waits.
 *
 * States, in order: running, killed (by a fault; its memory is poisoned), stopped (fenced by the authority, or the end).
 */
import type { Region } from '../../columns/memory.ts'
import type { MeasuredCpu } from '../../metrics/measured-cpu.ts'
import type { CommittedRows } from '../../output/commit.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import type { SessionLayer } from '../session-layer.ts'
import type { Inbound, Process } from '../world.ts'

export class SimulatedProcess {
  readonly process: ProcessId
  readonly incarnation: number
  readonly region: Region
  state: 'running' | 'killed' | 'stopped' = 'running'
  /** When it was killed or stopped, or Infinity. */
  endedAt: Nanos = Number.POSITIVE_INFINITY
  machine: Process | undefined
  session: SessionLayer | undefined
  measured: MeasuredCpu | undefined
  /** On lossless links: frames to its next life, and after its end all that come. */
  later: Uint8Array[] = []
  /** Raw frames, then other inbounds, that wait for the next run. */
  frames: Uint8Array[] = []
  inbounds: Inbound[] = []
  busyUntil: Nanos = 0
  /** Instant of the scheduled run, or Infinity. */
  runAt: Nanos = Number.POSITIVE_INFINITY
  /** Generation that its last run saw: its acknowledgement of a membership. */
  seenGeneration = 0
  readonly counters: Record<string, number> = {}
  readonly rows: CommittedRows[] = []
  cpuNs = 0
  nextRequest = 1

  constructor(identity: { process: ProcessId; incarnation: number; region: Region }) {
    this.process = identity.process
    this.incarnation = identity.incarnation
    this.region = identity.region
  }

  count(counter: string, by: number): void {
    this.counters[counter] = (this.counters[counter] ?? 0) + by
  }
}
