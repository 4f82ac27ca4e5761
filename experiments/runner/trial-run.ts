/**
 * A run of one or a few trials as a user asked for them: each in a fresh process, its rows written when it ends.
 *
 * The folder appears whole. After an interruption, after a trial whose process died, whose input was lost or whose live input or saved
 * rows a full disk has cut, it is there too, marked incomplete, with what was measured and a row for the trial that was not. An
 * interruption closes a trial that can be closed, so that it is judged and measured as far as it came. Beside the tables it holds
 * `history.jsonl` and `outcomes.json`, which has the hashes that a replay is held against.
 */
import { ResultError } from '../../engines/core/errors.ts'
import type { Environment } from '../../results/manifest.ts'
import { type NewRow, RunWriter } from '../../results/writer.ts'
import { describeEnvironment, environmentDoubts } from './environment.ts'
import { faultRows } from './fault-rows.ts'
import { runIsolated } from './isolate.ts'
import {
  endedTrialRow,
  latencyRows,
  type TrialPlace,
  timelineRows,
  trialRow,
} from './trial-rows.ts'
import {
  isClosable,
  type Judging,
  type ShownAnswer,
  type TrialOutcome,
  type TrialSpec,
} from './trial-spec.ts'
import type { TrialContext } from './warnings.ts'

export interface TrialRunRequest {
  readonly specs: readonly TrialSpec[]
  /** The trials as a manifest keeps them: with paths from the checkout. Default: as they are. */
  readonly recorded?: readonly TrialSpec[]
  /** Further parameters for the manifest. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly seed: number
  readonly calibrationSha256: string | null
  readonly warnings: readonly string[]
  /** The command, from the checkout. */
  readonly command: string
  /** Folder of the checkout, and of results. */
  readonly checkout: string
  readonly results: string
}

export interface TrialRunHooks {
  readonly signal: AbortSignal
  /** The trial's process has loaded and begins. */
  readonly started: (spec: TrialSpec) => void
  /** Each answer to a query, as it comes. */
  readonly answered?: (spec: TrialSpec, answer: ShownAnswer) => void
  /** While it is judged, now and then. */
  readonly judging?: (judging: Judging) => void
  /** It has its outcome; nothing of it is written yet. */
  readonly finished: (spec: TrialSpec, outcome: TrialOutcome, warnings: readonly string[]) => void
  /** The folder has its name now. */
  readonly written: (run: TrialRun & { readonly complete: boolean }) => void
}

export interface TrialRun {
  readonly runId: string
  readonly folder: string
  readonly outcomes: readonly TrialOutcome[]
}

/** Name of the file that keeps what `trials.csv` has no column for, by trial. */
export const OUTCOMES_FILE = 'outcomes.json'

/** What of an outcome that file keeps: the distributions are in `latency.csv`, events in `history.jsonl`. */
export type RecordedOutcome = Pick<
  TrialOutcome,
  | 'outcome'
  | 'verdict'
  | 'reasons'
  | 'commitsHash'
  | 'traceHash'
  | 'error'
  | 'counters'
  | 'cpuNs'
  | 'arrived'
>

/**
 * Runs the trials one after the other.
 *
 * Rejects with `Interrupted` after a signal, with the trial's error when its process died or could not start, and with
 * a `ResultError` when results cannot be written.
 */
export async function runTrials(request: TrialRunRequest, hooks: TrialRunHooks): Promise<TrialRun> {
  const environment = describeEnvironment(request.checkout)
  const writer = new RunWriter(request.results, {
    experiment: 'run',
    command: request.command,
    seed: request.seed,
    parameters: { ...request.parameters, trials: request.recorded ?? request.specs },
    peers: {},
    calibrationSha256: request.calibrationSha256,
    startedAt: new Date().toISOString(),
    warnings: [...environmentDoubts(environment), ...request.warnings],
    environment,
  })
  const outcomes: TrialOutcome[] = []
  try {
    for (const [index, spec] of request.specs.entries()) {
      const place: TrialPlace = {
        trialId: trialIdOf(spec, index),
        role: roleOf(spec),
        repeat: 1,
        repeats: 1,
        clockResolutionNs: environment.clockResolutionNs,
        coordinatorResidentBytesMax: process.resourceUsage().maxRSS * 1024,
      }
      const outcome = await measured(writer, spec, place, hooks)
      outcomes.push(outcome)
      const row = trialRow(spec, outcome, place, coresOf(environment))
      // Before it is written: a disk that is full does not take the report along.
      hooks.finished(spec, outcome, row.warnings ? row.warnings.split(' ') : [])
      append(writer, row, spec, outcome, place)
    }
    hooks.signal.throwIfAborted()
    addFiles(writer, request.specs, outcomes)
    const endedAt = new Date().toISOString()
    const lost = outcomes.find((outcome, index) => isCut(request.specs[index]!, outcome))
    const folder =
      lost === undefined
        ? writer.complete(endedAt)
        : writer.interrupt(lost.error ?? 'its input or output was cut', endedAt)
    const run = { runId: writer.runId, folder, outcomes }
    hooks.written({ ...run, complete: lost === undefined })
    return run
  } catch (error) {
    // What could not be written may be torn: such a run stays hidden, with the rows that were.
    if (!(error instanceof ResultError)) interrupt(writer, request.specs, outcomes, error, hooks)
    throw error
  }
}

