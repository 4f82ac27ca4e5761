/**
 * How fast recovery is, what it costs, and whether anybody is missed who lives (issue 5, "How fast"). Trials are those of the experiments
 * around faults (`../faults/`), in rounds of their own.
 *
 * Kills: four a trial at random phases, after 20 s in peace; a value is the median of a trial, since kills of one trial share its
 * fate. What was not seen to come back counts as longer than all others. Prices: maxima ÷ those of trials just before and after.
 *
 * Caught up is measured from when results come again: what is to be made up for then is what the restored state is old, at what
 * the load leaves of the maximum. The note has the same by how old it was at the kill, which leaves out what came until then.
 */
import { seconds } from '../../engines/core/units.ts'
import { formatDuration } from '../cli/options.ts'
import { ARM } from '../faults/arm-names.ts'
import {
  type Arm,
  armsOf,
  type FaultDesign,
  type FaultScale,
  type LoadedTrial,
  type MeasuredArm,
} from '../faults/design.ts'
import { priceDesign, recoveryDesign, stragglerDesign } from '../faults/designs.ts'
import { slowRatiosOf } from '../faults/load-report.ts'
import { measureFaults, trialsOf } from '../faults/measure.ts'
import { durationText, isHit, lengthTo, medianTo, NEVER } from '../faults/phases.ts'
import { ratiosOf } from '../faults/price-report.ts'
import { phasesOf } from '../faults/report.ts'
import type { CommandIo } from '../runner/command-io.ts'
import type { FaultPhases } from '../runner/recovery-phases.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialJournal } from '../runner/trial-journal.ts'
import { median } from '../statistics/quantiles.ts'
import type { Elsewhere } from './earlier-runs.ts'
import { LONG } from './measured-by.ts'
import type { BenchRow } from './rows.ts'

interface FaultRowsRequest {
  readonly rows: readonly BenchRow[]
  readonly repeats: number
  readonly seed: number
  readonly long: boolean
}

/** Of fewer trials a row may fail and cannot pass: five of four kills are twenty. */
const TRIALS_MIN = 5

/** What nobody changes: it is to hold for the default. */
const TIMEOUT = `timeout ${formatDuration(TRIAL_DEFAULTS.detector.timeout)}`

const most = (value: number) => ({ sense: 'at most', value }) as const
const least = (value: number) => ({ sense: 'at least', value }) as const
const ms = (value: number) => most(value * 1e6)

interface FaultRow extends Omit<BenchRow, 'part' | 'unit'> {
  readonly unit?: BenchRow['unit']
  /** The arms that it is of. */
  readonly arms: readonly string[]
  /** A row of minutes, for `--long`. */
  readonly isLong?: true
}

/** What a kill comes to, ns; of the trial that it is in. */
type KillMeasure = (kill: FaultPhases, trial: LoadedTrial) => number

interface KillRow extends FaultRow {
  readonly of: KillMeasure
}

const kills: readonly KillRow[] = [
  {
    name: 'recovery-dstream',
    what: 'D-Stream, kill 1 of 2 at half load, replaced, 1 s batches, 10 s checkpoints: from detection until latency is back',
    numerator: 'dstream latency back after detection',
    arms: [ARM.lineage],
    reach: most(3e9),
    aim: most(1e9),
    of: (kill) => lengthTo(kill, 'latencyBackAt', 'detectedAt'),
  },
  {
    name: 'recovery-timely-processing',
    what: 'timely, 10 s checkpoints, the same kill: from detection until results come again',
    numerator: 'timely processing after detection',
    arms: [ARM.checkpoint],
    reach: ms(1_000),
    aim: ms(200),
    of: (kill) => lengthTo(kill, 'processingAt', 'detectedAt'),
  },
  {
    name: 'recovery-timely-caught-up',
    what: 'the same: caught up, beyond age of the restored state × load ÷ (1 − load)',
    numerator: 'timely caught up beyond its age',
    arms: [ARM.checkpoint],
    reach: ms(1_000),
    of: (kill, trial) => beyondAge(kill, trial, kill.processingAt),
  },
  {
    name: 'detection',
    what: `failure detection by heartbeats, ${TIMEOUT}: from the kill`,
    numerator: 'detection',
    arms: [ARM.lineage, ARM.checkpoint],
    reach: ms(1_000),
    aim: ms(200),
    of: (kill) => lengthTo(kill, 'detectedAt'),
  },
  ...(['timely', 'dstream'] as const).map((engine) => ({
    name: `recovery-survivors-${engine}`,
    what: `${engine}, kill 1 of 2 at 30 % load, survivors: from the kill until latency is back (--long)`,
    numerator: `${engine} survivors latency back`,
    arms: [engine === 'timely' ? ARM.checkpointSurvivors : ARM.lineageSurvivors],
    isLong: true as const,
    of: (kill: FaultPhases) => lengthTo(kill, 'latencyBackAt'),
  })),
]

