/**
 * What a command may touch: where it prints, its clock, how trials are run, where results go. Handed in, so that an
 * experiment runs in a test with a virtual clock and canned trials, and nothing else of it changes.
 */
import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../results/manifest.ts'
import type { RunWriter } from '../../results/writer.ts'
import { runBaselineIsolated } from './baseline-isolated.ts'
import type { BaselineOutcome, BaselineSpec } from './baseline-trial.ts'
import { describeEnvironment } from './environment.ts'
import { checkTemporaryFolder, runIsolated } from './isolate.ts'
import { type Launcher, launchers } from './launchers.ts'
import type { ProgressStream } from './progress-line.ts'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'

export interface CommandIo {
  /** Standard output: tables and the path of the run. */
  print(text: string): void
  /** Standard error: live progress. */
  readonly progress: ProgressStream
  /** Aborts at an interruption: what was measured is kept. */
  readonly signal: AbortSignal
  /** Milliseconds of a monotonic clock. */
  elapsedMs(): number
  /** The instant, ISO in UTC, for the manifest. */
  now(): string
  /** Runs one trial; rejects with the signal's reason when interrupted. */
  trial(spec: TrialSpec): Promise<TrialOutcome>
  baseline(spec: BaselineSpec): Promise<BaselineOutcome>
  environment(): Environment
  /** Peak of this process's resident memory. */
  residentBytesMax(): number
  /** The processes that started this one, up to npm; `undefined` where the system does not tell. */
  launchers(): readonly Launcher[] | undefined
  /** Folder of results. */
  readonly results: string
  /** The command as it was typed, without paths. */
  readonly command: string
}

/** The checkout. */
export const checkout = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The real thing: standard streams, monotonic clock, a fresh process for each trial.
 *
 * Errors: `ConfigurationError` where trials could have no temporary folder.
 */
export function processIo(
  options: Pick<CommandIo, 'signal' | 'command'> & Partial<CommandIo>,
): CommandIo {
  const { signal } = options
  checkTemporaryFolder()
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    progress: process.stderr,
    elapsedMs: () => performance.now(),
    now: () => new Date().toISOString(),
    trial: (spec) => runIsolated(spec, { signal }),
    baseline: (spec) => runBaselineIsolated(spec, signal),
    environment: () => describeEnvironment(checkout),
    residentBytesMax: () => process.resourceUsage().maxRSS * 1024,
    launchers: () => launchers(),
    results: fileURLToPath(new URL('../../results', import.meta.url)),
    ...options,
  }
}

/** A path as somebody in the checkout would type it; elsewhere as it is. */
export function shownPath(path: string): string {
  const near = relative(checkout, path)
  return near.startsWith('..') ? path : near
}

/** Ends a run that an error has ended: what was measured is kept, marked incomplete, and is told where. */
export function keepMeasured(
  writer: RunWriter,
  error: unknown,
  io: Pick<CommandIo, 'now' | 'print'>,
): void {
  const because = error instanceof Error ? error.message : String(error)
  const folder = writer.interrupt(because, io.now())
  // What could not be written is torn, and stays hidden.
  if (existsSync(folder)) {
    io.print(`What was measured is kept, marked incomplete: ${shownPath(folder)}`)
  }
}
