/** Runs of the battery that one engine has: its ways to recover, its loops or its driver. */
import { INTERVAL_MS } from '../../engines/core/conformance/scenario.ts'
import { NOMINAL_COSTS } from '../../engines/core/cost/cost-model.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { DISK } from '../../engines/core/world/simulated/disk.ts'
import { type BatteryRun, FAR, kill, linesOf, MANY_WORDS, PATIENT } from './battery-runs.ts'

const FAR_SNAPSHOTS = { workers: 3, tick: milliseconds(50), detector: PATIENT } as const

/** No checkpoint but the beginning. */
const UPSTREAM = {
  workers: 3,
  timely: { recovery: 'upstream-backup', checkpointInterval: milliseconds(4_000) },
} as const

const pause = (process: number, at: number, length: number) =>
  ({
    kind: 'pause',
    process,
    at: milliseconds(at),
    length: milliseconds(length),
  }) as const

/** Runs of one engine. */
export const TIMELY_RUNS: Readonly<Record<string, BatteryRun>> = {
  components: { workload: 'connected-components', lines: linesOf('edges') },
  'pages, killed': {
    workload: 'page-rank',
    parameters: { rounds: 4 },
    lines: linesOf('edges'),
    faults: [kill(1, 1_310)],
  },
  'stale answers': {
    workload: 'interactive',
    parameters: { answers: 'stale' },
    lines: linesOf('graph-events'),
  },
  // What comes next is there before all of what was before is.
  'snapshots, killed, far apart': {
    workload: 'word-count',
    config: { ...FAR_SNAPSHOTS, timely: { recovery: 'barrier-snapshots' } },
    faults: [kill(1, 1_130)],
    options: { network: FAR },
  },
  // In the middle of a slide.
  'snapshots of windows, killed': {
    workload: 'word-count',
    parameters: { mode: 'window', length: '1200ms', slide: '800ms' },
    config: {
      ...FAR_SNAPSHOTS,
      timely: { recovery: 'barrier-snapshots', checkpointInterval: milliseconds(300) },
    },
    faults: [kill(1, 1_190)],
    options: { network: FAR },
  },
  // Who is left has to be right alone.
  'standby, killed': {
    workload: 'word-count',
    config: { replacement: 'survivors', timely: { recovery: 'active-standby' } },
    faults: [kill(1, 1_130)],
  },
  // Much is on its way when a replica is given up; the one that is begun again is the last one.
  'standby, begun again, far apart': {
    workload: 'word-count',
    config: {
      workers: 4,
      tick: milliseconds(50),
      detector: PATIENT,
      timely: { recovery: 'active-standby' },
    },
    faults: [kill(1, 430), kill(2, 1_630)],
    options: { network: FAR },
  },
  // Worker 3 is given up with worker 2 before it has missed the others, and begins again when nobody waits for them any more.
  'standby, one stands still for good as the other is given up': {
    workload: 'word-count',
    config: { workers: 4, timely: { recovery: 'active-standby' } },
    faults: [pause(2, 800, 200), pause(0, 850, 60_000), pause(1, 850, 60_000)],
  },
  // What is durable is gone: the input since the checkpoint before must still be there.
  'pushed, killed, the newest checkpoint lost': {
    workload: 'word-count',
    config: { ingest: 'pushed' },
    faults: [
      {
        kind: 'storage',
        what: 'lost',
        at: milliseconds(1_150),
        length: milliseconds(200),
        factor: 1,
        share: 1,
      },
      kill(1, 1_390),
    ],
  },
  // Those that live must not go back, and not take anything twice.
  'upstream, killed': { workload: 'word-count', config: UPSTREAM, faults: [kill(1, 1_130)] },
  // Commits wait for files, so closes are never over.
  'upstream, killed while files are written': {
    workload: 'word-count',
    config: { ...UPSTREAM, saveAll: true },
    faults: [kill(1, 1_130)],
    options: {
      disk: { ...DISK, latency: milliseconds(15), faults: { slow: { share: 1, factor: 20 } } },
    },
  },
  // Who was replaced has left out what the others had, and the next one has nothing.
  'upstream, two killed, one after the other': {
    workload: 'word-count',
    config: UPSTREAM,
    faults: [kill(1, 1_130), kill(2, 1_560)],
  },
  // A partition takes long to be copied, though nothing is waited for.
  'much is copied, killed': {
    workload: 'word-count',
    lines: MANY_WORDS,
    config: { tick: milliseconds(20), input: { rate: 3_000, duration: milliseconds(1_200) } },
    faults: [kill(1, 730)],
    options: {
      costs: { ...NOMINAL_COSTS, kernels: { ...NOMINAL_COSTS.kernels, save: milliseconds(0.1) } },
    },
  },
  // Both workers end a tick at the same instant, and take longer for it than the detector waits.
  'long steps': {
    workload: 'word-count',
    config: {
      partitions: 2,
      tick: milliseconds(400),
      detector: { heartbeat: milliseconds(20), timeout: milliseconds(60) },
    },
    options: {
      costs: { ...NOMINAL_COSTS, kernels: { other: 0, commit: milliseconds(150) } },
    },
  },
  threads: {
    workload: 'word-count',
    threads: true,
    config: {
      tick: milliseconds(20),
      input: { rate: 2_000, duration: milliseconds(800) },
      detector: { heartbeat: milliseconds(20), timeout: milliseconds(5_000) },
    },
  },
}

