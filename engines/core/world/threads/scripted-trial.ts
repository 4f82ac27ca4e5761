/** Trials of the scripted engine. */
import type { FaultPlan } from '../../faults/fault.ts'
import type { RunConfig } from '../../run-config.ts'
import type { Trial } from '../../system.ts'
import { milliseconds, seconds } from '../../units.ts'
import type { ThreadsOptions } from './run-on-threads.ts'
import type { Scene } from './scripted-engine.ts'

export const SCRIPTED = new URL('./scripted-engine.ts', import.meta.url).href
const MIB = 1024 * 1024

export const SCRIPTED_THREADS: Partial<ThreadsOptions> = {
  workerRegionBytes: MIB,
  modules: { engines: SCRIPTED, setup: SCRIPTED },
}

export interface GivenTrial {
  readonly config?: Partial<RunConfig>
  readonly faults?: FaultPlan
  readonly deadline?: number
  readonly closing?: AbortSignal
}

/** A scene on two workers, four partitions, five ticks of 20 ms. */
export function scriptedTrial(
  scene: Scene,
  { config, faults, deadline, closing }: GivenTrial = {},
): Trial {
  return {
    config: {
      engine: 'timely',
      plan: { module: 'scripted', export: 'scene', parameters: { scene } },
      workers: 2,
      partitions: 4,
      tick: milliseconds(20),
      input: { rate: 0, duration: milliseconds(100) },
      seed: 1,
      kernels: 'plain',
      keepRows: false,
      digests: true,
      replacement: 'respawn',
      detector: { heartbeat: milliseconds(5), timeout: milliseconds(100) },
      timely: {
        recovery: 'none',
        checkpointInterval: seconds(1),
        accumulation: 'local',
        flushInterval: milliseconds(10),
      },
      dstream: {
        checkpointInterval: seconds(1),
        batchesInFlightMax: 1,
        blockStoreBytesMax: MIB,
      },
      ...config,
    },
    pool: { bytes: Buffer.from('a\nb\n'), offsets: Uint32Array.of(0, 2, 4) },
    faults: faults ?? [],
    deadline: deadline ?? seconds(60),
    ...(closing ? { closing } : {}),
  }
}