const prices: readonly FaultRow[] = (
  [
    ['checkpoint', ARM.checkpoint, { reach: least(0.85), aim: least(0.95) }],
    ['logging', ARM.logging, { reach: least(0.5), aim: least(0.75) }],
    ['barrier-snapshots', ARM.snapshots, { reach: least(0.9), aim: least(0.95) }],
    ['dstream', ARM.lineage, { reach: least(0.85), aim: least(0.95) }],
    ['upstream-backup', ARM.upstream, {}],
    ['active-standby', ARM.standby, {}],
  ] as const
).map(([name, arm, limits]) => ({
  name: `price-${name}`,
  what: `price of ${name === 'dstream' ? 'D-Stream checkpoints' : `timely ${name}`}, each 10 s: maximum ÷ without`,
  numerator: `${arm} maximum ratio`,
  unit: 'ratio',
  arms: [arm],
  ...limits,
}))

const stragglers: readonly FaultRow[] = [
  {
    name: 'straggler',
    what: 'simulated D-Stream, a straggler on 1 of 20 nodes: interval time ÷ none',
    numerator: 'straggler interval ratio',
    unit: 'ratio',
    arms: [ARM.straggler],
  },
  {
    name: 'straggler-speculation',
    what: 'the same with copies of late tasks',
    numerator: 'straggler with speculation interval ratio',
    unit: 'ratio',
    arms: [ARM.speculation],
    reach: most(2),
    aim: most(1.3),
  },
]

const falseAlarms: readonly FaultRow[] = (['timely', 'dstream'] as const).map((engine) => ({
  name: `false-alarms-${engine}`,
  what: `${engine}, 10 minutes at 90 % load, ${TIMEOUT}: who was suspected and lived (--long)`,
  numerator: `${engine} false alarms`,
  unit: 'count',
  arms: [engine === 'timely' ? ARM.checkpoint : ARM.lineage],
  isLong: true,
  reach: most(0),
}))

/** The rows, for the bench. */
export const faultRows: readonly BenchRow[] = [
  ...[...kills, ...prices, ...stragglers].map((row) => rowOf(row, { least: TRIALS_MIN })),
  ...falseAlarms.map((row) => rowOf(row, {})),
]

function rowOf(row: FaultRow, more: Pick<BenchRow, 'least'>): BenchRow {
  const { name, what, numerator, unit = 'ns', reach, aim, isLong } = row
  const limits = { ...(reach ? { reach } : {}), ...(aim ? { aim } : {}) }
  // Without a limit there is nothing that too few would not decide.
  return {
    name,
    what,
    part: 'how fast',
    numerator,
    unit,
    ...limits,
    ...(reach ? more : {}),
    ...(isLong ? { measuredBy: LONG } : {}),
  }
}

