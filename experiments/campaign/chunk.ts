/**
 * A chunk: some random trials from one seed, the unit in which a campaign is cut, resumed and replayed.
 *
 * Not a trial a seed: fast-check draws the first trials of a seed from the edges of what there is, and the later ones more
 * evenly. A failure is a seed and a path: which trial of the chunk, and which way its shrinking went.
 */
import fc from 'fast-check'
import { ConfigurationError } from '../../engines/core/errors.ts'
import { threadCpuNs } from '../../engines/core/world/threads/process-status.ts'
import { randomTrial } from './arbitrary.ts'
import { runRandomTrial, type TrialFindings } from './checked-trial.ts'
import type { RandomTrial } from './random-trial.ts'
import { addShape, type Counts, type Measure, type ShapeCounts } from './shape.ts'
import type { Sighting } from './sometimes.ts'

export const TRIALS_PER_CHUNK = 25

export interface ChunkTask {
  readonly seed: number
  readonly trials: number
  /** What is left of shrinking then is left. */
  readonly shrinkMs: number
}

export interface ChunkFailure {
  /** Of fast-check; none when the chunk could not be run at all. */
  readonly path?: string
  readonly problems: string
  readonly trial?: RandomTrial
}

export interface ChunkResult {
  readonly seed: number
  /** Trials that were run, up to the first that failed. */
  readonly trials: number
  /** Trials by what ran them. */
  readonly coverage: Counts
  /** By sighting: trials that had it. */
  readonly sometimes: Readonly<Partial<Record<Sighting, number>>>
  readonly shape: Partial<ShapeCounts>
  readonly cpuMs: number
  readonly failure?: ChunkFailure
}

type Run = (trial: RandomTrial) => Promise<TrialFindings>

/** `run` is another one in tests. */
export async function runChunk(task: ChunkTask, run: Run = runRandomTrial): Promise<ChunkResult> {
  const { seed, trials } = task
  const coverage: Record<string, number> = {}
  const sometimes: Partial<Record<Sighting, number>> = {}
  const shape: Partial<Record<Measure, Record<string, number>>> = {}
  const from = threadCpuNs()
  const counted: Run = async (trial) => {
    const findings = await run(trial)
    coverage[findings.coverage] = (coverage[findings.coverage] ?? 0) + 1
    for (const sighting of findings.seen) sometimes[sighting] = (sometimes[sighting] ?? 0) + 1
    addShape(shape, findings.shape)
    return findings
  }
  const options = { seed, numRuns: trials, endOnFailure: true }
  const found = await fc.check(rightWith(counted), options)
  const cpuMs = Math.round((threadCpuNs() - from) / 1e6)
  const result = { seed, trials: found.numRuns, coverage, sometimes, shape, cpuMs }
  if (!found.failed || found.counterexamplePath === null) return result
  const failure = await shrunk(task, found.counterexamplePath, run)
  if (failure !== undefined) return { ...result, failure }
  const problems = `only once, so it depends on more than its seed: ${messageOf(found.errorInstance)}`
  const [trial] = found.counterexample
  return { ...result, failure: { path: found.counterexamplePath, problems, trial } }
}

/** The trial that a seed and a path stand for, whether it fails or not. Errors: `ConfigurationError` where there is none. */
export async function trialAt(seed: number, path: string): Promise<RandomTrial> {
  let drawn: RandomTrial | undefined
  const first = fc.property(randomTrial, (trial) => {
    drawn ??= trial
    return false
  })
  let cause: unknown
  try {
    // What is drawn first is what the path leads to.
    fc.check(first, { seed, path, endOnFailure: true })
  } catch (error) {
    cause = error
  }
  if (drawn !== undefined) return drawn
  throw new ConfigurationError(
    {
      asked: `the trial at ${seed}:${path}`,
      found: 'no such trial',
      rule: 'a path leads from a trial of the seed to what it was shrunk to',
      remedy: `Give the path that fuzz has printed, or ${seed} alone for all of its chunk`,
    },
    { seed, path },
    cause,
  )
}

async function shrunk(
  { seed, trials, shrinkMs }: ChunkTask,
  path: string,
  run: Run,
): Promise<ChunkFailure | undefined> {
  const options = { seed, path, numRuns: trials, interruptAfterTimeLimit: shrinkMs }
  const found = await fc.check(rightWith(run), options)
  if (found.counterexample === null) return undefined
  const [trial] = found.counterexample
  return { path: found.counterexamplePath, problems: messageOf(found.errorInstance), trial }
}

function rightWith(run: Run) {
  return fc.asyncProperty(randomTrial, async (trial) => {
    const { problems } = await run(trial)
    if (problems.length > 0) throw new Error(problems.join('\n'))
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
