/**
 * What must happen in some trials of a campaign: rare paths that nobody asks for by name. A campaign in which one of them was
 * never taken has not tested it, and fails (as Antithesis has it, a *sometimes* assertion).
 */
import type { InnerSighting } from '../../engines/core/conformance/checked-engine.ts'
import type { PlanStep } from '../../engines/core/conformance/random-plan.ts'
import { counterOf, eventsOf } from '../../engines/core/conformance/scenario.ts'
import type { TrueTick } from '../../engines/core/conformance/truth.ts'
import { HarnessError } from '../../engines/core/errors.ts'
import { type NumberForm, numberFormOf } from '../../engines/core/operators/number-form.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { NANOS_PER_MILLISECOND } from '../../engines/core/units.ts'
import { ENGINES } from '../../engines/index.ts'
import { HIT_NAMES, type HitName } from './hits.ts'
import type { PlannedRun } from './planned-trial.ts'
import { linksOf, type RandomTrial } from './random-trial.ts'
import {
  committedAgain,
  hadZombie,
  hitAsItLeft,
  lostDriverInRecovery,
  passedOver,
  recomputedAgain,
  rolledBackAgain,
} from './recoveries.ts'

export interface ObservedRun {
  readonly planned: PlannedRun
  readonly record: RunRecord
  /** Of its faults, what took effect. */
  readonly hits: readonly HitName[]
  readonly seen: readonly InnerSighting[]
}

interface Observed {
  readonly random: RandomTrial
  readonly dataflow: Dataflow
  readonly truth: readonly TrueTick[]
  readonly runs: readonly ObservedRun[]
}

const anyRun =
  (saw: (record: RunRecord, planned: PlannedRun) => boolean) =>
  ({ runs }: Observed): boolean =>
    runs.some(({ record, planned }) => saw(record, planned))

const inside =
  (sighting: InnerSighting) =>
  ({ runs }: Observed): boolean =>
    runs.some(({ seen }) => seen.includes(sighting))

/** Of an input with a job for each round. */
const anyJobs = (saw: (record: RunRecord) => boolean) =>
  anyRun((record, { setup, form }) => {
    return setup.engine === 'dstream' && form === 'whole' && isInRounds(record) && saw(record)
  })

/** Whether operators of this form ran on numbers. */
const onNumbers =
  (kind: NumberForm['kind']) =>
  ({ random, dataflow, truth }: Observed): boolean =>
    random.cut.kernels === 'columns' &&
    truth.some(({ rows }) => rows.length > 0) &&
    dataflow.operators.some((operator) => numberFormOf(dataflow, operator)?.kind === kind)

const isKilled = (record: RunRecord): boolean =>
  eventsOf(record, 'fault-kill').some(({ fields }) => fields.witnessed === true)

/** None of a run's links is lossless then. */
const hasFaultyLinks = ({ trial }: PlannedRun): boolean =>
  trial.faults.some((fault) => 'links' in fault)

const has =
  (event: string) =>
  (record: RunRecord): boolean =>
    eventsOf(record, event).length > 0

/** Beyond the first round, and the job of the result. */
const isInRounds = (record: RunRecord): boolean => eventsOf(record, 'job-submitted').length > 2

/** Of the outputs of steps that a test picks. */
const anyRow =
  (
    word: PlanStep['word'],
    which: (step: PlanStep) => boolean,
    saw: (row: TrueTick['rows'][number]) => boolean,
  ) =>
  ({ random, truth }: Observed): boolean => {
    const names = new Set<string>()
    random.plan.steps.forEach((step, index) => {
      if (step.word === word && which(step)) names.add(`${word}-${index}`)
    })
    return truth.some(({ name, rows }) => names.has(name) && rows.some(saw))
  }

const hitBy =
  (name: HitName, saw: (record: RunRecord) => boolean = () => true) =>
  ({ runs }: Observed): boolean =>
    runs.some(({ hits, record }) => hits.includes(name) && saw(record))

