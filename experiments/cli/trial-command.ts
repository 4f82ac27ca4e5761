/**
 * What `run` and `replay` share: they run trials, print a report or JSON, and say by their exit status what came of it.
 *
 * Standard output has the report, and a line for each trial when it begins. With `--json` it has one document and nothing
 * else, with `--save -` rows and nothing else, and these lines go to standard error. Of an interrupted run it says what was measured.
 */
import { basename, isAbsolute, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { ResultError } from '../../engines/core/errors.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import { planPlaceOf } from '../../workloads/own-plan.ts'
import { checkout } from '../runner/command-io.ts'
import { interruptible } from '../runner/interruption.ts'
import { runTrials, type TrialRun } from '../runner/trial-run.ts'
import {
  isClosable,
  PRINTED,
  type TrialOutcome,
  type TrialSpec,
  verdictOfAll,
} from '../runner/trial-spec.ts'
import { refusal } from './command-error.ts'
import { type ExitStatus, exitStatusOf } from './exit-status.ts'
import { pathOnDisk } from './input-option.ts'
import { formatDuration } from './options.ts'
import { checkPrinted } from './output-option.ts'
import { answerLines } from './query-option.ts'
import {
  arrivalWarnings,
  describeTrial,
  joinWarnings,
  reportTrial,
  storageWarnings,
} from './trial-report.ts'
import type { TrialRequest } from './trial-request.ts'

export interface OutputFlags {
  readonly json?: boolean
  readonly results?: string
}

export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document instead of the report')
    .option('--results <folder>', 'where run folders are written (default: results)')
}

export function resultsFolder({ results }: OutputFlags): string {
  if (results === '') {
    throw refusal({
      asked: '--results ""',
      found: 'no folder',
      rule: 'Run folders are written into it',
      remedy: 'Name one, or leave the option out',
    })
  }
  return results === undefined ? join(checkout, 'results') : resolve(results)
}

/** The command as it was typed, with paths from the checkout. */
export function typedCommand(): string {
  const shown = process.argv
    .slice(2)
    .map((word) => (isAbsolute(word) ? relative(checkout, word) || '.' : word))
  return ['npm start --', ...shown].join(' ')
}

/** Runs the trials and reports them. `parameters` are for the manifest. Errors: those of `runTrials`. */
export async function performTrials(
  { specs, seed, inputSha256, calibrationSha256, warnings }: TrialRequest,
  flags: OutputFlags,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<TrialRun> {
  for (const spec of specs) checkPrinted(spec, flags.json ?? false)
  const say = (line: string): void => {
    const stream = flags.json || specs[0]?.saved === PRINTED ? process.stderr : process.stdout
    stream.write(`${line}\n`)
  }
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  const doubts = new Map<TrialOutcome, readonly string[]>()
  const run = interruptible((signal) => {
    const [first] = specs
    if (first && isClosable(first)) signal.addEventListener('abort', () => sayClosed(first))
    return runTrials(
      {
        specs: specs.map((spec) => ({ ...spec, input: pathOnDisk(spec.input) })),
        // Who replays it writes no files.
        recorded: specs.map(({ saved: _saved, ...spec }) => spec),
        parameters: { ...parameters, ...(inputSha256 === undefined ? {} : { inputSha256 }) },
        seed,
        calibrationSha256: calibrationSha256 ?? null,
        warnings,
        command: typedCommand(),
        checkout,
        results: resultsFolder(flags),
      },
      {
        signal,
        started: (spec) => say(describeTrial(spec)),
        answered: (spec, answer) => {
          if (!flags.json) for (const line of answerLines(answer, clockStart(spec))) say(line)
        },
        judging: ({ tick, duration }) => {
          if (tick === 0) return
          const part = `${formatDuration(tick)} of ${formatDuration(duration)}`
          process.stderr.write(`judging the run goes on: ${part} of its input\n`)
        },
        finished: (spec, outcome, names) => {
          doubts.set(outcome, names)
          if (!flags.json) for (const line of reportTrial(spec, outcome, names)) say(line)
          const told = [
            ...arrivalWarnings(spec, outcome),
            ...storageWarnings(outcome),
            ...joinWarnings(outcome),
          ]
          for (const warning of told) process.stderr.write(`warning: ${warning}\n`)
          if (outcome.error !== undefined) process.stderr.write(`error: ${outcome.error}\n`)
        },
        written: (run) => {
          const { folder, complete, outcomes } = run
          say(`${complete ? 'run' : 'incomplete run'}: ${relative(process.cwd(), folder)}`)
          const next = nextCommand(specs, run)
          if (next !== undefined) say(next)
          if (flags.json && outcomes.length > 0) printJson(run, specs, warnings, doubts)
        },
      },
    )
  })
  return run.catch((error: unknown) => {
    // Its folder is what could not be written; the report has been printed.
    if (flags.json && error instanceof ResultError && doubts.size > 0) {
      printJson({ outcomes: [...doubts.keys()], complete: false }, specs, warnings, doubts)
    }
    throw error
  })
}

/** What can be done with a run that is written: rows that arrived are not kept, but where more of them are. */
function nextCommand(
  [spec]: readonly TrialSpec[],
  { folder, outcomes }: TrialRun,
): string | undefined {
  const name = basename(folder)
  if (spec?.input.live === undefined) return `again: npm start -- replay ${name}`
  const goesOn = outcomes.some(({ arrived }) => Object.keys(arrived?.position ?? {}).length > 0)
  const isOwn = planPlaceOf(spec.workload) !== undefined
  const what = isOwn ? `--plan ${spec.workload}` : spec.workload
  return goesOn ? `go on: npm start -- run ${what} --resume ${name}` : undefined
}

function sayClosed({ input }: TrialSpec): void {
  const kept =
    input.live === undefined
      ? 'the run ends here: the whole ticks after the warm-up are judged and kept, and where there is none, nothing is'
      : 'the input is closed: what has arrived is counted'
  process.stderr.write(`${kept}. A second signal ends at once.\n`)
}

/** Of a run that could not be written there is neither id nor folder. */
function printJson(
  {
    runId,
    folder,
    outcomes,
    complete,
  }: Partial<TrialRun> & Pick<TrialRun, 'outcomes'> & { readonly complete: boolean },
  specs: readonly TrialSpec[],
  warnings: readonly string[],
  doubts: ReadonlyMap<TrialOutcome, readonly string[]>,
): void {
  const trials = outcomes.map((outcome, index) => {
    const { history, latency, sentLatency, closeLatency, ...rest } = outcome
    return {
      ...specs[index]!,
      ...rest,
      ...(latency ? { latency: { ...latency, ccdf: undefined } } : {}),
      ...(sentLatency ? { sentLatency: { ...sentLatency, ccdf: undefined } } : {}),
      ...(closeLatency ? { closeLatency: { ...closeLatency, ccdf: undefined } } : {}),
      warnings: doubts.get(outcome) ?? [],
    }
  })
  const document = {
    ...(folder === undefined ? {} : { runId, folder: relative(process.cwd(), folder) }),
    complete,
    warnings,
    trials,
  }
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}

/** 0 valid, 1 invalid or a failure that the user can mend, 2 unknown. */
export function statusOf(outcomes: readonly TrialOutcome[]): ExitStatus {
  const users = ['configuration', 'input', 'plan', 'user-function']
  if (outcomes.some(({ errorCode }) => errorCode !== undefined && users.includes(errorCode))) {
    return 1
  }
  return exitStatusOf(outcomes.map(verdictOfAll))
}
