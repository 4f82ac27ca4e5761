/**
 * Measures single-threaded loops on a trial's input: the COST lines. One process measures all loops of a case by turns, so
 * that a neighbour on the machine disturbs all of them alike.
 *
 * A loop's rate is that of whole passes over the pool; the first pass of each loop is its warm-up. Three turns, their median.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { baselineLoops } from '../baselines/baseline-loops.ts'
import type { PlainLoop } from '../baselines/plain-loops.ts'
import { median } from '../statistics/quantiles.ts'
import type { InputSpec, TrialSpec } from './trial-spec.ts'

export interface BaselineSpec {
  readonly workload: string
  readonly parameters: TrialSpec['parameters']
  readonly input: InputSpec
  /** Time that each loop gets in all. */
  readonly durationMs: number
}

export interface BaselineRate {
  /** `kernel loop`, `byte loop`, `split + Map`, `chunk indexOf` … */
  readonly loop: string
  readonly kernels: 'columns' | 'plain'
  readonly recordsPerSecond: number
}

export interface BaselineOutcome {
  readonly rates: readonly BaselineRate[]
  /** Records of the pool, and its bytes. */
  readonly records: number
  readonly bytes: number
}

const TURNS = 3

export function runBaseline(
  spec: BaselineSpec,
  now: () => number = () => performance.now(),
): BaselineOutcome {
  const pool = makeInput(spec.input.kind, spec.input)
  const loops = baselineLoops(spec, pool)
  for (const { loop } of loops) loop.pass()
  const turns = loops.map((): number[] => [])
  for (let turn = 0; turn < TURNS; turn++) {
    for (const index of turn % 2 === 0 ? loops.keys() : [...loops.keys()].reverse()) {
      turns[index]!.push(rateOf(loops[index]!.loop, pool, spec.durationMs / TURNS, now))
    }
  }
  return {
    rates: loops.map(({ loop, kernels }, index) => ({
      loop: loop.name,
      kernels,
      recordsPerSecond: median(turns[index]!),
    })),
    records: pool.offsets.length - 1,
    bytes: pool.bytes.length,
  }
}

function rateOf(loop: PlainLoop, pool: PoolBytes, durationMs: number, now: () => number): number {
  const records = pool.offsets.length - 1
  const start = now()
  let passes = 0
  let elapsed: number
  do {
    loop.pass()
    passes += 1
    elapsed = now() - start
  } while (elapsed < durationMs)
  return (passes * records * 1_000) / Math.max(elapsed, 1e-6)
}