/** By name: faults of each kind that a run went through. */
const HITS = Object.fromEntries(HIT_NAMES.map((name) => [`hit: ${name}`, hitBy(name)])) as Readonly<
  Record<`hit: ${HitName}`, (observed: Observed) => boolean>
>

const endedWith = (code: string) =>
  anyRun(({ error }) => error instanceof HarnessError && error.code === code)

const isCompleted = ({ outcome }: RunRecord): boolean => outcome === 'completed'

const SIGHTINGS = {
  ...HITS,
  'both engines ran the plan': ({ runs }) =>
    ENGINES.every((engine) => runs.some(({ planned }) => planned.setup.engine === engine)),
  'a rollback began before the last one had ended': anyRun(rolledBackAgain),
  'lineage was being made again when somebody else was lost': anyRun(recomputedAgain),
  'a zombie went on, and was fenced': anyRun((record, { trial }) =>
    hadZombie(record, trial.faults),
  ),
  'a stale commit was refused': anyRun(({ staleCommits }) => staleCommits > 0),
  'a commit was made again': anyRun(committedAgain),
  'the driver was lost during a recovery': anyRun((record, { trial }) =>
    lostDriverInRecovery(record, trial.config),
  ),
  'a driver took over from another': anyRun(has('driver-took-over')),
  'the copy of a late task came first': anyRun(has('speculation-won')),
  'a log was replayed': anyRun(has('log-replayed')),
  'who was lost caught up alone': anyRun(has('upstream-replayed')),
  'a replica was given up, and the other one went on': anyRun(
    (record, { setup }) =>
      setup.mode === 'active-standby' && isCompleted(record) && has('generation-issued')(record),
  ),
  'a checkpoint was unusable, and an older one used': anyRun(passedOver),
  'a checkpoint failed, and the run went on': anyRun(
    (record) => isCompleted(record) && eventsOf(record, 'checkpoint-failed').length > 0,
  ),
  'a split healed': hitBy('split', isCompleted),
  'pushed records were sent again': anyRun((record) => counterOf(record, 'resentRecords') > 0),
  'pushed records were fetched from their second worker': anyRun(
    (record) => eventsOf(record, 'blocks-fetched').length > 0,
  ),
  'what nobody can make again was lost, and the run said so': endedWith('recovery'),
  'storage gave back nothing whole, and the run said so': endedWith('storage'),
  'a worker was killed': anyRun(isKilled),
  'a worker was killed where links lose nothing': ({ random, runs }) =>
    linksOf(random.cut).lossless &&
    runs.some(({ record, planned }) => isKilled(record) && !hasFaultyLinks(planned)),
  'survivors took over': ({ random, runs }) =>
    random.cut.replacement === 'survivors' &&
    runs.some(({ record }) => eventsOf(record, 'generation-issued').length > 0),
  'all went back to a checkpoint': anyRun((record) =>
    eventsOf(record, 'rollback-ended').some(({ fields }) => Number(fields.tick) > 0),
  ),
  'a partition was made again from its lineage': anyRun(
    (record) => eventsOf(record, 'block-recomputed').length > 0,
  ),
  'a block was held against the one that it replaces': inside(
    'a block was held against the one that it replaces',
  ),
  'lineage was made again behind a window with an inverse': ({ random, runs }) =>
    random.plan.steps.some((step) => step.word === 'reduceByWindow' && step.how === 'inverse') &&
    runs.some(({ record }) => eventsOf(record, 'block-recomputed').length > 0),
  'a block was read back from a checkpoint': anyRun(
    (record) => counterOf(record, 'blockRestores') > 0,
  ),
  'a block was read back from a spill': anyRun((record) => counterOf(record, 'blockReloads') > 0),
  'a message of an older generation came': anyRun(
    (record) => counterOf(record, 'staleMessages') > 0,
  ),
  'a message went out in a membership that its round began before': anyRun(
    (record) => counterOf(record, 'overlookedMemberships') > 0,
  ),
  'a worker joined': anyRun(has('worker-joined')),
  'a worker left': anyRun(has('worker-left')),
  'somebody was lost in a run whose workers changed': anyRun(
    (record) => isKilled(record) && (has('worker-joined')(record) || has('worker-left')(record)),
  ),
  'a worker was killed as it was to leave': anyRun((record, { trial }) =>
    hitAsItLeft(record, trial.config, 'kill'),
  ),
  'a worker was paused as it was to leave': anyRun((record, { trial }) =>
    hitAsItLeft(record, trial.config, 'pause'),
  ),
  'a query was answered during recovery': anyRun(answeredInRecovery),
  'a key timed out': anyRow(
    'track',
    (step) => step.word === 'track' && step.how === 'kept' && step.timeout > 0,
    ([, state]) => state === undefined,
  ),
  'a record was late': ({ truth }) =>
    truth.some(({ name, rows }) => name.startsWith('late-') && rows.length > 0),
  'a join had a side that was empty': anyRow(
    'cogroup',
    () => true,
    ([, sides]) => Array.isArray(sides) && sides.some((side) => side.length === 0),
  ),
  'a row of a joined table changed twice in a period': ({ random, truth }) =>
    changedTwice(truth, random.plan.intervalMs * NANOS_PER_MILLISECOND),
  'a key was no UTF-8': ({ truth }) =>
    truth.some(({ rows }) => rows.some(([key]) => typeof key === 'string' && !key.isWellFormed())),
  'a key was not a number': ({ truth }) =>
    truth.some(({ rows }) => rows.some(([key]) => Number.isNaN(key))),
  'a stream was joined with static data': anyRow(
    'staticJoin',
    () => true,
    () => true,
  ),
  'a loop went around': inside('a loop went around'),
  'a loop in a loop went around': inside('a loop in a loop went around'),
  'a notification was delivered in a loop': inside('a notification was delivered in a loop'),
  'a notification was delivered in a loop in a loop': inside(
    'a notification was delivered in a loop in a loop',
  ),
  'a worker was killed where a loop went around': ({ runs }) =>
    runs.some(({ record, seen }) => seen.includes('a loop went around') && isKilled(record)),
  'rounds were jobs': anyJobs(() => true),
  'a worker was killed while rounds were jobs': anyJobs(isKilled),
  'pairs of integers stayed numbers': onNumbers('pairs'),
  'integers went around as numbers': onNumbers('join'),
} as const satisfies Readonly<Record<string, (observed: Observed) => boolean>>

