/**
 * A campaign: chunks of random trials on all cores. What is done is told chunk by chunk, so that who is interrupted can go on.
 *
 * Seeds of chunks follow each other from the campaign's; which thread runs which, and in what order, changes nothing.
 */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { type ChunkResult, type ChunkTask, TRIALS_PER_CHUNK } from './chunk.ts'

export interface CampaignOptions {
  readonly seed: number
  readonly trials: number
  readonly threads: number
  /** Seeds of chunks that are done. */
  readonly done?: ReadonlySet<number>
  /** Name of a bug that its threads have (`planted-bugs/`). */
  readonly bug?: string
  /** It ends early after so many failures. */
  readonly failuresMax?: number
  readonly shrinkMs?: number
  /** A chunk has ended; in no order. */
  readonly finished: (result: ChunkResult) => void
  readonly signal?: AbortSignal
}

/** Seeds of fast-check that are taken as they are. */
const SEEDS = 2 ** 31

const SHRINK_MS = 60_000

/** Enough to see that the same thing is wrong everywhere. */
export const FAILURES_MAX = 5

/** A thread that needs more has lost its mind, and must not take the machine with it. */
const RESOURCES = { maxOldGenerationSizeMb: 1_024 }

const PLANT = new URL('../planted-bugs/plant.ts', import.meta.url).href

export function chunksOf({
  seed,
  trials,
  shrinkMs = SHRINK_MS,
}: Pick<CampaignOptions, 'seed' | 'trials' | 'shrinkMs'>): readonly ChunkTask[] {
  return Array.from({ length: Math.ceil(trials / TRIALS_PER_CHUNK) }, (_, index) => ({
    seed: (seed + index) % SEEDS,
    trials: Math.min(TRIALS_PER_CHUNK, trials - index * TRIALS_PER_CHUNK),
    shrinkMs,
  }))
}

/**
 * Runs what is not done; ends early after some failures, with all chunks before them done. A thread that dies fails its chunk.
 * Errors: the signal's reason.
 */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const { threads, done, failuresMax = FAILURES_MAX, finished, signal } = options
  const pending = chunksOf(options).filter(({ seed }) => done?.has(seed) !== true)
  const pool = newPool(options)
  let next = 0
  let failures = 0
  const work = async (): Promise<void> => {
    for (;;) {
      if (failures >= failuresMax) return
      const task = pending[next++]
      if (task === undefined) return
      const result = await inPool(pool, task, signal)
      signal?.throwIfAborted()
      if (result.failure !== undefined) failures += 1
      finished(result)
    }
  }
  try {
    await Promise.all(Array.from({ length: threads }, work))
  } finally {
    await pool.destroy()
  }
}

function newPool({
  threads,
  bug,
}: Pick<CampaignOptions, 'threads' | 'bug'>): Piscina<ChunkTask, ChunkResult> {
  return new Piscina<ChunkTask, ChunkResult>({
    filename: fileURLToPath(new URL('./chunk-thread.ts', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    resourceLimits: RESOURCES,
    ...(bug !== undefined && {
      env: { ...process.env, PLANTED_BUG: bug },
      execArgv: [...process.execArgv, '--import', PLANT],
    }),
  })
}

async function inPool(
  pool: Piscina<ChunkTask, ChunkResult>,
  task: ChunkTask,
  signal: AbortSignal | undefined,
): Promise<ChunkResult> {
  try {
    return await pool.run(task, signal === undefined ? {} : { signal })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const failure = { problems: `the thread of the chunk ended: ${message}` }
    return { seed: task.seed, trials: 0, coverage: {}, sometimes: {}, shape: {}, cpuMs: 0, failure }
  }
}
