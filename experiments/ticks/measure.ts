/**
 * Measures the ladder, case by case. Engines take turns at each tick, so that a drift of the machine falls on both alike; cases are
 * not compared with each other.
 *
 *   overload of every tick ─▶ (overload, loads near its pace) of the ticks that the rule compares ─▶ half load of every tick ─▶ again, of those
 *
 * Repeats go where the rule needs them: to the best tick so far, and to the one that is preferred within the noise. What is known is read
 * from the rows of the journal alone (`results/tick-choice.ts`), as by whoever reads the run later.
 */

import { maximumOf } from '../../results/arm-ratios.ts'
import { median } from '../../results/median.ts'
import {
  begunLoad,
  latencyNoise,
  latencyOrder,
  nearLoad,
  paceNoise,
  type TickCell,
  type TickTries,
  throughputOrder,
  throughputTick,
  tickCells,
} from '../../results/tick-choice.ts'
import { OVERLOAD, PACE_SHARE_MAX } from '../bench/subjects.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import { type CompareCase, type EngineName, engines, LATENCY_BOUND } from '../compare/cases.ts'
import type { ClaimRow } from '../experiment.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import type { TrialJournal } from '../runner/trial-journal.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { HALF_SHARE, type TickLoad, type TicksScale, tickSpec } from './ladder.ts'

export interface LadderRequest {
  readonly io: Pick<CommandIo, 'signal' | 'baseline'>
  readonly journal: TrialJournal
  readonly scale: TicksScale
  readonly repeats: number
  readonly seed: number
  /** About how many trials there will be. */
  readonly total: number
}

/** Trials of a tick that were no overload, before it is left without a pace; and beside its repeats. */
const MISSES_MAX = 2
/** After a trial that was no overload; as bench does. */
const RAISED = 1.6

/** Rejects only when interrupted. */
export async function measureCase(compareCase: CompareCase, request: LadderRequest): Promise<void> {
  await new CaseLadder(compareCase, request).run()
}

export type TickNeed =
  | { readonly tick: number; readonly load: 'probe' }
  | { readonly tick: number; readonly load: 'search'; readonly rate: number }

/** What the rule needs next for throughput; undefined where it has all. */
export function throughputNeed(
  ticks: readonly TickTries[],
  noise: number,
  repeats: number,
): TickNeed | undefined {
  // What was begun is ended, or one failure would decide.
  for (const tries of ticks) {
    const rate = begunLoad(tries, repeats)
    if (rate !== undefined) return { tick: tries.tick, load: 'search', rate }
  }
  const order = throughputOrder(ticks, noise)
  if (order === undefined) return undefined
  const compared = [order.best, order.preferred]
  const slow = compared.find(
    ({ paces, overloads }) => paces.length < repeats && overloads < repeats + MISSES_MAX,
  )
  if (slow !== undefined) return { tick: slow.tick, load: 'probe' }
  const open = compared.find((tries) => nearLoad(tries)!.tries.length === 0)
  return open && { tick: open.tick, load: 'search', rate: nearLoad(open)!.rate }
}

/** The tick whose half load the rule needs next; undefined where it has all. */
export function latencyNeed(
  ticks: readonly TickTries[],
  noise: number,
  repeats: number,
): number | undefined {
  const order = latencyOrder(ticks, noise)
  return order && [order.best, order.preferred].find(({ half }) => half.length < repeats)?.tick
}

class CaseLadder {
  readonly #case: CompareCase
  readonly #request: LadderRequest
  /** What the next overload of a tick is offered that has no pace yet: it follows from the overload before. */
  readonly #offered = new Map<EngineName, number>()
  readonly #half = new Map<EngineName, number>()
  #turns = 0

  constructor(compareCase: CompareCase, request: LadderRequest) {
    this.#case = compareCase
    this.#request = request
  }

