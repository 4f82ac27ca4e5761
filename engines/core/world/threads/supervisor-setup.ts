/** What a supervisor is given: a trial, where it runs, and how much time threads have. */
import type { RunMemory } from '../../columns/memory.ts'
import type { Pool } from '../../input/input-log.ts'
import type { ExpectedCommits } from '../../output/expected-commits.ts'
import type { Trial } from '../../system.ts'
import type { Nanos } from '../../units.ts'
import type { ThreadsLayout } from './layout.ts'
import type { SourceThreadData } from './live/source-service.ts'
import type { ThreadModules } from './process-thread.ts'
import type { PrintedRows } from './row-printer.ts'
import type { SavedFilesOptions } from './saved-files.ts'

export interface SupervisorSetup {
  readonly trial: Trial
  readonly memory: RunMemory
  readonly layout: ThreadsLayout
  readonly pool: Pool
  readonly expected: readonly ExpectedCommits[]
  /** The engine's own processes: those of an ingest, which come after them, watch nobody. */
  readonly watching: number
  /** The thread that reads live input, and where it puts it. */
  readonly source?: Omit<SourceThreadData, 'role' | 'memory' | 'layout'> | undefined
  /** Directory of the run's storage. */
  readonly directory: string
  /** Where outputs are saved, if any are. */
  readonly saved?: SavedFilesOptions | undefined
  /** What of it is printed as it is committed. */
  readonly printed?: PrintedRows | undefined
  readonly modules: ThreadModules
  readonly spin: Nanos
  readonly drainEvery: Nanos
  /** Real time that threads have to start, and to end by themselves. */
  readonly bootTimeoutMs: number
  readonly stopTimeoutMs: number
  readonly execArgv?: readonly string[] | undefined
}
