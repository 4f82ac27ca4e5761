/** What `price` and `checkpoint-interval` print: maxima and latencies beside those of an arm without recovery, and what is written. */
import { calmMedianOf, maximumOf, ratiosBeside } from '../../results/arm-ratios.ts'
import { formatRate, formatSize } from '../cli/options.ts'
import type { ClaimRow } from '../experiment.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import { clusteredMedianInterval, type Interval, medianInterval } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'
import type { Arm, FaultReport, MeasuredArm } from './design.ts'
import { agesOf, isHit, lengthTo, medianText, medianTo, spanText } from './phases.ts'
import { phasesOf, verdictText } from './report.ts'

/** Of `maximumCells`. */
const MAXIMUM_COLUMNS = [
  { title: 'maximum', unit: 'records' },
  { title: '÷ without' },
  { title: '95 %' },
  { title: 'n' },
]

/** Of `writtenCells`. */
const WRITTEN_COLUMNS = [
  { title: 'checkpoints', unit: 'durable' },
  { title: '', unit: 'B/s' },
  { title: 'log', unit: 'B/s' },
]

export function priceReport({ arms, rows, seed }: FaultReport): readonly string[] {
  return [
    'At its own maximum: pace while 1.3 × as much is offered, ÷ that of the trials just before and after it.',
    'Latency: p50 at 0.3 of the maximum without recovery. Medians of rounds with 95 % bootstrap intervals. Durable: fsynced.',
    formatTable(
      [
        { title: '', align: 'left' },
        ...MAXIMUM_COLUMNS,
        { title: 'p50' },
        { title: '÷ without' },
        { title: '95 %' },
        { title: 'n' },
        ...WRITTEN_COLUMNS,
        { title: 'verdict', align: 'left' },
      ],
      arms.map(({ arm, calm, hit }) => {
        const latencies = calmOf(rows, arm)
        return [
          arm.name,
          ...maximumCells(rows, arm, seed),
          medianText(latencies),
          ...ratioCells(ratiosOf(rows, arm, 'control'), seed),
          ...writtenCells(rows, arm),
          verdictText([...calm, ...hit]),
        ]
      }),
    ),
  ]
}

export function intervalReport({ arms, rows, seed }: FaultReport): readonly string[] {
  return [
    'Price: pace while 1.3 × as much is offered, ÷ that without checkpoints just before and after it.',
    'Recovery: from a kill, at half of the maximum and a random phase of the interval, until latency is back in its band. Medians.',
    formatTable(
      [
        { title: '', align: 'left' },
        ...MAXIMUM_COLUMNS,
        ...WRITTEN_COLUMNS,
        { title: 'kills' },
        { title: 'state', unit: 'was old' },
        { title: 'back', unit: 'after fault' },
        { title: '95 %' },
        { title: 'verdict', align: 'left' },
      ],
      arms.map(
        (each): TableRow => [
          each.arm.name,
          ...maximumCells(rows, each.arm, seed),
          ...writtenCells(rows, each.arm),
          ...backCells(each, seed),
          verdictText([...each.calm, ...each.hit]),
        ],
      ),
    ),
  ]
}

const probesOf = (rows: readonly ClaimRow[], arm: Arm): readonly ClaimRow[] =>
  rows.filter((row) => row.arm === arm.name && maximumOf(row) !== undefined)

const calmOf = (rows: readonly ClaimRow[], arm: Arm): readonly number[] =>
  rows.flatMap((row) => (row.arm === arm.name ? (calmMedianOf(row) ?? []) : []))

/** Of an arm that is compared with none there are none. */
export function ratiosOf(
  rows: readonly ClaimRow[],
  { name, against }: Pick<Arm, 'name' | 'against'>,
  role: 'probe' | 'control',
): readonly number[] {
  if (against === undefined) return []
  const measureOf = role === 'probe' ? maximumOf : calmMedianOf
  return ratiosBeside(rows, { arm: name, against, role }, measureOf)
}

function maximumCells(
  rows: readonly ClaimRow[],
  arm: Arm,
  seed: number,
): readonly (string | undefined)[] {
  const paces = probesOf(rows, arm).map((row) => maximumOf(row)!)
  return [
    paces.length === 0 ? undefined : formatRate(Math.round(median(paces))),
    ...ratioCells(ratiosOf(rows, arm, 'probe'), seed),
  ]
}

function ratioCells(ratios: readonly number[], seed: number): readonly (string | undefined)[] {
  if (ratios.length === 0) return [undefined, undefined, undefined]
  const { estimate, low, high }: Interval = medianInterval(ratios, { seed })
  const known = Number.isFinite(low) && Number.isFinite(high)
  return [
    estimate.toFixed(2),
    known ? `${low.toFixed(2)} – ${high.toFixed(2)}` : undefined,
    String(ratios.length),
  ]
}

/** At the maximum, by the clock: checkpoints a probe, and bytes a second of them and of the log. */
function writtenCells(rows: readonly ClaimRow[], arm: Arm): readonly (string | undefined)[] {
  const probes = probesOf(rows, arm)
  const perSecond = (bytesOf: (row: ClaimRow) => number | undefined): string | undefined => {
    const rates = probes.flatMap((row) => {
      const bytes = bytesOf(row)
      return bytes === undefined ? [] : (bytes * 1e9) / elapsedOf(row)
    })
    return rates.length === 0 ? undefined : formatSize(Math.round(median(rates)))
  }
  const counts = probes.flatMap((row) => row.checkpoints_durable ?? [])
  return [
    counts.length === 0 ? undefined : String(median(counts)),
    perSecond((row) => row.checkpoint_bytes),
    perSecond((row) => row.logged_bytes),
  ]
}

/** What was due in the trial took as long as its pace needs for it, ns. */
function elapsedOf(row: ClaimRow): number {
  const due = (row.offered_records_per_s ?? 0) * ((row.warmup_ns ?? 0) + (row.measured_ns ?? 0))
  return due / maximumOf(row)!
}

function backCells({ hit }: MeasuredArm, seed: number): readonly (string | undefined)[] {
  const clusters = hit
    .map((trial) => phasesOf([trial]).filter(isHit))
    .filter(({ length }) => length > 0)
  const seen = clusters.flat()
  if (seen.length === 0) return [undefined, undefined, undefined, undefined]
  const lengths = clusters.map((cluster) => cluster.map((each) => lengthTo(each, 'latencyBackAt')))
  const interval = clusteredMedianInterval(lengths, { seed })
  const ages = agesOf(seen)
  return [
    String(seen.length),
    medianText(ages),
    medianTo(seen, 'latencyBackAt'),
    spanText(interval),
  ]
}