/** Beyond what the rates let expect: how long a trial took to make up for a state that was so old at an instant. */
function beyondAge(kill: FaultPhases, { spec, pace }: LoadedTrial, at: number | undefined): number {
  const { restoredTick } = kill
  if (at === undefined || restoredTick === undefined || pace === undefined) return NEVER
  const load = spec.rate / pace
  const expected = ((at - restoredTick) * load) / (1 - load)
  return Math.max(0, lengthTo(kill, 'latencyBackAt', 'processingAt') - expected)
}

/** A design's scale as the bench runs it: as many rounds as it was asked for, and nothing but what a row is of. */
function benchScale(design: FaultDesign, repeats: number, arms: readonly string[]): FaultScale {
  return { ...design.full, arms, repeats, calmRepeats: 0 }
}

interface Part {
  readonly arms: readonly Arm[]
  readonly scale: FaultScale
  readonly load: number
  /** Takes what the arms came to; rows of trials.csv from `first` on are theirs. */
  take(measured: readonly MeasuredArm[], first: number): void
}

/** Trials that `measureFaultRows` will run, calibrations aside. */
export function faultTrials(request: FaultRowsRequest): number {
  const parts = partsOf(request, { rows: [] }, { values: new Map(), notes: new Map() })
  return parts.reduce((sum, { arms, scale }) => sum + trialsOf(arms, scale), 0)
}

export async function measureFaultRows(
  io: Pick<CommandIo, 'signal' | 'baseline'>,
  journal: TrialJournal,
  request: FaultRowsRequest,
  to: Elsewhere,
): Promise<void> {
  const long = [...kills, ...falseAlarms].filter(({ isLong }) => isLong)
  for (const { name } of request.long ? [] : chosen(request, long)) {
    to.notes.set(name, 'only with --long')
  }
  for (const part of partsOf(request, journal, to)) {
    const { arms, scale, load } = part
    const first = journal.rows.length
    const measured = await measureFaults({ io, journal, scale, arms, load, seed: request.seed })
    part.take(measured, first)
  }
}

function chosen<R extends FaultRow>(
  { rows }: Pick<FaultRowsRequest, 'rows'>,
  of: readonly R[],
): readonly R[] {
  return of.filter(({ name }) => rows.some((row) => row.name === name))
}

function partsOf(
  request: FaultRowsRequest,
  journal: Pick<TrialJournal, 'rows'>,
  to: Elsewhere,
): readonly Part[] {
  const isRun = ({ isLong }: FaultRow): boolean => request.long || isLong !== true
  return [
    killPart(request, chosen(request, kills).filter(isRun), to),
    pricePart(request, chosen(request, prices), journal, to),
    stragglerPart(request, chosen(request, stragglers), to),
    falseAlarmPart(chosen(request, falseAlarms).filter(isRun), to),
  ].filter(({ arms }) => arms.length > 0)
}

const namesOf = (rows: readonly FaultRow[]): readonly string[] => [
  ...new Set(rows.flatMap(({ arms }) => arms)),
]

function killPart({ repeats }: FaultRowsRequest, rows: readonly KillRow[], to: Elsewhere): Part {
  const names = namesOf(rows)
  const arms = armsOf(recoveryDesign, { arms: names }).map((arm) => ({ ...arm, repeats }))
  const scale = benchScale(recoveryDesign, repeats, names)
  const take = (measured: readonly MeasuredArm[]): void => {
    for (const { name, numerator, arms: of, of: measure } of rows) {
      const trials = measured
        .filter(({ arm }) => of.includes(arm.name))
        .flatMap(({ hit }) => hit)
        .filter(({ outcome }) => outcome.verdict === 'valid')
        .map((trial) => ({ trial, kills: phasesOf([trial]).filter(isHit) }))
        .filter((each) => each.kills.length > 0)
      to.values.set(
        numerator,
        trials.map((each) => median(each.kills.map((kill) => measure(kill, each.trial)))),
      )
      to.notes.set(name, killNote(trials, name === 'recovery-timely-caught-up'))
    }
  }
  return { arms, scale, load: recoveryDesign.load, take }
}

