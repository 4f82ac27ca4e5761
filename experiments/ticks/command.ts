/**
 * `npm start -- ticks`: tries a ladder of ticks on both engines, in the cases and trials of a compare, and prints by one rule which ticks
 * compare should use. Its ticks (`compare/cases.ts`) are those of a published run of this.
 *
 * Each trial is a fresh process and a row as soon as it has ended. An interruption keeps what was measured, marked incomplete.
 */
import { NEAR_SHARES } from '../../results/tick-choice.ts'
import { RunWriter } from '../../results/writer.ts'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { compareCases, engines, LATENCY_BOUND } from '../compare/cases.ts'
import { memoryLine, wrapped } from '../compare/report.ts'
import { type CommandIo, keepMeasured, shownPath } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import { expectedTrials, HALF_SHARE, ladderScale, type TicksScale } from './ladder.ts'
import { measureCase } from './measure.ts'
import { caseLines, chosenTicks, openQuestions, ruleLines, tableOfTicks } from './report.ts'

export interface TicksOptions {
  /** Names of cases; all if not given. */
  readonly cases?: readonly string[]
  /** Of the ticks that the rule compares. Default 3. */
  readonly repeats?: number
  readonly seed?: number
  readonly scale?: TicksScale
  /** Draw the figure. Default true. */
  readonly figures?: boolean
}

/**
 * Exit status: 1 when an output is wrong, 2 where a tick is not known, for throughput or latency.
 *
 * Rejects with the signal's reason after an interruption was recorded.
 */
export async function ticksCommand(options: TicksOptions, io: CommandIo): Promise<ExitStatus> {
  const { seed = 1, repeats = 3, scale = ladderScale, figures = true } = options
  const cases = compareCases.filter(({ name }) => options.cases?.includes(name) ?? true)
  const environment = io.environment()
  const startMs = io.elapsedMs()
  const writer = new RunWriter(io.results, {
    experiment: 'ticks',
    command: io.command,
    seed,
    parameters: {
      cases: cases.map(({ name }) => name),
      repeats,
      nearShares: NEAR_SHARES,
      halfShare: HALF_SHARE,
      latencyBoundNs: LATENCY_BOUND,
      scale,
    },
    peers: {},
    calibrationSha256: null,
    startedAt: io.now(),
    warnings: [...environmentDoubts(environment)],
    environment,
  })
  const journal = new TrialJournal(io, writer, startMs)
  const { trials, ms } = expectedTrials(cases, engines, scale, repeats)
  io.print(
    `About ${Math.ceil(ms / 60_000)} minutes for about ${trials} trials. Whoever interrupts it keeps what was measured.`,
  )
  let folder: string
  let status: ExitStatus
  try {
    for (const compareCase of cases) {
      await measureCase(compareCase, { io, journal, scale, repeats, seed, total: trials })
    }
    journal.end()
    const { rows } = journal
    const open = openQuestions(rows)
    for (const what of open) writer.warn(what)
    const text = [
      ...ruleLines(repeats),
      ...cases.flatMap((compareCase) => caseLines(compareCase, rows)),
      '',
      'For TICKS in experiments/compare/cases.ts, ms for throughput and for latency:',
      ...tableOfTicks(rows),
      ...(open.length > 0 ? ['', 'What this run does not tell'] : []),
      ...open.flatMap((line) => wrapped(line)),
      '',
      memoryLine(rows, io.residentBytesMax(), io.launchers()),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    io.print(text)
    folder = writer.complete(io.now())
    const wrong = rows.some(({ verdict }) => verdict === 'invalid')
    const isKnown = chosenTicks(rows).map(({ throughput, latency }) => throughput && latency)
    status = exitStatusOf([
      ...(wrong ? (['invalid'] as const) : []),
      ...isKnown.map((known) => (known === undefined ? 'unknown' : 'valid')),
    ])
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
