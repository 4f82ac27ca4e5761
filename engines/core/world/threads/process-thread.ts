/** The bootstrap of a process's thread: from plain data to a running state machine. Asynchronous only until the loop begins. */
import { RunMemory } from '../../columns/memory.ts'
import type { FaultPlan } from '../../faults/fault.ts'
import { engineWithIngest } from '../../ingest/pushed-engine.ts'
import type { Pool } from '../../input/input-log.ts'
import type { Query } from '../../queries/query.ts'
import type { RunConfig } from '../../run-config.ts'
import type { EncodedRows } from '../../statics/encoded-rows.ts'
import { staticTables } from '../../statics/static-tables.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import { leftRejected } from '../endings.ts'
import type { ThreadsLayout } from './layout.ts'
import { LiveLog } from './live/live-log.ts'
import type { WindowSpan } from './live/window-layout.ts'
import type { EngineModule, SetupModule } from './process-setup.ts'
import { STATE_BOOTING } from './process-status.ts'
import { ThreadProcess } from './thread-process.ts'

/** Modules by URL: the registry of engines, and what rebuilds a process's setup. */
export interface ThreadModules {
  readonly engines: string
  readonly setup: string
}

export interface ProcessThreadData {
  readonly role: 'process'
  readonly memory: WebAssembly.Memory
  readonly layout: ThreadsLayout
  readonly config: RunConfig
  readonly pool: Pool
  readonly process: ProcessId
  readonly incarnation: number
  readonly modules: ThreadModules
  readonly spin: Nanos
  readonly statics?: readonly EncodedRows[] | undefined
  readonly queries?: readonly Query[] | undefined
  /** The trial's plan, if something of it is for this process to carry out or to see. */
  readonly faults?: FaultPlan | undefined
  /** Where live input arrives; the pool is empty then. */
  readonly window?: WindowSpan | undefined
}

export async function runProcessThread(data: ProcessThreadData): Promise<void> {
  const { layout, config, pool, process, incarnation, modules, spin, faults } = data
  const memory = new RunMemory(data.memory)
  const thread = new ThreadProcess(memory, { layout, config, process, incarnation, spin, faults })
  thread.status.incarnation = incarnation
  thread.status.state = STATE_BOOTING
  const engines = (await import(modules.engines)) as EngineModule
  const setups = (await import(modules.setup)) as SetupModule
  const engine = engineWithIngest(await engines.engineOf(config.engine), config)
  const given = await setups.setupOf(config, memory, pool)
  thread.copyWith(given.kernels.copyBytes)
  const { statics, queries, window } = data
  // The frontier of live input is the clock of the source, not of who reads.
  const input = window
    ? new LiveLog(memory, window, () => thread.runNow())
    : thread.inputOf(given.input)
  const setup = {
    ...given,
    input,
    ...(statics ? { statics: staticTables(statics) } : {}),
    ...(queries ? { queries } : {}),
  }
  // Comes to light when the loop is over.
  globalThis.process.on('unhandledRejection', (reason) => {
    throw leftRejected(`the thread of process ${process}`, reason)
  })
  // Created before the start, while the clock stands still, so that building tables is no part of the first tick.
  thread.run(engine.create(thread.world, setup))
}
