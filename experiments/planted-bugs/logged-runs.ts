/** Runs of the battery with a message log: killed between checkpoints, so that what is in the log matters. */
import { milliseconds } from '../../engines/core/units.ts'
import { DISK } from '../../engines/core/world/simulated/disk.ts'
import { type BatteryRun, interval, kill, linesOf } from './battery-runs.ts'

const LOGGED = { timely: { recovery: 'logging', checkpointInterval: milliseconds(800) } } as const

/** Of the timely engine. */
export const LOGGED_RUNS: Readonly<Record<string, BatteryRun>> = {
  'logged, killed': {
    workload: 'word-count',
    config: LOGGED,
    faults: [kill(1, 1_330)],
    replayed: true,
  },
  'logged, killed after each other': {
    workload: 'word-count',
    config: {
      timely: { recovery: 'logging', checkpointInterval: milliseconds(1_600) },
      workers: 3,
      tick: milliseconds(50),
      kernels: 'plain',
    },
    faults: [kill(1, 660), kill(2, 1_310), kill(0, 1_990)],
    replayed: true,
  },
  'logged windows, killed, survived': {
    workload: 'word-count',
    parameters: { mode: 'window-inverse', length: '1200ms', slide: interval },
    config: { ...LOGGED, workers: 3, replacement: 'survivors' },
    faults: [kill(1, 1_330)],
    replayed: true,
  },
  'logged pages, killed': {
    workload: 'page-rank',
    parameters: { rounds: 4 },
    lines: linesOf('edges'),
    config: LOGGED,
    faults: [kill(1, 1_330)],
    replayed: true,
  },
  // The one before is all there is to go back to.
  'logged, killed while a checkpoint is written': {
    workload: 'word-count',
    config: LOGGED,
    faults: [kill(1, 1_660)],
    options: { disk: { ...DISK, latency: milliseconds(60) } },
    replayed: true,
  },
}
