/**
 * What a trial used: counters, CPU time, memory, scheduling gaps, garbage collection. From the reports of its processes'
 * lives. What a world cannot know (CPU time in simulation) is missing, never zero.
 */
import { Histogram } from '../../engines/core/metrics/histogram.ts'
import { summarize } from '../../engines/core/metrics/latency.ts'
import type { ProcessReport, RunRecord } from '../../engines/core/system.ts'
import type { Nanos, ProcessId } from '../../engines/core/units.ts'
import type { TrialOutcome } from './trial-spec.ts'

type Resources = Pick<
  TrialOutcome,
  | 'counters'
  | 'cpuNs'
  | 'cpuNsMeasured'
  | 'servicesCpuNs'
  | 'memoryBytesMax'
  | 'runResidentBytesMax'
  | 'stalls'
  | 'gcShare'
  | 'staleCommits'
>

export function resourcesOf(record: RunRecord): Resources {
  const counters: Record<string, number> = {}
  const cpuNs: number[] = []
  const cpuNsMeasured: number[] = []
  let memoryBytesMax = 0
  for (const life of record.processes) {
    for (const [name, value] of Object.entries(life.counters)) {
      // A sum of the processes' largest values would be nobody's.
      counters[name] = name.endsWith('Max')
        ? Math.max(counters[name] ?? 0, value)
        : (counters[name] ?? 0) + value
    }
    add(cpuNs, life.process, life.cpuNs)
    add(cpuNsMeasured, life.process, life.cpuNsMeasured)
    memoryBytesMax += life.memoryBytesMax
  }
  return {
    counters,
    cpuNs,
    cpuNsMeasured,
    memoryBytesMax,
    staleCommits: record.staleCommits,
    ...servicesOf(record),
    ...(record.residentBytesMax === undefined
      ? {}
      : { runResidentBytesMax: record.residentBytesMax }),
    ...stallsOf(record.processes),
    ...gcShareOf(record.processes),
  }
}

function add(sums: number[], process: ProcessId, ns: Nanos | undefined): void {
  if (ns !== undefined) sums[process] = (sums[process] ?? 0) + ns
}

function servicesOf({ history }: RunRecord): Pick<TrialOutcome, 'servicesCpuNs'> {
  const fields = history.findLast(({ event }) => event === 'services-ended')?.fields
  if (fields === undefined) return {}
  const { supervisorCpuNs, storageCpuNs, sourceCpuNs } = fields
  return {
    servicesCpuNs: {
      supervisor: Number(supervisorCpuNs),
      storage: Number(storageCpuNs),
      ...(sourceCpuNs === undefined ? {} : { source: Number(sourceCpuNs) }),
    },
  }
}

/** Gaps of all threads in one distribution: percentiles come from merged histograms (METHOD 7). */
function stallsOf(lives: readonly ProcessReport[]): Pick<TrialOutcome, 'stalls'> {
  const merged = new Histogram()
  for (const { stalls } of lives) if (stalls) merged.merge(stalls)
  const stalls = summarize(merged)
  return stalls ? { stalls } : {}
}

/** Of the life that collected the largest share of its time. */
function gcShareOf(lives: readonly ProcessReport[]): Pick<TrialOutcome, 'gcShare'> {
  const shares = lives.flatMap(({ ranNs, gcNs }) =>
    ranNs === undefined || gcNs === undefined || ranNs === 0 ? [] : [gcNs / ranNs],
  )
  return shares.length === 0 ? {} : { gcShare: Math.max(...shares) }
}
