/** What `elastic` prints: when workers joined and left, and how long it took until latency was as it is with so many. */
import type { Nanos } from '../../engines/core/units.ts'
import type { FaultPhases } from '../runner/recovery-phases.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import { medianInterval } from '../statistics/bootstrap.ts'
import type { FaultReport, LoadedTrial, MeasuredArm } from './design.ts'
import { durationText, isHit, lengthTo, medianText, medianTo, spanText } from './phases.ts'
import { largest, rateText, verdictText } from './report.ts'

export function elasticReport({ arms, seed }: FaultReport): readonly string[] {
  return [
    'A change comes about where all state is in a checkpoint. Medians, since somebody joined or left; asked: since it was planned.',
    'Back: latency is as it is with so many workers, and stays so for 3 s: within 1.1 times the worst of the trial in peace with all',
    'of them where one has joined, and of before the first change where it has left again.',
    formatTable(
      [
        { title: '', align: 'left' },
        { title: '', align: 'left' },
        { title: 'rate', unit: 'records' },
        { title: 'changes', unit: 'seen' },
        { title: 'came about', unit: 'after asked' },
        { title: 'processing', unit: 'after change' },
        { title: 'latency back', unit: 'after change' },
        { title: '95 %' },
        { title: 'worst', unit: 'latency' },
        { title: 'in peace', unit: 'worst' },
        { title: 'verdict', align: 'left' },
      ],
      arms.flatMap((each) => (['joins', 'leaves'] as const).map((what) => rowOf(each, what, seed))),
    ),
  ]
}

function rowOf({ arm, calm, hit }: MeasuredArm, what: 'joins' | 'leaves', seed: number): TableRow {
  const changes = hit.flatMap((trial) => changesOf(trial, what))
  const seen = changes.filter(({ phases }) => isHit(phases))
  const back = seen.map(({ phases }) => lengthTo(phases, 'latencyBackAt'))
  return [
    arm.name,
    what,
    rateText(hit),
    `${seen.length} of ${changes.length}`,
    medianText(seen.map(({ at, phases }) => phases.witnessedAt! - at)),
    medianText(seen.map(({ phases }) => lengthTo(phases, 'processingAt'))),
    medianTo(
      seen.map(({ phases }) => phases),
      'latencyBackAt',
    ),
    back.length < 2 ? undefined : spanText(medianInterval(back, { seed })),
    durationText(largest(seen, ({ phases }) => phases.latencyMax)),
    durationText(largest(calm, ({ outcome }) => outcome.latency?.max)),
    verdictText([...calm, ...hit]),
  ]
}

interface Change {
  /** When it was planned for. */
  readonly at: Nanos
  readonly phases: FaultPhases
}

function changesOf({ spec, outcome }: LoadedTrial, what: 'joins' | 'leaves'): readonly Change[] {
  const { from = 0, steps = [] } = spec.resize ?? {}
  return steps.flatMap(({ at, workers }, place) => {
    const joins = workers > (steps[place - 1]?.workers ?? from)
    return joins === (what === 'joins') ? [{ at, phases: outcome.resizes?.[place] ?? {} }] : []
  })
}
