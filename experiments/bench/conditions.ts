/**
 * What METHOD wants beside every throughput: class, tick, ingest, recovery and the checkpoints that were taken for it, updates,
 * what was exchanged and how much of it crossed workers, and the latency that is held below the pace. Under overload no latency is held.
 */
import { workloadNamed } from '../../workloads/index.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import { formatTable } from '../runner/table.ts'
import { exchangedOf } from '../runner/trial-rows.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'

/** Share of the calibrated pace at which a latency is held for the table. */
export const HELD_SHARE = 0.8

export interface Conditions {
  readonly class: 'per-tick combined' | 'stateless'
  readonly kernels: TrialSpec['kernels']
  readonly tick: number
  readonly ingest: string
  readonly recovery: string
  /** Checkpoints that became durable within the trial. */
  readonly checkpoints?: number
  readonly pace: number
  readonly offered: number
  /** Rows that became visible, per second at this pace. */
  readonly updatesPerSecond: number
  readonly exchangedRowsARecord?: number
  readonly exchangedBytesARecord?: number
  readonly remoteShare?: number
  /** p99 at `HELD_SHARE` of the pace. */
  readonly heldP99?: number
}

export function conditionsOf(spec: TrialSpec, outcome: TrialOutcome): Conditions {
  const {
    exchanged_rows: rows,
    exchanged_bytes: bytes,
    exchanged_remote_share: share,
  } = exchangedOf(outcome)
  const { processedPerSecond: pace, recordsMeasured, recordsAll, rowsCommitted } = outcome
  const checkpoints = outcome.counters.checkpointsDurable
  return {
    class: workloadNamed(spec.workload).state === 'none' ? 'stateless' : 'per-tick combined',
    kernels: spec.kernels,
    tick: spec.tick,
    ingest: spec.ingest ?? 'log',
    recovery: spec.engine === 'dstream' ? 'lineage' : (spec.timely.recovery ?? 'none'),
    ...(checkpoints === undefined ? {} : { checkpoints }),
    pace,
    offered: spec.rate,
    updatesPerSecond: recordsMeasured > 0 ? (rowsCommitted / recordsMeasured) * pace : 0,
    ...(rows === undefined ? {} : { exchangedRowsARecord: rows / recordsAll }),
    ...(bytes === undefined ? {} : { exchangedBytesARecord: bytes / recordsAll }),
    ...(share === undefined ? {} : { remoteShare: share }),
  }
}

export function conditionsTable(conditions: ReadonlyMap<string, Conditions>): string {
  return formatTable(
    [
      { title: 'throughput of', align: 'left' },
      { title: 'class', align: 'left' },
      { title: 'kernels', align: 'left' },
      { title: 'tick' },
      { title: 'ingest', align: 'left' },
      { title: 'recovery', align: 'left' },
      { title: 'checkpoints' },
      { title: 'offered' },
      { title: 'pace' },
      { title: 'updates' },
      { title: 'exchanged', unit: 'rows/record' },
      { title: '', unit: 'B/record' },
      { title: 'crossed', unit: '%' },
      { title: `p99 held at ${HELD_SHARE * 100} %` },
    ],
    [...conditions].map(([name, row]) => [
      name,
      row.class,
      row.kernels,
      formatDuration(row.tick),
      row.ingest,
      row.recovery,
      row.checkpoints?.toString(),
      formatRate(row.offered),
      formatRate(row.pace),
      formatRate(row.updatesPerSecond),
      row.exchangedRowsARecord?.toPrecision(3),
      row.exchangedBytesARecord?.toPrecision(3),
      row.remoteShare === undefined ? undefined : (row.remoteShare * 100).toFixed(1),
      row.heldP99 === undefined ? undefined : formatDuration(Number(row.heldP99.toPrecision(3))),
    ]),
  )
}
