/**
 * What METHOD wants beside every throughput: class, tick, ingest, recovery and the checkpoints that were taken for it, updates,
 * what was exchanged and how much of it crossed workers, what the host stole, and the latency that is held. Tables choose among the columns.
 */
import { workloadNamed } from '../../workloads/index.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import { DEFAULTS } from '../cli/trial-defaults.ts'
import type { TableColumn } from './table.ts'
import { exchangedOf } from './trial-rows.ts'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'

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
  /** Of the CPU time of all cores, by the host. */
  readonly stolenShare?: number
  /** p99 of a trial that kept up, and the share of the pace that it was offered, where that was less. */
  readonly heldP99?: number
  readonly heldShare?: number
}

export function conditionsOf(spec: TrialSpec, outcome: TrialOutcome): Conditions {
  const {
    exchanged_rows: rows,
    exchanged_bytes: bytes,
    exchanged_remote_share: share,
  } = exchangedOf(outcome)
  const { processedPerSecond: pace, recordsMeasured, recordsAll, rowsCommitted } = outcome
  const { stolenShare } = outcome
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
    ...(stolenShare === undefined ? {} : { stolenShare }),
  }
}

/** Whether late tasks get second copies, of the trials of the engine that can make some. Says so where `run` would have it otherwise. */
export function speculationLines(specs: readonly TrialSpec[]): readonly string[] {
  const those = specs.filter(({ engine }) => engine === 'dstream')
  const factors = new Set(those.map(({ dstream }) => String(dstream.speculation ?? 'off')))
  if (factors.size === 0) return []
  const { speculation } = DEFAULTS
  const isOther = [...factors].some((factor) => factor !== speculation)
  const otherwise = isOther ? `; run has ${speculation} by default` : ''
  return [
    `Second copies of late tasks: speculation ${[...factors].join(' or ')} (dstream)${otherwise}.`,
  ]
}

interface ConditionColumn extends TableColumn {
  cell(row: Conditions): string | undefined
}

export const conditionColumns = {
  class: { title: 'class', align: 'left', cell: (row) => row.class },
  kernels: { title: 'kernels', align: 'left', cell: (row) => row.kernels },
  tick: { title: 'tick', cell: (row) => formatDuration(row.tick) },
  ingest: { title: 'ingest', align: 'left', cell: (row) => row.ingest },
  recovery: { title: 'recovery', align: 'left', cell: (row) => row.recovery },
  checkpoints: { title: 'checkpoints', cell: (row) => row.checkpoints?.toString() },
  offered: { title: 'offered', cell: (row) => formatRate(row.offered) },
  pace: { title: 'pace', cell: (row) => formatRate(row.pace) },
  updates: { title: 'updates', cell: (row) => formatRate(row.updatesPerSecond) },
  exchangedRows: {
    title: 'exchanged',
    unit: 'rows/record',
    cell: (row) => row.exchangedRowsARecord?.toPrecision(3),
  },
  exchangedBytes: {
    title: '',
    unit: 'B/record',
    cell: (row) => row.exchangedBytesARecord?.toPrecision(3),
  },
  crossed: {
    title: 'crossed',
    unit: '%',
    cell: (row) => (row.remoteShare === undefined ? undefined : (row.remoteShare * 100).toFixed(1)),
  },
  stolen: {
    title: 'stolen',
    unit: '% CPU',
    cell: (row) => (row.stolenShare === undefined ? undefined : (row.stolenShare * 100).toFixed(1)),
  },
  heldP99: {
    title: 'p99',
    unit: 'held',
    cell: (row) =>
      row.heldP99 === undefined ? undefined : formatDuration(Number(row.heldP99.toPrecision(3))),
  },
} as const satisfies Readonly<Record<string, ConditionColumn>>
