/**
 * `npm start -- validate`: can the simulation be believed? Measures this machine's costs, then runs the same configurations
 * on threads and in simulation with these costs, and prints how far apart they are (DESIGN §10).
 *
 * The machine drifts within a minute by more than the bounds. So the overloads of a subject on threads and the calibrations
 * in situ that they are held against (`in-situ.ts`) take turns; what is simulated does not drift and comes after them.
 */
import type { Calibration } from '../../engines/core/cost/calibration.ts'
import type { CostModel } from '../../engines/core/cost/cost-model.ts'
import { RunWriter } from '../../results/writer.ts'
import { type ExitStatus, exitStatusOf } from '../cli/exit-status.ts'
import { claimLines } from '../compare/report.ts'
import {
  CALIBRATION_FILE,
  calibrationDoubts,
  calibrationHash,
  calibrationText,
} from '../micro/calibration-file.ts'
import { type MicroOptions, measureMachine } from '../micro/command.ts'
import { type CommandIo, keepMeasured, shownPath } from '../runner/command-io.ts'
import { environmentDoubts } from '../runner/environment.ts'
import { TrialJournal } from '../runner/trial-journal.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { validateClaims } from './claims.ts'
import { besideNsOf, coordinationTimes, type Imagined, type InSitu, inSituOf } from './in-situ.ts'
import {
  CALIBRATIONS,
  type CalibrationLoad,
  cellOf,
  type Pair,
  QUICK_SCALE,
  type Subject,
  specOf,
  subjectName,
  subjectsOf,
  type ValidateScale,
} from './pairs.ts'
import {
  areSteady,
  type Comparison,
  earlierVerdicts,
  judgementOf,
  misses,
  residualCsv,
  residualSummary,
  residualsOf,
  residualTable,
} from './residuals.ts'

export interface ValidateOptions {
  readonly seed?: number
  readonly scale?: ValidateScale
  readonly micro?: MicroOptions
}

/**
 * Exit status: of the verdicts of the trials; and 1 when a residual is beyond its bound.
 *
 * Rejects with the signal's reason after an interruption was recorded.
 */
export async function validateCommand(
  options: ValidateOptions,
  io: CommandIo,
): Promise<ExitStatus> {
  const startMs = io.elapsedMs()
  const startedAt = io.now()
  const environment = io.environment()
  const cores = environment.coresLimit ?? environment.cores
  const { seed = 1, micro = {}, scale = { ...QUICK_SCALE, cores } } = options
  const writer = new RunWriter(io.results, {
    experiment: 'validate',
    command: io.command,
    seed,
    parameters: { scale },
    peers: {},
    calibrationSha256: null,
    startedAt,
    warnings: [...environmentDoubts(environment)],
    environment,
  })
  const journal = new TrialJournal(io, writer, startMs)
  try {
    const { calibration } = await measureMachine(micro, io)
    const doubts = calibrationDoubts(calibration)
    for (const doubt of doubts) writer.warn(doubt)
    const json = calibrationText(calibration)
    writer.addFile(CALIBRATION_FILE, json)
    writer.calibrated(calibrationHash(json))
    const run = { journal, calibration, scale, seed, more: 0 }
    const subjects: (Validated & { readonly subject: Subject })[] = []
    for (const subject of subjectsOf(scale)) {
      subjects.push({ subject, ...(await validateSubject(subject, run)) })
    }
    journal.end()
    const comparisons = subjects.flatMap((each) => each.comparisons)
    const missed = misses(comparisons)
    const text = [
      `Simulation against threads, with the costs of this machine (on threads ${repeatsText(scale)})`,
      ...doubts.map((doubt) => `warning: ${doubt}`),
      residualTable(comparisons),
      'residual: the median of each repeat’s simulated ÷ threads, less 1, with its 95 % interval; medians: of the two medians beside it',
      '',
      ...subjects.map(({ subject, inSitu }) => inSituLine(subject, inSitu)),
      '',
      ...residualSummary(comparisons),
      ...earlierVerdicts(comparisons),
      ...claimLines(validateClaims, journal.rows),
      ...(missed.length === 0 ? [] : ['', 'Not within:', ...missed.map((line) => `  ${line}`)]),
    ].join('\n')
    writer.addFile('table.txt', `${text}\n`)
    const residuals = comparisons.flatMap(residualsOf)
    writer.addFile('residuals.csv', residualCsv(residuals))
    writer.addFile('residuals.json', `${JSON.stringify(residuals, null, 2)}\n`)
    const inSitu = subjects.map((each) => ({ ...each.subject, ...each.inSitu }))
    writer.addFile('in-situ.json', `${JSON.stringify(inSitu, null, 2)}\n`)
    io.print(text)
    io.print(`run: ${shownPath(writer.complete(io.now()))}`)
    const verdicts = comparisons.flatMap(({ threads, simulated }) =>
      [...threads, ...simulated].map(({ verdict }) => verdict),
    )
    return residuals.every((each) => judgementOf(each) !== 'no') ? exitStatusOf(verdicts) : 1
  } catch (error) {
    journal.end()
    keepMeasured(writer, error, io)
    throw error
  }
}

