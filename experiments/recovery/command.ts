/**
 * `npm start -- recovery`: kills a worker of each engine while it works over real text, and says how long it took to be back.
 *
 * A probe of each mode finds what it sustains; then trials in peace and trials with kills take turns, modes next to each
 * other, every other round backwards. Each trial is a fresh process and judged by the oracle: a recovery that lost or
 * doubled a record is none.
 */
import type { KillFault } from '../../engines/core/faults/fault.ts'
import { RunWriter } from '../../results/writer.ts'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { formatRate } from '../cli/options.ts'
import { type CommandIo, keepMeasured, shownPath } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import type { FaultPhases } from '../runner/recovery-phases.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import {
  demonstration,
  killsOf,
  probeOf,
  type RecoveryMode,
  type RecoveryScale,
  recoveryModes,
  specOf,
  WORK,
} from './cases.ts'
import { type RecoveredMode, recoveryLines, recoveryTable } from './report.ts'

export interface RecoveryOptions {
  readonly seed?: number
  readonly scale?: RecoveryScale
  /** Draw the figure. Default true. */
  readonly figures?: boolean
}

/** What is offered to a probe, as a multiple of one thread with the same kernels. */
const PROBE_SHARE = 1.3

/** Exit status: of the verdicts; 2 where a kill hit nobody or a mode never came back. */
export async function recoveryCommand(
  options: RecoveryOptions,
  io: CommandIo,
): Promise<ExitStatus> {
  const { seed = 1, scale = demonstration, figures = true } = options
  const environment = io.environment()
  const writer = new RunWriter(io.results, {
    experiment: 'recovery',
    command: io.command,
    seed,
    parameters: { scale, modes: recoveryModes },
    peers: {},
    calibrationSha256: null,
    startedAt: io.now(),
    warnings: [...environmentDoubts(environment)],
    environment,
  })
  const journal = new TrialJournal(io, writer, io.elapsedMs())
  let folder: string
  let status: ExitStatus
  try {
    const modes = await measure({ io, journal, scale, seed })
    journal.end()
    const text = [
      `A worker is killed${scale.kills > 1 ? ` ${scale.kills} times a trial` : ''}, at a random phase of the checkpoint interval, and replaced after detection by heartbeats.`,
      'Medians, since the thread was gone. Back: within 1.1 times the worst that the trial had before, and staying for 3 s.',
      recoveryTable(modes, seed),
      '',
      ...recoveryLines(modes),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    io.print(text)
    folder = writer.complete(io.now())
    status = statusOf(modes)
  } catch (error) {
    journal.end()
    keepMeasured(writer, error, io)
    throw error
  }
  if (figures) {
    const { renderRun } = await import('../../notebooks/render.ts')
    for (const path of await renderRun(folder)) io.print(`figure: ${shownPath(path)}`)
  }
  io.print(`run: ${shownPath(folder)}`)
  return status
}

interface Measuring {
  readonly io: CommandIo
  readonly journal: TrialJournal
  readonly scale: RecoveryScale
  readonly seed: number
}

interface MeasuredMode {
  readonly mode: RecoveryMode
  readonly rate: number
  readonly probe: TrialOutcome
  readonly calm: TrialOutcome[]
  readonly killed: TrialOutcome[]
}

async function measure(measuring: Measuring): Promise<readonly RecoveredMode[]> {
  const { journal, scale, seed } = measuring
  const total = recoveryModes.length * (1 + 2 * scale.repeats)
  const guess = await guessOf(measuring)
  const modes: MeasuredMode[] = []
  for (const mode of recoveryModes) {
    const spec = probeOf({ mode, rate: guess, seed }, scale)
    const { name } = mode
    const note = { role: 'probe', cell: name, label: `${name}: probe`, repeats: 1 } as const
    const probe = await journal.run(spec, note, total)
    modes.push({
      mode,
      rate: Math.max(1, Math.round(probe.processedPerSecond * scale.load)),
      probe,
      calm: [],
      killed: [],
    })
  }
  const run = async (each: MeasuredMode, faults: readonly KillFault[]): Promise<void> => {
    const { mode, rate, calm, killed } = each
    const isCalm = faults.length === 0
    const outcome = await journal.run(
      specOf({ mode, rate, seed, faults }, scale),
      {
        role: isCalm ? 'control' : 'fault',
        cell: mode.name,
        label: `${mode.name}, ${isCalm ? 'in peace' : 'with kills'}, at ${formatRate(rate)}`,
        repeats: scale.repeats,
      },
      total,
    )
    if (isCalm) calm.push(outcome)
    else killed.push(outcome)
  }
  for (let round = 0; round < scale.repeats; round++) {
    const turns = [[], killsOf(scale, seed, round)].flatMap((faults) =>
      modes.map((each) => () => run(each, faults)),
    )
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn()
  }
  return modes
}

async function guessOf({ io, journal, scale }: Measuring): Promise<number> {
  const { input, baselineMs, guessRate } = scale
  if (baselineMs === 0) return guessRate
  journal.says('one thread …')
  io.signal.throwIfAborted()
  const { rates } = await io.baseline({ ...WORK, input, durationMs: baselineMs })
  const kernels = rates.find((rate) => rate.kernels === 'columns')
  return Math.round((kernels?.recordsPerSecond ?? guessRate) * PROBE_SHARE)
}

function statusOf(modes: readonly RecoveredMode[]): ExitStatus {
  const outcomes = modes.flatMap(({ probe, calm, killed }) => [probe, ...calm, ...killed])
  const verdicts = exitStatusOf(outcomes.map(({ verdict }) => verdict))
  if (verdicts !== 0) return verdicts
  const recoveries = outcomes.flatMap(({ recoveries: all = [] }) => all)
  const isBack = ({ witnessedAt, latencyBackAt }: FaultPhases): boolean =>
    witnessedAt !== undefined && latencyBackAt !== undefined
  return recoveries.every(isBack) ? 0 : 2
}