interface TrialKills {
  readonly trial: LoadedTrial
  readonly kills: readonly FaultPhases[]
}

/** How many, what they were spent on, and how many did not come back. */
function killNote(trials: readonly TrialKills[], byAgeAtKill: boolean): string {
  const all = trials.flatMap(({ kills: of }) => of)
  if (all.length === 0) return 'no kill was seen'
  const of = (phase: Parameters<typeof lengthTo>[1]): string => medianTo(all, phase)
  const unseen = all.filter(({ latencyBackAt }) => latencyBackAt === undefined).length
  const atKill = (): string => {
    const beyond = trials.flatMap(({ trial, kills: hit }) =>
      hit.map((kill) => beyondAge(kill, trial, kill.witnessedAt)),
    )
    return `; by its age at the kill ${durationText(median(beyond))}`
  }
  return `${all.length} kills: detected ${of('detectedAt')}, results again ${of('processingAt')}, latency back ${of('latencyBackAt')} after the kill${unseen > 0 ? `, ${unseen} not seen back` : ''}${byAgeAtKill ? atKill() : ''}`
}

function pricePart(
  { repeats }: FaultRowsRequest,
  rows: readonly FaultRow[],
  journal: Pick<TrialJournal, 'rows'>,
  to: Elsewhere,
): Part {
  const names = namesOf(rows)
  const arms = armsOf(priceDesign, { arms: names })
  // As long as a checkpoint is from the next: one each.
  const scale = {
    ...benchScale(priceDesign, repeats, names),
    probe: priceDesign.demonstration.probe,
  }
  const take = (_: readonly MeasuredArm[], first: number): void => {
    for (const { numerator, arms: of } of rows) {
      const mine = arms.filter(({ name }) => of.includes(name))
      const trials = journal.rows.slice(first)
      to.values.set(
        numerator,
        mine.flatMap((arm) => ratiosOf(trials, arm, 'probe')),
      )
    }
  }
  return { arms, scale, load: priceDesign.load, take }
}

function stragglerPart(
  { repeats }: FaultRowsRequest,
  rows: readonly FaultRow[],
  to: Elsewhere,
): Part {
  const names = namesOf(rows)
  const arms = armsOf(stragglerDesign, { arms: names })
  const scale = { ...benchScale(stragglerDesign, repeats, names), calmRepeats: 1 }
  const take = (measured: readonly MeasuredArm[]): void => {
    for (const { numerator, arms: of } of rows) {
      const mine = measured.filter(({ arm }) => of.includes(arm.name))
      to.values.set(numerator, mine.flatMap(slowRatiosOf))
    }
  }
  return { arms, scale, load: stragglerDesign.load, take }
}

const ALARM_LOAD = 0.9
const ALARM_MEASURED = seconds(600)

function falseAlarmPart(rows: readonly FaultRow[], to: Elsewhere): Part {
  const arms = armsOf(recoveryDesign, { arms: namesOf(rows) }).map(({ name, change }): Arm => {
    return { name, change, load: ALARM_LOAD }
  })
  const scale = {
    ...benchScale(recoveryDesign, 1, namesOf(rows)),
    steady: ALARM_MEASURED,
    calmRepeats: 1,
  }
  const take = (measured: readonly MeasuredArm[]): void => {
    for (const { name, numerator, arms: of } of rows) {
      const trials = measured.filter(({ arm }) => of.includes(arm.name)).flatMap(({ calm }) => calm)
      const ends = trials.flatMap(({ outcome }) => outcome.timeline?.at(-1) ?? [])
      to.values.set(
        numerator,
        // Each suspicion issues a generation.
        ends.map(({ generation }) => generation - 1),
      )
      const held = trials.flatMap(({ outcome }) => outcome.latency?.p99 ?? [])
      if (held.length > 0) {
        to.notes.set(name, `p99 ${formatDuration(Number(Math.max(...held).toPrecision(3)))}`)
      }
    }
  }
  return { arms, scale, load: ALARM_LOAD, take }
}