const AS_JOBS = { dstream: { iterationsAsJobs: true } } as const

/** Of the engine with a driver, which is the process after the workers. And loops on it, which has none: a job for each round. */
export const DSTREAM_RUNS: Readonly<Record<string, BatteryRun>> = {
  // Its rows have no room, and most of those that the kill calls for were given up.
  'running, many rows, killed': {
    workload: 'word-count',
    lines: MANY_WORDS,
    config: {
      tick: milliseconds(10),
      input: { rate: 3_000, duration: milliseconds(1_600) },
      dstream: { checkpointInterval: milliseconds(1_200), blockStoreBytesMax: 256 * 1024 },
    },
    faults: [kill(1, 1_130)],
  },
  // For longer than the workers' detectors wait, and not for so long that it is lost, where nobody replaces it.
  'a driver that stands still': {
    workload: 'word-count',
    config: { replacement: 'survivors' },
    faults: [pause(2, 1_130, 150)],
  },
  // Between two batches, and what is done of them is recorded: a checkpoint was.
  'driver killed': { workload: 'word-count', faults: [kill(2, 850)] },
  // A batch is read and shuffled by then, and nobody is told to reduce it.
  'driver killed, far apart': {
    workload: 'word-count',
    config: { workers: 3, detector: PATIENT },
    faults: [kill(3, 1_130)],
    options: { network: FAR },
  },
  // The next driver begins when the worker has seen that it is to, or is not waited for any more.
  'driver killed, a worker stands still for good': {
    workload: 'word-count',
    faults: [pause(0, 840, 60_000), kill(2, 850)],
  },
  // Of what the second one has the copies lie on the first: they must not be replaced together, at about 3,330 ms.
  'driver killed, one worker stands still for good and one for a while, pushed': {
    workload: 'word-count',
    config: { workers: 4, partitions: 8, ingest: 'pushed' },
    faults: [pause(0, 1_120, 60_000), kill(4, 1_130), pause(3, 2_600, 200)],
  },
  // Its tables are in the checkpoint, and the input behind that is gone.
  'driver and worker killed, pushed': {
    workload: 'word-count',
    config: { workers: 3, ingest: 'pushed' },
    faults: [kill(3, 850), kill(1, 850)],
  },
  'rounds as jobs': {
    workload: 'connected-components',
    lines: linesOf('edges'),
    bounded: true,
    config: AS_JOBS,
  },
  // Far apart, so that a round takes long: killed in the second one.
  'rounds as jobs, killed': {
    workload: 'page-rank',
    parameters: { rounds: 4 },
    lines: linesOf('edges'),
    bounded: true,
    config: { ...AS_JOBS, detector: PATIENT },
    faults: [kill(1, INTERVAL_MS + 1_400)],
    options: { network: FAR },
  },
}