export type Sighting = keyof typeof SIGHTINGS

export const SOMETIMES = Object.keys(SIGHTINGS) as readonly Sighting[]

export function seenIn(observed: Observed): readonly Sighting[] {
  return SOMETIMES.filter((sighting) => SIGHTINGS[sighting](observed))
}

/** Asked after a kill, answered before what it took was made again. */
function answeredInRecovery(record: RunRecord): boolean {
  const kills = eventsOf(record, 'fault-kill').filter(({ fields }) => fields.witnessed === true)
  const ends = eventsOf(record, 'recovery-completed')
  return (record.answers ?? []).some(({ askedAt, answeredAt }) =>
    kills.some(({ at }) => {
      const end = ends.find((event) => event.at > at)
      return end !== undefined && askedAt > at && answeredAt < end.at
    }),
  )
}

/** Periods are of whole intervals, so two changes in an interval are two in a period. */
function changedTwice(truth: readonly TrueTick[], interval: number): boolean {
  const changed = new Set<string>()
  for (const { name, tick, rows } of truth) {
    if (!name.startsWith('rows-of-')) continue
    for (const [key] of rows) {
      const place = JSON.stringify([name, Math.ceil(tick / interval), key])
      if (changed.has(place)) return true
      changed.add(place)
    }
  }
  return false
}
