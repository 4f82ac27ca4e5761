/**
 * Random loops in random cuts, with workers that are far apart and with kills, against the interpreter.
 *
 * `SEED` names the first seed, `RUNS` how many there are; a failure prints its seed.
 */
import { expect, it } from 'vitest'
import { planOf } from '../core/plan/stream.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { seededRandom } from '../core/world/random.ts'
import { NETWORK } from '../core/world/simulated/network.ts'
import { randomLoops } from './random-loops.fixture.ts'
import { configOf, expectTrue, run } from './trial.fixture.ts'

const SEED = Number(process.env.SEED ?? 1)
const RUNS = Number(process.env.RUNS ?? 20)

const LATENCIES = [50_000, milliseconds(2), milliseconds(6)] as const
const ACCUMULATIONS = ['none', 'local', 'global', 'both'] as const

function runOnce(seed: number): void {
  const random = seededRandom(seed, 7)
  const plan = planOf(randomLoops(random))
  const workers = 1 + random.below(4)
  const config = configOf({
    seed,
    workers,
    partitions: 1 + random.below(6),
    tick: milliseconds([50, 100, 250, 500][random.below(4)]!),
    input: { rate: 40 + random.below(60), duration: seconds(2) },
    kernels: random.below(2) === 0 ? 'plain' : 'columns',
    replacement: random.below(2) === 0 ? 'respawn' : 'survivors',
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(200) },
    timely: {
      accumulation: ACCUMULATIONS[random.below(4)]!,
      checkpointInterval: milliseconds(random.below(2) === 0 ? 500 : 1_500),
    },
  })
  const network = { ...NETWORK, latency: LATENCIES[random.below(3)]!, jitter: 5 }
  const at = milliseconds(300 + random.below(1_700))
  const isKilled = workers > 1 && random.below(2) === 0
  const faults = isKilled ? [{ kind: 'kill', process: random.below(workers), at } as const] : []
  expectTrue(plan, config, run(plan, config, faults, { network }))
}

it(`random loops are right, seeds from ${SEED}`, { timeout: 24 * 3_600_000 }, () => {
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    expect(() => runOnce(seed), `SEED=${seed} RUNS=1`).not.toThrow()
  }
})
