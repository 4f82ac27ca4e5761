/**
 * The main job: `npm start`, or `npm start -- compare`. Both engines on four workloads over real text, in three minutes.
 *
 * Baselines first, since they say where to look; then the schedule's trials, each in a fresh process and a row as soon as
 * it has ended; then tables, figures and the path of the run. An interruption keeps what was measured, marked incomplete.
 */
import { RunWriter } from '../../results/writer.ts'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import { type CommandIo, keepMeasured, shownPath } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { STAYS } from '../runner/recovery-phases.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import {
  engines as allEngines,
  type CompareCase,
  type CompareScale,
  compareCases,
  type EngineName,
  LATENCY_BOUND,
  PARTITIONS,
  quickScale,
  specOf,
  WORKERS,
} from './cases.ts'
import { compareClaims } from './claims.ts'
import { conclusions } from './conclusions.ts'
import {
  type CaseBaseline,
  claimLines,
  conditionsLines,
  latencyTable,
  memoryLine,
  type Report,
  throughputTable,
  verdictOf,
  wrapped,
} from './report.ts'
import { type Cell, Schedule } from './schedule.ts'

export interface CompareOptions {
  /** Names of cases; all if not given. */
  readonly cases?: readonly string[]
  readonly engines?: readonly EngineName[]
  readonly seed?: number
  readonly scale?: CompareScale
  /** Draw figures. Default true. */
  readonly figures?: boolean
}

/** What the table says of all trials is counted, where there is state to be saved; what did not complete is not compared. */
function lacksCheckpoint({ workload }: CompareCase, { outcome, counters }: TrialOutcome): boolean {
  return outcome === 'completed' && workload !== 'grep' && (counters.checkpointsDurable ?? 0) === 0
}

/** A recovery that was not seen to end: how long it was watched for, at least; or that nothing is known of it. */
function notSeenBack(
  { compareCase, engine, recovery }: Cell,
  { recovery: { settle } }: CompareScale,
): readonly string[] {
  if (recovery === undefined) return []
  const { witnessedAt, latencyBackAt, latencyBackAfter } = recovery.outcome.recoveries?.[0] ?? {}
  if (latencyBackAt !== undefined) return []
  const who = `${engine} on ${compareCase.label}`
  if (witnessedAt === undefined) {
    return [`${who}: nobody was seen to be killed, so nothing is known of a recovery.`]
  }
  return latencyBackAfter === undefined
    ? [
        `${who}: too little was seen before the kill or after it, so nothing is known of a recovery.`,
      ]
    : [
        `${who}: not seen back, and staying for ${formatDuration(STAYS)}, within the ${formatDuration(settle)} and more that a kill is watched.`,
      ]
}

