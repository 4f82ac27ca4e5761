/** The contract of an embedded engine: a folder that turns a dataflow into processes of a world. */
import type { InputLog } from './input/input-log.ts'
import type { TickLog } from './input/tick-log.ts'
import type { Kernels } from './kernels/kernels.ts'
import type { Dataflow } from './plan/dataflow.ts'
import type { Query } from './queries/query.ts'
import type { RunConfig } from './run-config.ts'
import type { StaticTables } from './statics/static-tables.ts'
import type { Nanos } from './units.ts'
import type { Process, World } from './world/world.ts'

/** Everything a process is made from. Rebuilt in each process: nothing here crosses a thread but plain data. */
export interface ProcessSetup {
  readonly config: RunConfig
  readonly dataflow: Dataflow
  readonly input: InputLog
  /** Where ticks end: the only one that knows. */
  readonly ticks: TickLog
  readonly kernels: Kernels
  /** Of a plan that joins static data: its rows, by name. */
  readonly statics?: StaticTables
  /** What is asked while the run goes on, by an engine that answers. */
  readonly queries?: readonly Query[]
}

export interface Engine {
  readonly name: 'timely' | 'dstream'
  /**
   * Processes that a run needs: the workers, numbered first, and what the engine adds (a driver). Any of them that lives
   * misses the others when they are lost, and asks for others or ends the run; so with the last of them a run is over.
   */
  processes(config: RunConfig): number
  /** Refuses what the engine cannot run, by a `PlanError` or `ConfigurationError`. */
  check(config: RunConfig, dataflow: Dataflow): void
  /**
   * How much of its input, by due instants, the engine surely needs at once before it releases the first of it, in stretches
   * of this length from the run's start on: 0 where records are released as they are read.
   */
  heldInput(config: RunConfig): Nanos
  /** The state machine of a process. A process of a later incarnation starts empty and learns the rest from the authority. */
  create(world: World, setup: ProcessSetup): Process
}
