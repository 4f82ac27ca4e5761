/**
 * Measures single-threaded loops on a trial's input: the COST lines. One process measures all loops of a case by turns, so
 * that a neighbour on the machine disturbs all of them alike.
 *
 * A loop's rate is that of whole passes, over the pool or over a slide; the first pass of each loop is its warm-up, but for
 * windows, whose past has been one. Three turns, their median.
 * What it counted in all passes is compared with the truth afterwards.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { type BaselineLoop, baselinesOf } from '../baselines/baseline-loops.ts'
import { median } from '../statistics/quantiles.ts'
import { machineTime, stolenShare } from './stolen-time.ts'
import type { InputSpec, TrialSpec } from './trial-spec.ts'

export interface BaselineSpec {
  readonly workload: string
  readonly parameters: TrialSpec['parameters']
  readonly input: InputSpec
  /** Whether to measure the yardsticks, too. */
  readonly yardsticks?: boolean
  /** Whether to leave out all loops but those by kernels. */
  readonly kernelsOnly?: boolean
  /** Time that each loop gets in all. */
  readonly durationMs: number
}

export interface BaselineRate {
  /** `kernel loop`, `byte loop`, `split + Map`, `chunk indexOf` … */
  readonly loop: string
  readonly kernels: 'columns' | 'plain'
  readonly recordsPerSecond: number
  /** How its counts differ from the truth; empty if they do not. A loop that miscounts is no baseline. */
  readonly wrong: string
}

export interface BaselineOutcome {
  readonly rates: readonly BaselineRate[]
  /** Records of the pool, and its bytes. */
  readonly records: number
  readonly bytes: number
  /** Largest resident set of this process. */
  readonly residentBytesMax: number
  /** As of a trial (`TrialOutcome`), over all loops. */
  readonly stolenShare?: number
}

const TURNS = 3

export function runBaseline(
  spec: BaselineSpec,
  now: () => number = () => performance.now(),
  make: typeof baselinesOf = baselinesOf,
): BaselineOutcome {
  const pool = makeInput(spec.input.kind, spec.input)
  const loops = (make(spec, pool) ?? []).map((baseline) => ({ ...baseline, passes: 0, seen: 0 }))
  const before = machineTime()
  for (const counted of loops) if (counted.loop.passRecords === undefined) pass(counted)
  const turns = loops.map((): number[] => [])
  for (let turn = 0; turn < TURNS; turn++) {
    for (const index of turn % 2 === 0 ? loops.keys() : [...loops.keys()].reverse()) {
      turns[index]!.push(rateOf(loops[index]!, pool, spec.durationMs / TURNS, now))
    }
  }
  const stolen = stolenShare(before, machineTime())
  return {
    rates: loops.map((counted, index) => ({
      loop: counted.loop.name,
      kernels: counted.kernels,
      recordsPerSecond: median(turns[index]!),
      wrong: wrongOf(counted),
    })),
    records: pool.offsets.length - 1,
    bytes: pool.bytes.length,
    residentBytesMax: process.resourceUsage().maxRSS * 1024,
    ...(stolen === undefined ? {} : { stolenShare: stolen }),
  }
}

interface CountedLoop extends BaselineLoop {
  passes: number
  seen: number
}

function pass(counted: CountedLoop): void {
  counted.seen = counted.loop.pass()
  counted.passes += 1
}

function wrongOf({ loop, seen, passes, truth }: CountedLoop): string {
  const held = loop.held()
  const right = truth(passes)
  return seen === right.seen && held === right.held
    ? ''
    : `in ${passes} passes it saw ${seen} and holds ${held}, not ${right.seen} and ${right.held}`
}

function rateOf(
  counted: CountedLoop,
  pool: PoolBytes,
  durationMs: number,
  now: () => number,
): number {
  const records = counted.loop.passRecords ?? pool.offsets.length - 1
  const start = now()
  const before = counted.passes
  let elapsed: number
  do {
    pass(counted)
    elapsed = now() - start
  } while (elapsed < durationMs)
  return ((counted.passes - before) * records * 1_000) / Math.max(elapsed, 1e-6)
}
