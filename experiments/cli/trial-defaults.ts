/**
 * What a trial is when nobody says otherwise, in one place: resolved once, and then recorded in the manifest.
 */
import { DISORDER_BOUND_MAX } from '../../engines/core/input/disorder.ts'
import { LINE_BYTES } from '../../workloads/input/lines.ts'
import type { Range } from './options.ts'

export const WORLDS = ['threads', 'simulated'] as const
export const ENGINE_CHOICES = ['timely', 'dstream', 'both'] as const
export const KERNELS = ['columns', 'plain'] as const
export const INGESTS = ['log', 'pushed'] as const
export const RECOVERIES = [
  'none',
  'checkpoint',
  'barrier-snapshots',
  'logging',
  'upstream-backup',
  'active-standby',
] as const
export const ACCUMULATIONS = ['none', 'local', 'global', 'both'] as const
export const REPLACEMENTS = ['respawn', 'survivors'] as const

export const DEFAULTS = {
  engine: 'both',
  world: 'threads',
  workers: '2',
  partitionsPerWorker: 4,
  rate: '100k/s',
  duration: '10s',
  warmup: '2s',
  disorderShare: '10%',
  /** Each engine's habit: an epoch costs little, a batch has its scheduling to pay for. */
  tick: { timely: 10e6, dstream: 100e6 },
  ingest: 'log',
  seed: '1',
  kernels: 'columns',
  recovery: 'none',
  checkpointInterval: '10s',
  accumulation: 'local',
  flushInterval: '10ms',
  replacement: 'respawn',
  /** The papers' (D-Streams §5.2). */
  speculation: '1.4',
  heartbeat: '100ms',
  detectorTimeout: '800ms',
  grace: '30s',
  /** Simulated worlds are asked for more workers, each with less to hold. */
  workerMemory: { threads: '96MiB', simulated: '32MiB' },
  showRows: '0',
} as const

const DAY = 24 * 3600e9

/** Of all workers together: the rest of a run's address range is for links and input. */
export const WORKERS_MEMORY_MAX = 3.25 * 2 ** 30

/** What can be had. A run's memory is one address range of 4 GiB, which limits workers. */
export const RANGES = {
  workersOnThreads: {
    min: 1,
    max: 24,
    because:
      'the threads of a run share one address range of 4 GiB, and links between any two take more of it with each worker; --world simulated takes 100',
  },
  workersSimulated: { min: 1, max: 100 },
  /** Of 100 nodes with 64 cores. Beyond, a run measures nothing but its partitions, for minutes. */
  partitions: { min: 1, max: 8_192 },
  cores: { min: 1, max: 64 },
  scale: { min: 1, max: 1e6 },
  rate: { min: 1, max: 1e9 },
  duration: { min: 1e6, max: DAY },
  warmup: { min: 0, max: DAY },
  disorder: { min: 0, max: DISORDER_BOUND_MAX },
  tick: { min: 1e5, max: 3600e9 },
  records: { min: 1, max: 20_000_000 },
  recordBytes: LINE_BYTES,
  flushInterval: { min: 1e5, max: 60e9 },
  heartbeat: { min: 1e6, max: 60e9 },
  speculation: { min: 1.1, max: 100 },
  workerMemory: { min: 8 * 2 ** 20, max: 2 ** 31 },
  showRows: { min: 0, max: 10_000 },
} as const satisfies Readonly<Record<string, Range>>
