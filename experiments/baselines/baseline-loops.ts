/** Which single-threaded loops stand beside which workload: by kernels first, then by plain TypeScript. */
import { parseDuration } from '../../engines/core/plan/duration.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { labelPropagation, unionFind } from './graph-loops.ts'
import { kernelGrep, kernelWindow, kernelWordCount } from './kernel-loops.ts'
import {
  campaignTruth,
  componentsTruth,
  type LoopTruth,
  matchTruth,
  partitionTruth,
  windowTruth,
  wordTruth,
} from './loop-truth.ts'
import { campaignLoop, PARTITIONS, partitionLoop } from './pair-loops.ts'
import {
  byteLoop,
  chunkSearch,
  type PlainLoop,
  recordSearch,
  splitAndMap,
  stringSearch,
  wideByteLoop,
} from './plain-loops.ts'
import { type WindowLoopOptions, windowByteLoop } from './window-loops.ts'

export interface BaselineLoop {
  readonly kernels: 'columns' | 'plain'
  readonly loop: PlainLoop
  /** What it must have counted. */
  readonly truth: LoopTruth
}

export interface BaselinesRequest {
  readonly workload: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** Whether to add loops that tell a machine's speed (`bench/yardsticks.ts`); no engine is held against them. */
  readonly yardsticks?: boolean
  /** Whether to leave out all loops but those by kernels: the past of a window's would be worked off for nothing. */
  readonly kernelsOnly?: boolean
}

/**
 * Rates at which a slide of a windowed loop is filled: about what the loop itself does, so that it has as many slides a second as
 * an engine that is given what one thread can do. With a million for both, kernels had four times as many, which is a fifth of their time.
 */
const SLIDE_RECORDS_PER_S = { columns: 4_000_000, plain: 1_000_000 } as const
/**
 * The window's past, as in a trial with history: those slides that leave while it is measured have every key, as they will have
 * later; the others a low rate, since it takes as long to fill them.
 */
const LEAVING_SLIDES = 6
const HISTORY_RECORDS_PER_S = 10_000

/** A workload's loops; undefined for one that has no baseline (`page-views`). */
export function baselinesOf(
  { workload, parameters, yardsticks = false, kernelsOnly = false }: BaselinesRequest,
  pool: PoolBytes,
): readonly BaselineLoop[] | undefined {
  const resolved = workloadNamed(workload).plan(parameters).parameters as Readonly<
    Record<string, unknown>
  >
  const text = (name: string): string => String(resolved[name])
  const both = (
    truth: LoopTruth,
    kernel: PlainLoop,
    ...plain: readonly PlainLoop[]
  ): readonly BaselineLoop[] => [
    { kernels: 'columns', loop: kernel, truth },
    ...allPlain(truth, ...plain),
  ]
  const allPlain = (truth: LoopTruth, ...loops: readonly PlainLoop[]): readonly BaselineLoop[] =>
    kernelsOnly ? [] : loops.map((loop) => ({ kernels: 'plain', loop, truth }))
  switch (workload) {
    case 'grep': {
      const pattern = text('pattern')
      return both(
        matchTruth(pool, pattern),
        kernelGrep(pool, pattern),
        chunkSearch(pool, pattern),
        ...(yardsticks ? [recordSearch(pool, pattern), stringSearch(pool, pattern)] : []),
      )
    }
    case 'word-count':
    case 'top-k': {
      if (workload === 'word-count' && text('mode') === 'running') {
        return both(
          wordTruth(pool),
          kernelWordCount(pool),
          byteLoop(pool),
          splitAndMap(pool),
          ...(yardsticks ? [wideByteLoop(pool)] : []),
        )
      }
      const slide = parseDuration(text('slide'), 'slide') / 1e9
      const slides = Math.round(parseDuration(text('length'), 'length') / 1e9 / slide)
      const past = Array.from({ length: slides }, (_, index) =>
        index < LEAVING_SLIDES
          ? pool.offsets.length - 1
          : Math.round(HISTORY_RECORDS_PER_S * slide),
      )
      const truthOf = windowTruth(pool)
      const loopOf = (
        kernels: BaselineLoop['kernels'],
        make: (pool: PoolBytes, options: WindowLoopOptions) => PlainLoop,
      ): BaselineLoop => {
        const options: WindowLoopOptions = {
          slideRecords: Math.max(1, Math.round(SLIDE_RECORDS_PER_S[kernels] * slide)),
          past,
          top: workload === 'top-k' ? Number(resolved.k) : 0,
        }
        return { kernels, loop: make(pool, options), truth: truthOf(options) }
      }
      return [
        loopOf('columns', kernelWindow),
        ...(kernelsOnly ? [] : [loopOf('plain', windowByteLoop)]),
      ]
    }
    case 'connected-components':
      return allPlain(componentsTruth(pool), labelPropagation(pool), unionFind(pool))
    case 'exchange':
      return allPlain(partitionTruth(pool, PARTITIONS), partitionLoop(pool))
    case 'ad-analytics-integers':
      return allPlain(campaignTruth(pool), campaignLoop(pool))
    default:
      return undefined
  }
}
