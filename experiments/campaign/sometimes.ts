/**
 * What must happen in some trials of a campaign: rare paths that nobody asks for by name. A campaign in which one of them was
 * never taken has not tested it, and fails (as Antithesis has it, a *sometimes* assertion).
 */
import type { PlanStep } from '../../engines/core/conformance/random-plan.ts'
import { counterOf, eventsOf } from '../../engines/core/conformance/scenario.ts'
import type { TrueTick } from '../../engines/core/conformance/truth.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { NANOS_PER_MILLISECOND } from '../../engines/core/units.ts'
import type { RandomTrial } from './random-trial.ts'

interface Observed {
  readonly random: RandomTrial
  readonly truth: readonly TrueTick[]
  readonly records: readonly RunRecord[]
}

const anyRun =
  (saw: (record: RunRecord) => boolean) =>
  ({ records }: Observed): boolean =>
    records.some(saw)

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

const SIGHTINGS = {
  'a worker was killed': anyRun((record) =>
    eventsOf(record, 'fault-kill').some(({ fields }) => fields.witnessed === true),
  ),
  'survivors took over': ({ random, records }) =>
    random.cut.replacement === 'survivors' &&
    records.some((record) => eventsOf(record, 'generation-issued').length > 0),
  'all went back to a checkpoint': anyRun((record) =>
    eventsOf(record, 'rollback-ended').some(({ fields }) => Number(fields.tick) > 0),
  ),
  'a partition was made again from its lineage': anyRun(
    (record) => eventsOf(record, 'block-recomputed').length > 0,
  ),
  'lineage was made again behind a window with an inverse': ({ random, records }) =>
    random.plan.steps.some((step) => step.word === 'reduceByWindow' && step.how === 'inverse') &&
    records.some((record) => eventsOf(record, 'block-recomputed').length > 0),
  'a block was read back from a checkpoint': anyRun(
    (record) => counterOf(record, 'blockRestores') > 0,
  ),
  'a block was read back from a spill': anyRun((record) => counterOf(record, 'blockReloads') > 0),
  'a message of an older generation came': anyRun(
    (record) => counterOf(record, 'staleMessages') > 0,
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