interface ValidateRun {
  readonly journal: TrialJournal
  readonly calibration: Calibration
  readonly scale: ValidateScale
  readonly seed: number
  /** Trials beyond those of the least number of repeats, so far. */
  more: number
}

interface Validated {
  readonly comparisons: readonly Comparison[]
  readonly inSitu: InSitu
}

interface Costs {
  readonly factor: number
  readonly costs: CostModel
}

async function validateSubject(subject: Subject, run: ValidateRun): Promise<Validated> {
  const { scale, calibration, seed } = run
  let pace = 0
  const specFor = (pair: Pair, world: TrialSpec['world'], costs?: Costs): TrialSpec =>
    specOf(pair, world, calibration, { scale, seed, factor: 1, ...costs, pace })
  const runOn = (pair: Pair, spec: TrialSpec, control?: string) => trialOf(run, pair, spec, control)
  const onThreads = (pair: Pair) => runOn(pair, specFor(pair, 'threads'))
  const pairs = scale.loads.map((load) => ({ ...subject, load, threads: [] as TrialOutcome[] }))
  const [overload, ...below] = pairs
  const probe: Pair = { ...subject, load: 'probe' }
  pace = (await onThreads(probe)).processedPerSecond
  const calibrationAt = (load: CalibrationLoad) => ({
    pair: { ...subject, load },
    threads: [] as TrialOutcome[],
  })
  const parking = calibrationAt('calibration, parking')
  const spinning = calibrationAt('calibration, spinning')
  const idle = calibrationAt('calibration, idle')
  const calibrate = async (...calibrations: readonly (typeof parking)[]) => {
    for (const { pair, threads } of calibrations) threads.push(await onThreads(pair))
  }
  await calibrate(parking, spinning)
  const { workers } = subject
  const { threads } = overload!
  for (let repeat = 0; repeat < scale.overloadsMax; repeat++) {
    if (repeat >= scale.repeats.overload) {
      if (areSteady(threads, besideNsOf(spinning.threads, workers), workers)) break
      run.more += TRIALS_MORE
    }
    threads.push(await onThreads(overload!))
    // What a park costs is told by the first.
    if (repeat < scale.repeats.overload) await calibrate(parking)
    await calibrate(spinning)
  }
  for (let repeat = 0; repeat < idleRepeats(scale.repeats); repeat++) {
    for (const pair of below) {
      if (repeat < scale.repeats[pair.load]) pair.threads.push(await onThreads(pair))
    }
    await calibrate(idle)
  }
  const kernels = { factor: 1, costs: coordinationTimes(calibration.costs, 0) }
  const imagine = async ({ pair }: { readonly pair: Pair }): Promise<Imagined> => ({
    whole: await runOn(pair, specFor(pair, 'simulated')),
    kernels: await runOn(pair, specFor(pair, 'simulated', kernels), 'kernels alone'),
  })
  const inSitu = inSituOf({
    workers: subject.workers,
    parking: parking.threads,
    spinning: spinning.threads,
    idle: idle.threads,
    simulatedParking: await runOn(parking.pair, specFor(parking.pair, 'simulated')),
    simulatedSpinning: await imagine(spinning),
    simulatedIdle: await imagine(idle),
    costs: calibration.costs,
  })
  const comparisons: Comparison[] = []
  for (const { threads, ...pair } of pairs) {
    const alone = await runOn(pair, specFor(pair, 'simulated'), 'factor 1')
    const { costs } = inSitu
    const spec = specFor(pair, 'simulated', { factor: inSitu.factor, costs })
    const simulated: TrialOutcome[] = []
    for (const factor of pair.load === 'overload' ? inSitu.factors : [inSitu.factor]) {
      simulated.push(await runOn(pair, specFor(pair, 'simulated', { factor, costs })))
    }
    const { besideNs } = inSitu
    const compared = { pair, tick: spec.tick, threads, simulated, alone, besideNs }
    const stalls = threads.find((outcome) => outcome.stalls !== undefined)?.stalls?.ccdf
    if (stalls === undefined || pair.load === 'overload') {
      comparisons.push(compared)
      continue
    }
    const stalled = { ...spec, simulation: { ...spec.simulation, stalls } }
    const replayed = await runOn(pair, stalled, 'with stalls')
    comparisons.push({ ...compared, replayed })
  }
  return { comparisons, inSitu }
}

