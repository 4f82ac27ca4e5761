/**
 * `npm start -- validate`: can the simulation be believed? Measures this machine's costs, then runs the same configurations
 * on threads and in simulation with these costs, and prints how far apart they are (DESIGN §10).
 *
 * A calibration and the trials that it is held against share one run, so that both see the machine in one state. A load
 * that comes and goes between them is in the residuals.
 */
import { relative } from 'node:path'
import { RunWriter } from '../../results/writer.ts'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { claimLines } from '../compare/report.ts'
import {
  CALIBRATION_FILE,
  calibrationHash,
  calibrationText,
  type MicroOptions,
  measureMachine,
} from '../micro/command.ts'
import { type CommandIo, checkout } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import { validateClaims } from './claims.ts'
import { cellOf, pairsOf, QUICK_SCALE, specOf, type ValidateScale } from './pairs.ts'
import { type Comparison, residualSummary, residualsOf, residualTable } from './residuals.ts'

export interface ValidateOptions {
  readonly seed?: number
  readonly scale?: ValidateScale
  readonly micro?: MicroOptions
}

/**
 * Exit status: of the verdicts of the trials; residuals are findings and change nothing.
 *
 * Rejects with the signal's reason after an interruption was recorded.
 */
export async function validateCommand(
  { seed = 1, scale = QUICK_SCALE, micro = {} }: ValidateOptions,
  io: CommandIo,
): Promise<ExitStatus> {
  const startMs = io.elapsedMs()
  const startedAt = io.now()
  const environment = io.environment()
  const { calibration } = await measureMachine(micro, io)
  const json = calibrationText(calibration)
  const writer = new RunWriter(io.results, {
    experiment: 'validate',
    command: io.command,
    seed,
    parameters: { scale },
    peers: {},
    calibrationSha256: calibrationHash(json),
    startedAt,
    warnings: [...environmentDoubts(environment)],
    environment,
  })
  const journal = new TrialJournal(io, writer, startMs)
  try {
    writer.addFile(CALIBRATION_FILE, json)
    const pairs = pairsOf(scale)
    const comparisons: Comparison[] = []
    for (const pair of pairs) {
      const runIn = (world: 'threads' | 'simulated') =>
        journal.run(
          specOf(pair, world, calibration, { scale, seed }),
          {
            role: pair.load === 'overload' ? 'maximum' : 'common-rate',
            cell: `${cellOf(pair)}, ${world}`,
            label: `${cellOf(pair)}, ${world}`,
            repeats: 1,
          },
          pairs.length * 2,
        )
      comparisons.push({
        pair,
        threads: await runIn('threads'),
        simulated: await runIn('simulated'),
      })
    }
    journal.end()
    const text = [
      'Simulation against threads, with the costs of this machine (quick: one trial a row)',
      residualTable(comparisons),
      '',
      ...residualSummary(comparisons),
      ...claimLines(validateClaims, journal.rows),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    const residuals = comparisons.flatMap(residualsOf)
    writer.addFile('residuals.json', `${JSON.stringify(residuals, null, 2)}\n`)
    io.print(text)
    io.print(`run: ${relative(checkout, writer.complete(io.now()))}`)
    return exitStatusOf(
      comparisons.flatMap(({ threads, simulated }) => [threads.verdict, simulated.verdict]),
    )
  } catch (error) {
    journal.end()
    writer.interrupt(error instanceof Error ? error.message : String(error), io.now())
    throw error
  }
}
