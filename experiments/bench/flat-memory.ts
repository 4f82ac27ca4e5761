/**
 * Memory over ten minutes: running WordCount of the main job, its text and its ticks, at half of the pace that the engine has under
 * overload just before. Read are the largest resident sets of the second minute and of the tenth; in the first one caches fill. Peaks
 * of two runs differ by a tenth though neither grows.
 *
 * A leak of a tenth of a byte a record is hundreds of MiB then, and one of a hundred bytes a commit as many as at any other load.
 */
import { type Nanos, seconds } from '../../engines/core/units.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import { compareCases, type EngineName, engines, quickScale, specOf } from '../compare/cases.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialJournal, TrialNote } from '../runner/trial-journal.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { whyNoOverload } from './counting.ts'
import type { Elsewhere } from './earlier-runs.ts'
import type { BenchRow } from './rows.ts'
import { OVERLOAD } from './subjects.ts'

const MINUTE: Nanos = seconds(60)
/** Of a minute: fewer do not tell its largest. */
const READINGS_MIN = 50
/** To overload it. */
const ATTEMPTS = 4
const LOAD = 0.5
/** An overload is worked off after its end. */
const GRACE: Nanos = seconds(18)

const mainCase = compareCases.find(({ name }) => name === 'word-count')!

interface FlatRequest {
  readonly rows: readonly BenchRow[]
  readonly seed: number
}

const isAsked = (engine: EngineName, rows: readonly BenchRow[]): boolean =>
  rows.some(({ name }) => name === `memory-flat-${engine}`)

/** Trials that `measureFlatMemory` will run: a pace, and ten minutes. */
export function flatTrials(rows: readonly BenchRow[]): number {
  return 2 * engines.filter((engine) => isAsked(engine, rows)).length
}

/** One trial of ten minutes for each engine. */
export async function measureFlatMemory(
  io: Pick<CommandIo, 'signal' | 'baseline'>,
  journal: TrialJournal,
  { rows, seed }: FlatRequest,
  to: Elsewhere,
): Promise<void> {
  for (const engine of engines) {
    if (!isAsked(engine, rows)) continue
    io.signal.throwIfAborted()
    const specAt = (rate: number): TrialSpec => ({
      ...specOf(
        { compareCase: mainCase, engine, purpose: 'half-load', rate, shortened: false, seed },
        quickScale,
      ),
      grace: GRACE,
    })
    const pace = await paceOf(io, journal, engine, specAt)
    if (pace === undefined) continue
    const rate = Math.round(pace * LOAD)
    const base = specAt(rate)
    const { checkpointInterval } = TRIAL_DEFAULTS[engine]
    const spec: TrialSpec = {
      ...base,
      // Many intervals long, it has as many checkpoints as a run of its length has by default.
      timely: { ...base.timely, checkpointInterval },
      dstream: { ...base.dstream, checkpointInterval },
      // Nobody dies here, and within ten minutes a busy machine may stand still for longer than a second.
      detector: { ...TRIAL_DEFAULTS.detector, timeout: seconds(10) },
      warmup: 0,
      measured: 10 * MINUTE,
    }
    const outcome = await journal.run(spec, noteOf(`10 min, ${engine}`), flatTrials(rows))
    const why = whyNotSustained(outcome, Number.POSITIVE_INFINITY, rate)
    to.notes.set(
      `memory-flat-${engine}`,
      [
        `at ${formatRate(rate)}, half of its pace at ticks of ${formatDuration(spec.tick)}, ${why === '' ? 'kept up' : `not kept up with: ${why}`}`,
        'rule changed: before, 200 k/s of 10,000 synthetic words',
      ].join('; '),
    )
    for (const [minute, end] of [
      ['second', 2 * MINUTE],
      ['tenth', 10 * MINUTE],
    ] as const) {
      const readings = (outcome.timeline ?? [])
        .filter(({ at }) => at > end - MINUTE && at <= end)
        .flatMap(({ residentBytesMax }) => residentBytesMax ?? [])
      // Input in a log takes no memory of an engine that falls behind.
      const isRead = why === '' && readings.length >= READINGS_MIN
      to.values.set(
        `${engine} resident bytes of the ${minute} minute`,
        isRead ? [Math.max(...readings)] : [],
      )
    }
  }
}

const isWhole = ({ outcome, verdict }: TrialOutcome): boolean =>
  outcome === 'completed' && verdict === 'valid'

const noteOf = (label: string): TrialNote => ({ role: 'control', cell: label, label, repeats: 1 })

/** The engine's pace while a little more is offered, records/s: first guessed from one thread's, as in the main job. */
async function paceOf(
  { baseline }: Pick<CommandIo, 'baseline'>,
  journal: TrialJournal,
  engine: EngineName,
  specAt: (rate: number) => TrialSpec,
): Promise<number | undefined> {
  const { workload, parameters, input } = specAt(1)
  journal.says(`one thread on ${workload} …`)
  const asked = { workload, parameters, input, durationMs: quickScale.baselineMs }
  const { rates } = await baseline(asked)
  const thread = rates.find(({ kernels, wrong }) => kernels === 'columns' && wrong === '')
  let rate = (thread?.recordsPerSecond ?? quickScale.guessRate) * mainCase.guessShares[engine]
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    rate = Math.round(rate * OVERLOAD)
    const note = noteOf(`10 min, ${engine}, calibration`)
    const outcome = await journal.run(specAt(rate), note, 1)
    const { processedPerSecond: pace } = outcome
    const why = whyNoOverload(pace / rate)
    if (why === '' && isWhole(outcome)) return pace
    if (pace > 0 && why !== 'kept up') rate = pace
  }
  return undefined
}