/** `control`: what is different about a trial that is no side of a pair. */
function trialOf(
  { journal, scale, more }: ValidateRun,
  pair: Pair,
  spec: TrialSpec,
  control: string | undefined,
) {
  const { load } = pair
  const label = [cellOf(pair), spec.world, ...(control === undefined ? [] : [control])].join(', ')
  return journal.run(
    spec,
    {
      role:
        load === 'probe' || isCalibration(load) || control !== undefined
          ? 'control'
          : load === 'overload'
            ? 'maximum'
            : 'common-rate',
      cell: label,
      label,
      repeats: repeatsOf(spec.world, load, scale),
    },
    subjectsOf(scale).length * trialsOfSubject(scale) + more,
  )
}

/** One overload more: it, the calibration behind it, and its simulation. */
const TRIALS_MORE = 3

/** How many trials a subject takes at least, for the progress line. */
function trialsOfSubject({ loads, repeats }: ValidateScale): number {
  const measured = loads.reduce((sum, load) => sum + repeats[load], 0)
  const onThreads = 1 + measured + 2 * (repeats.overload + 1) + idleRepeats(repeats)
  // Calibrations; the overloads and their control; each other load as it is, with the factor 1, with stalls.
  return onThreads + 5 + repeats.overload + 1 + 3 * (loads.length - 1)
}

/** The idle load takes turns with those below the limit. */
function idleRepeats({ light, heavy }: ValidateScale['repeats']): number {
  return Math.max(light, heavy)
}

function repeatsText({ loads, repeats }: ValidateScale): string {
  return loads.map((load) => `${repeats[load]} × ${load}`).join(', ')
}

function repeatsOf(world: TrialSpec['world'], load: Pair['load'], { repeats }: ValidateScale) {
  if (load === 'probe' || (world === 'simulated' && load !== 'overload')) return 1
  if (load === 'calibration, idle') return idleRepeats(repeats)
  return isCalibration(load) ? repeats.overload + 1 : repeats[load]
}

function isCalibration(load: Pair['load']): load is CalibrationLoad {
  return CALIBRATIONS.some((calibration) => calibration === load)
}

function inSituLine(subject: Subject, inSitu: InSitu): string {
  const { simulatedNs, factor, coordination, costs } = inSitu
  const list = (name: string, threadsNs: readonly number[], imagined: number | undefined) =>
    `${name} ${threadsNs.map((ns) => ns.toFixed(1)).join(', ') || '–'} (${imagined?.toFixed(1) ?? '–'})`
  return (
    `calibrated in situ, ${subjectName(subject)}: time per record on threads (by the micro-benchmarks), ns: ` +
    `${list('spinning', inSitu.spinningNs, simulatedNs.spinning)}, ${list('parking', inSitu.parkingNs, simulatedNs.parking)}, ` +
    `${list('idle', inSitu.idleNs, simulatedNs.idle)}: × ${factor.toFixed(2)}, coordination × ${(coordination * factor).toFixed(0)}, ` +
    `a park ${((costs.parkNs * factor) / 1e3).toFixed(0)} µs`
  )
}
