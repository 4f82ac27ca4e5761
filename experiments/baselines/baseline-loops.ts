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
}

export interface BaselinesRequest {
  readonly workload: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** Whether to add loops that tell a machine's speed (`bench/yardsticks.ts`); no engine is held against them. */
  readonly yardsticks?: boolean
}

/** Rate at which a slide of a windowed loop is filled: about what the engines do. Less would only make slides shorter. */
const SLIDE_RECORDS_PER_S = 1_000_000
/** Rate of the window's past, as in a trial with history. */
const HISTORY_RECORDS_PER_S = 10_000

/** A workload's loops, and what they must have counted; none for a workload that has no baseline (`page-views`). */
export interface Baselines {
  readonly loops: readonly BaselineLoop[]
  readonly truth: LoopTruth
}

export function baselinesOf(
  { workload, parameters, yardsticks = false }: BaselinesRequest,
  pool: PoolBytes,
): Baselines | undefined {
  const resolved = workloadNamed(workload).plan(parameters).parameters as Readonly<
    Record<string, unknown>
  >
  const text = (name: string): string => String(resolved[name])
  const both = (kernel: PlainLoop, ...plain: readonly PlainLoop[]): readonly BaselineLoop[] => [
    { kernels: 'columns', loop: kernel },
    ...plain.map((loop) => ({ kernels: 'plain' as const, loop })),
  ]
  switch (workload) {
    case 'grep': {
      const pattern = text('pattern')
      return {
        loops: both(
          kernelGrep(pool, pattern),
          chunkSearch(pool, pattern),
          ...(yardsticks ? [recordSearch(pool, pattern), stringSearch(pool, pattern)] : []),
        ),
        truth: matchTruth(pool, pattern),
      }
    }
    case 'word-count':
    case 'top-k': {
      if (workload === 'word-count' && text('mode') === 'running') {
        return {
          loops: both(
            kernelWordCount(pool),
            byteLoop(pool),
            splitAndMap(pool),
            ...(yardsticks ? [wideByteLoop(pool)] : []),
          ),
          truth: wordTruth(pool),
        }
      }
      const slide = parseDuration(text('slide'), 'slide') / 1e9
      const options: WindowLoopOptions = {
        slides: Math.round(parseDuration(text('length'), 'length') / 1e9 / slide),
        slideRecords: Math.max(1, Math.round(SLIDE_RECORDS_PER_S * slide)),
        historyRecords: Math.round(HISTORY_RECORDS_PER_S * slide),
        top: workload === 'top-k' ? Number(resolved.k) : 0,
      }
      return {
        loops: both(kernelWindow(pool, options), windowByteLoop(pool, options)),
        truth: windowTruth(pool, options),
      }
    }
    case 'connected-components':
      return {
        loops: [labelPropagation(pool), unionFind(pool)].map((loop) => ({
          kernels: 'plain',
          loop,
        })),
        truth: componentsTruth(pool),
      }
    case 'exchange':
      return {
        loops: [{ kernels: 'plain', loop: partitionLoop(pool) }],
        truth: partitionTruth(pool, PARTITIONS),
      }
    case 'ad-analytics-integers':
      return {
        loops: [{ kernels: 'plain', loop: campaignLoop(pool) }],
        truth: campaignTruth(pool),
      }
    default:
      return undefined
  }
}