/** Exit status: of the verdicts of the cells. Rejects with the signal's reason after an interruption was recorded. */
export async function compareCommand(options: CompareOptions, io: CommandIo): Promise<ExitStatus> {
  const { seed = 1, scale = quickScale, engines = allEngines, figures = true } = options
  const cases = compareCases.filter(({ name }) => options.cases?.includes(name) ?? true)
  const startMs = io.elapsedMs()
  const environment = io.environment()
  const writer = new RunWriter(io.results, {
    experiment: 'compare',
    command: io.command,
    seed,
    parameters: {
      cases: cases.map(({ name }) => name),
      engines,
      workers: WORKERS,
      partitions: PARTITIONS,
      latencyBoundNs: LATENCY_BOUND,
      scale,
    },
    peers: {},
    calibrationSha256: null,
    startedAt: io.now(),
    warnings: [...environmentDoubts(environment)],
    environment,
  })
  const journal = new TrialJournal(io, writer, startMs, scale.budgetMs)
  let folder: string
  let status: ExitStatus
  try {
    const baselines = await measureBaselines(cases, scale, io, journal)
    const unprotected: string[] = []
    const schedule = new Schedule(
      {
        cases,
        engines,
        budgetMs: scale.budgetMs,
        guess: (compareCase, engine) => {
          const baseline = baselines.get(compareCase)?.kernelLoop
          return baseline ? baseline * compareCase.guessShares[engine] : scale.guessRate
        },
        thread: (compareCase) => baselines.get(compareCase)?.kernelLoop,
      },
      {
        elapsedMs: () => io.elapsedMs() - startMs,
        run: async ({ cell, purpose, rate, shortened, total }) => {
          const { compareCase, engine } = cell
          const label = `${compareCase.label}, ${engine}, ${purpose} at ${formatRate(rate)}`
          const outcome = await journal.run(
            specOf({ compareCase, engine, purpose, rate, shortened, seed }, scale),
            {
              role: purpose === 'recovery' ? 'fault' : purpose,
              cell: `${compareCase.name} ${engine}`,
              label,
              repeats: 1,
              boundNs: LATENCY_BOUND,
              baseline: baselines.get(compareCase)?.kernelLoop,
              // Of a trial in which a worker dies, that is not asked.
              ...(purpose === 'recovery'
                ? {}
                : {
                    whyNotSustained: (ended: TrialOutcome) =>
                      whyNotSustained(ended, LATENCY_BOUND, rate),
                  }),
            },
            total,
          )
          if (lacksCheckpoint(compareCase, outcome)) unprotected.push(label)
          return outcome
        },
      },
    )
    const { cells, leftOut, shortened, unsettled } = await schedule.run()
    const shortcomings = [
      ...(cases.some(({ windowed }) => windowed) ? [windowsText(scale)] : []),
      ...unsettled.map((what) => `Not settled: ${what}.`),
      ...cells.flatMap((cell) => notSeenBack(cell, scale)),
      ...(leftOut.length > 0 ? [`Left out for want of time: ${leftOut.join('; ')}.`] : []),
      ...(unprotected.length > 0
        ? [
            `No checkpoint became durable in the run, so a lost worker's state could not have been restored: ${unprotected.join('; ')}.`,
          ]
        : []),
      ...(shortened.length > 0 ? [`Shortened for want of time: ${shortened.join('; ')}.`] : []),
    ]
    for (const what of shortcomings) writer.warn(what)
    journal.end()
    const report: Report = {
      cells,
      baselines,
      specOf: ({ compareCase, engine }, purpose, rate) =>
        specOf({ compareCase, engine, purpose, rate, shortened: false, seed }, scale),
    }
    const text = [
      'Highest rate held with p99 ≤ 1 s, and the lowest above it that was tried and not held; how often both were tried.',
      `Quick: trials of ${scale.measured / 1e9} s. Both engines survive a lost worker: a checkpoint within each measured interval.`,
      'Kill: a worker is killed at half of what held, and replaced: until latency is in its band again. One kill each.',
      `"≥ 4s": not seen back, and staying for ${formatDuration(STAYS)}, within the ${formatDuration(scale.recovery.settle)} and more that it is watched: it took at least 4s.`,
      throughputTable(report),
      ...conditionsLines(report),
      '',
      'Latency of a record, visible minus due; windows show a record at the next slide of 500 ms. Quick: one trial a rate;',
      'Half loads that are nearer to each other than 15 % are one rate, the smaller: rates are not known more closely.',
      '"same trial": at half load the engine is at the common rate already, so the row shows that trial again.',
      latencyTable(report),
      '',
      'What to conclude',
      ...conclusions(journal.rows).flatMap((line) => wrapped(line)),
      '',
      'Claims',
      ...claimLines(compareClaims, journal.rows),
      ...(shortcomings.length > 0 ? ['', 'What this run does not tell'] : []),
      ...shortcomings.flatMap((line) => wrapped(line)),
      '',
      memoryLine(journal.rows, io.residentBytesMax()),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    io.print(text)
    folder = writer.complete(io.now())
    status = exitStatusOf([
      ...cells.map(verdictOf),
      ...journal.rows.filter(({ role }) => role === 'baseline').map(({ verdict }) => verdict),
    ])
  } catch (error) {
    journal.end()
    keepMeasured(writer, error, io)
    throw error
  }
  if (figures) {
    journal.says('drawing figures …')
    // Only now: what draws takes 20 MiB, and trials are measured with the process that starts them.
    const { renderRun } = await import('../../notebooks/render.ts')
    const pictures = await renderRun(folder)
    journal.end()
    for (const picture of pictures) io.print(`figure: ${shownPath(picture)}`)
  }
  io.print(`run: ${shownPath(folder)}`)
  return status
}

const windowsText = ({ leavingRate, historyRate }: CompareScale): string =>
  `Windows: their 30 s of past are replayed as fast as can be. What leaves them within a trial came at ${formatRate(leavingRate)}, all words of the text each 500 ms, as at the rates of the trials; what stays came at ${formatRate(historyRate)}, so less is held in memory than by a window that has seen 30 s of such a rate.`

async function measureBaselines(
  cases: readonly CompareCase[],
  scale: CompareScale,
  io: CommandIo,
  journal: TrialJournal,
): Promise<ReadonlyMap<CompareCase, CaseBaseline>> {
  const baselines = new Map<CompareCase, CaseBaseline>()
  if (scale.baselineMs === 0) return baselines
  for (const compareCase of cases) {
    const { workload, parameters, label } = compareCase
    journal.says(`one thread on ${label} …`)
    io.signal.throwIfAborted()
    const { rates, residentBytesMax } = await io.baseline({
      workload,
      parameters,
      input: scale.input,
      durationMs: scale.baselineMs,
    })
    const right = rates.filter(({ wrong }) => wrong === '')
    // The best plain loop of a case stands for all of them.
    const plain = right
      .filter(({ kernels }) => kernels === 'plain')
      .sort((a, b) => b.recordsPerSecond - a.recordsPerSecond)[0]
    const kernel = right.find(({ kernels }) => kernels === 'columns')
    for (const rate of rates) {
      if (rate.wrong === '' && rate !== kernel && rate !== plain) continue
      journal.addBaseline(
        workload,
        rate,
        { role: 'baseline', cell: `${compareCase.name} ${rate.kernels}`, label, repeats: 1 },
        {
          workload_parameters: JSON.stringify(parameters),
          warnings: 'quick',
          resident_bytes_max: residentBytesMax,
        },
      )
    }
    baselines.set(compareCase, {
      kernelLoop: kernel?.recordsPerSecond,
      plainLoop: plain && { name: plain.loop, rate: plain.recordsPerSecond },
    })
  }
  return baselines
}