  async run(): Promise<void> {
    const { ladder } = this.#request.scale
    const thread = await this.#threadRate()
    for (const engine of engines) {
      const guess = thread && thread * this.#case.guessShares[engine]
      this.#offered.set(engine, guess ?? this.#request.scale.guessRate)
    }
    // A pace is near to that of the next longer tick.
    for (const tick of ladder.toReversed()) {
      await this.#inTurn((engine) => this.#overloadFirst(engine, tick))
    }
    await this.#asNeeded(async (engine) => {
      const { ticks, noise } = this.#known(engine, paceNoise)
      const need = throughputNeed(ticks, noise, this.#request.repeats)
      if (need === undefined) return false
      if (need.load === 'probe') await this.#overload(engine, need.tick)
      else await this.#trial(engine, need.tick, 'search', need.rate)
      return true
    })
    for (const engine of engines) this.#setHalf(engine)
    for (const tick of ladder) await this.#inTurn((engine) => this.#halfLoad(engine, tick))
    await this.#asNeeded(async (engine) => {
      const { ticks, noise } = this.#known(engine, latencyNoise)
      const tick = latencyNeed(ticks, noise, this.#request.repeats)
      if (tick === undefined) return false
      await this.#halfLoad(engine, tick)
      return true
    })
  }

  /** Records per second of one thread with the same kernels: a guess, as in compare. Undefined where it is not measured. */
  async #threadRate(): Promise<number | undefined> {
    const { io, journal, scale } = this.#request
    const { workload, parameters, label } = this.#case
    const { input, baselineMs } = scale
    if (baselineMs === 0) return undefined
    journal.says(`one thread on ${label} …`)
    io.signal.throwIfAborted()
    const { rates } = await io.baseline({ workload, parameters, input, durationMs: baselineMs })
    return rates.find(({ kernels }) => kernels === 'columns')?.recordsPerSecond
  }

  /** Every other time the other engine is first. */
  async #inTurn(visit: (engine: EngineName) => Promise<void>): Promise<void> {
    const order = this.#turns++ % 2 === 0 ? engines : engines.toReversed()
    for (const engine of order) await visit(engine)
  }

  /** Until neither engine needs a trial. */
  async #asNeeded(visit: (engine: EngineName) => Promise<boolean>): Promise<void> {
    let ran: boolean
    do {
      ran = false
      await this.#inTurn(async (engine) => {
        if (await visit(engine)) ran = true
      })
    } while (ran)
  }

  #known(
    engine: EngineName,
    noiseOf: (cells: readonly TickCell[]) => number,
  ): { readonly ticks: readonly TickTries[]; readonly noise: number } {
    const { name } = this.#case
    const cells = tickCells(this.#request.journal.rows).filter(({ caseName }) => caseName === name)
    const own = cells.find((cell) => cell.engine === engine)
    return { ticks: own?.ticks ?? [], noise: noiseOf(cells) }
  }

  #triesOf(engine: EngineName, tick: number): TickTries | undefined {
    return this.#known(engine, paceNoise).ticks.find((tries) => tries.tick === tick)
  }

  async #overloadFirst(engine: EngineName, tick: number): Promise<void> {
    for (let misses = 0; misses <= MISSES_MAX; misses++) {
      await this.#overload(engine, tick)
      if (this.#triesOf(engine, tick)!.paces.length > 0) return
    }
  }

  async #overload(engine: EngineName, tick: number): Promise<void> {
    const paces = this.#triesOf(engine, tick)?.paces ?? []
    const rate = paces.length > 0 ? median(paces) * OVERLOAD : this.#offered.get(engine)!
    await this.#trial(engine, tick, 'probe', rate)
    this.#offered.set(engine, nextOffer(this.#request.journal.rows.at(-1)!, rate))
  }

  /** Of what the tick for throughput held; none where none held. */
  #setHalf(engine: EngineName): void {
    const { ticks, noise } = this.#known(engine, paceNoise)
    const chosen = throughputTick(ticks, noise)
    if (chosen !== undefined) this.#half.set(engine, nearLoad(chosen)!.rate * HALF_SHARE)
  }

  async #halfLoad(engine: EngineName, tick: number): Promise<void> {
    const rate = this.#half.get(engine)
    if (rate !== undefined) await this.#trial(engine, tick, 'half-load', rate)
  }

  async #trial(engine: EngineName, tick: number, load: TickLoad, rate: number): Promise<void> {
    const { journal, scale, repeats, total, seed } = this.#request
    const { name, label } = this.#case
    const known = this.#triesOf(engine, tick)
    const tried = {
      probe: known?.overloads,
      search: known?.near.length,
      'half-load': known?.half.length,
    }
    // Repeats differ, and those of both engines alike.
    const ask = {
      compareCase: this.#case,
      engine,
      load,
      tick,
      rate,
      seed: seed + (tried[load] ?? 0),
    }
    const spec = tickSpec(ask, scale)
    const note = {
      role: load,
      arm: name,
      cell: `${name} ${engine} ${tick}`,
      label: `${label}, ${engine}, ${formatDuration(tick)}, ${WORDS[load]} at ${formatRate(spec.rate)}`,
      repeats,
      boundNs: LATENCY_BOUND,
      // Whoever is offered more than it can do is not asked.
      ...(load === 'probe'
        ? {}
        : {
            whyNotSustained: (ended: TrialOutcome) =>
              whyNotSustained(ended, LATENCY_BOUND, spec.rate),
          }),
    }
    await journal.run(spec, note, total)
  }
}

const WORDS: Readonly<Record<TickLoad, string>> = {
  probe: 'overload',
  search: 'near its pace',
  'half-load': 'half load',
}

/** What the overload after a trial is offered, by its row. */
function nextOffer(row: Omit<ClaimRow, 'run_id'>, offered: number): number {
  const pace = row.throughput_records_per_s
  if (pace === undefined) return offered / 2
  return maximumOf(row) === undefined && pace > offered * PACE_SHARE_MAX
    ? offered * RAISED
    : pace * OVERLOAD
}
