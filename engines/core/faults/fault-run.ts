/** What a fault plan has to know of the run that it is for. */
import type { TickLog } from '../input/tick-log.ts'
import type { Ingest, RunConfig } from '../run-config.ts'
import type { Nanos, ProcessId } from '../units.ts'
import type { FaultWorld } from './fault-words.ts'

export interface FaultRun {
  readonly engine: RunConfig['engine']
  readonly world: FaultWorld
  readonly workers: number
  /** The engine's own (`Engine.processes`): its workers first, then its driver, if it has one. A client comes after them. */
  readonly engineProcesses: number
  readonly ingest: Ingest
  readonly replacement: RunConfig['replacement']
  /** Whether the engine takes checkpoints. */
  readonly hasCheckpoints: boolean
  readonly ticks: TickLog
  /** Where its clock starts; the instants of a plan count from there. */
  readonly start: Nanos
  /** Where its input ends, if that is known before. */
  readonly end?: Nanos
  readonly deadline: Nanos
  /** Simulated: over so many its workers are spread, one after the other. */
  readonly racks?: number
  readonly seed: number
}

/** How many processes there are, the client among them. */
export function processCount({ engineProcesses, ingest }: FaultRun): number {
  return engineProcesses + (ingest === 'pushed' ? 1 : 0)
}

export function processesOfRack(
  rack: number,
  { workers, racks }: { readonly workers: number; readonly racks: number },
): readonly ProcessId[] {
  const first = Math.floor((rack * workers) / racks)
  const next = Math.floor(((rack + 1) * workers) / racks)
  return Array.from({ length: next - first }, (_, index) => first + index)
}
