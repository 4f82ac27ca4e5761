/**
 * `npm start -- recovery`, and the other experiments around faults: runs the arms of a design in turns, and prints what it came to.
 *
 * Each trial is a fresh process and judged by the oracle: a recovery that lost or doubled a record is none.
 */
import { RunWriter } from '../../results/writer.ts'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { claimLines, wrapped } from '../compare/report.ts'
import { type CommandIo, keepMeasured, shownPath } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import { verdictOfAll } from '../runner/trial-spec.ts'
import { armsOf, type FaultDesign, type FaultScale, type MeasuredArm } from './design.ts'
import { measureFaults } from './measure.ts'

export interface FaultsOptions {
  readonly seed?: number
  readonly scale?: FaultScale
  /** Names of arms; those of the scale if not given. */
  readonly arms?: readonly string[]
  /** Draw figures. Default true. */
  readonly figures?: boolean
}

/** Exit status: of the verdicts; 2 where something hit nobody or an arm never came back, though that is what is asked. */
export async function faultsCommand(
  design: FaultDesign,
  options: FaultsOptions,
  io: CommandIo,
): Promise<ExitStatus> {
  const { seed = 1, figures = true } = options
  const chosen = options.scale ?? design.demonstration
  const scale = options.arms === undefined ? chosen : { ...chosen, arms: options.arms }
  const arms = armsOf(design, scale)
  const environment = io.environment()
  const writer = new RunWriter(io.results, {
    experiment: design.name,
    command: io.command,
    seed,
    parameters: { scale, load: design.load, arms },
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
    const measured = await measureFaults({ io, journal, scale, arms, load: design.load, seed })
    journal.end()
    const shortcomings = measured.flatMap(shortcomingsOf)
    for (const what of shortcomings) writer.warn(what)
    const { rows, faults } = journal
    const text = [
      ...design.report({ arms: measured, rows, faults, seed }),
      '',
      'Claims',
      ...claimLines(design.claims, rows, faults),
      ...(shortcomings.length > 0 ? ['', 'What this run does not tell'] : []),
      ...shortcomings.flatMap((line) => wrapped(line)),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    io.print(text)
    folder = writer.complete(io.now())
    status = rows.some(({ verdict }) => verdict === 'invalid') ? 1 : statusOf(design, measured)
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

function shortcomingsOf({ arm, lost, withoutPeace }: MeasuredArm): readonly string[] {
  return [
    ...(lost === 0
      ? []
      : [`${arm.name}: ${lost} probes had no valid pace, so there was nothing to offer.`]),
    ...(withoutPeace === 0
      ? []
      : [
          `${arm.name}: ${withoutPeace} visits had no valid trial in peace, so there was nothing for latency to be back at, and nobody joined.`,
        ]),
  ]
}

function statusOf({ isRecovered }: FaultDesign, arms: readonly MeasuredArm[]): ExitStatus {
  const outcomes = arms.flatMap(({ calm, hit }) => [...calm, ...hit].map(({ outcome }) => outcome))
  const verdicts = exitStatusOf(outcomes.map(verdictOfAll))
  if (verdicts !== 0) return verdicts
  if (arms.some(({ lost, withoutPeace }) => lost + withoutPeace > 0)) return 2
  const phases = outcomes.flatMap(({ recoveries = [], burst, resizes = [] }) => [
    ...recoveries,
    ...(burst === undefined ? [] : [burst]),
    ...resizes,
  ])
  const isShown = phases.every(
    ({ witnessedAt, latencyBackAt }) =>
      witnessedAt !== undefined && (latencyBackAt !== undefined || !isRecovered),
  )
  return isShown ? 0 : 2
}