/** Whether what ended a trial cut what it has of the world, which no replay brings back: its input, or the rows that it saves. */
function isCut({ input, saved }: TrialSpec, { errorCode }: TrialOutcome): boolean {
  if (errorCode === 'input') return true
  return errorCode === 'storage' && (input.live !== undefined || saved !== undefined)
}

async function measured(
  writer: RunWriter,
  spec: TrialSpec,
  place: TrialPlace,
  { signal, started, answered, judging }: TrialRunHooks,
): Promise<TrialOutcome> {
  try {
    return await runIsolated(spec, {
      ...(isClosable(spec) ? { closing: signal } : { signal }),
      started: () => started(spec),
      answered: (answer) => answered?.(spec, answer),
      ...(judging ? { judging } : {}),
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const outcome = signal.aborted ? 'aborted' : 'failed'
    writer.append('trials', [endedTrialRow(spec, { outcome, reason }, place)])
    throw error
  }
}

/** Those that a trial can use. */
function coresOf({ cores, coresLimit }: Pick<Environment, 'cores' | 'coresLimit'>): TrialContext {
  return { cores: Math.min(cores, coresLimit ?? cores) }
}

/** Appends a trial's rows. */
function append(
  writer: RunWriter,
  row: NewRow<'trials'>,
  spec: TrialSpec,
  outcome: TrialOutcome,
  place: TrialPlace,
): void {
  writer.append('trials', [row])
  writer.append('latency', latencyRows(spec, outcome, place))
  writer.append('timeline', timelineRows(spec, outcome, place))
  writer.append('faults', faultRows(spec, outcome, place))
}

function addFiles(
  writer: RunWriter,
  specs: readonly TrialSpec[],
  outcomes: readonly TrialOutcome[],
): void {
  const recorded: Record<string, RecordedOutcome> = {}
  const history: string[] = []
  for (const [index, outcome] of outcomes.entries()) {
    const trialId = trialIdOf(specs[index]!, index)
    const { history: events = [], latency, sentLatency, closeLatency, ...more } = outcome
    const { stalls, timeline, rows, ...rest } = more
    recorded[trialId] = rest
    for (const event of events) history.push(JSON.stringify({ trial_id: trialId, ...event }))
  }
  writer.addFile(OUTCOMES_FILE, `${JSON.stringify(recorded, null, 2)}\n`)
  writer.addFile('history.jsonl', history.map((line) => `${line}\n`).join(''))
}

/** Keeps what there is. What fails here is less than the error that led here. */
function interrupt(
  writer: RunWriter,
  specs: readonly TrialSpec[],
  outcomes: readonly TrialOutcome[],
  error: unknown,
  { written }: TrialRunHooks,
): void {
  try {
    addFiles(writer, specs, outcomes)
    const because = error instanceof Error ? error.message : String(error)
    const folder = writer.interrupt(because, new Date().toISOString())
    written({ runId: writer.runId, folder, outcomes, complete: false })
  } catch {
    // A folder that cannot be written stays hidden, with the rows that were.
  }
}

export function trialIdOf(spec: TrialSpec, index: number): string {
  return `${index + 1}-${spec.engine}`
}

function roleOf({ faults, bounded }: TrialSpec): TrialPlace['role'] {
  if (faults.length > 0) return 'fault'
  return bounded ? 'bounded' : 'common-rate'
}
