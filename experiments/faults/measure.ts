/**
 * Measures arms in turns. Before a trial at a load the arm is probed, so that the load is a share of what the machine can do now:
 * half of what it could before the first round is all that it can an hour later. What a probe is offered follows the last one.
 */
import { formatRate } from '../cli/options.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import type { TrialJournal, TrialNote } from '../runner/trial-journal.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import type { Arm, FaultScale, MeasuredArm } from './design.ts'
import { hitOf, OVERLOAD, probeOf, specOf, workload } from './trials.ts'

export interface FaultsRequest {
  readonly io: Pick<CommandIo, 'signal' | 'baseline'>
  readonly journal: TrialJournal
  readonly scale: FaultScale
  readonly arms: readonly Arm[]
  /** Share of a pace, of arms that name none. */
  readonly load: number
  readonly seed: number
}

/** An overload within this of the wanted one is right. */
const OVERLOAD_TOLERANCE = 0.15
/** Threads' worth of the single thread's rate that is the first guess. */
const GUESS_THREADS = 2

type Open<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }

/** What each arm came to. Rejects only when interrupted. */
export async function measureFaults(request: FaultsRequest): Promise<readonly MeasuredArm[]> {
  const measurement = new FaultMeasurement(request)
  await measurement.run()
  return measurement.arms
}

/** Arms of a round, in order: each that is compared with another one between two visits of it. */
export function turnsOf(
  arms: readonly Arm[],
  { repeats }: Pick<FaultScale, 'repeats'>,
  round: number,
): readonly Arm[] {
  const compared = new Set(arms.map(({ against }) => against))
  const turns: Arm[] = []
  for (const arm of arms) {
    if (round >= (arm.repeats ?? repeats) || compared.has(arm.name)) continue
    const beside = arms.find(({ name }) => name === arm.against)
    if (beside !== undefined && turns.at(-1) !== beside) turns.push(beside)
    turns.push(arm)
    if (beside !== undefined) turns.push(beside)
  }
  return round % 2 === 0 ? turns : turns.reverse()
}

export function roundsOf(arms: readonly Arm[], { repeats }: FaultScale): number {
  return Math.max(...arms.map((arm) => arm.repeats ?? repeats))
}

/** Trials that will be run, calibrations aside. */
export function trialsOf(arms: readonly Arm[], scale: FaultScale): number {
  const visits = new Map<Arm, number>()
  for (let round = 0; round < roundsOf(arms, scale); round++) {
    for (const arm of turnsOf(arms, scale, round)) visits.set(arm, (visits.get(arm) ?? 0) + 1)
  }
  let trials = 0
  for (const [arm, count] of visits) {
    trials += Math.min(count, scale.calmRepeats)
    if (arm.rate === undefined) trials += count
    if (arm.disturbance !== undefined) trials += count
  }
  return trials
}

class FaultMeasurement {
  readonly #request: FaultsRequest
  readonly #arms: readonly Open<MeasuredArm>[]
  readonly #planned: number
  /** By arm: what it could do last, if that is known, and what its next probe is offered. */
  readonly #paces = new Map<string, number>()
  readonly #offered = new Map<string, number>()
  readonly #visits = new Map<string, number>()

  constructor(request: FaultsRequest) {
    const { arms, scale } = request
    this.#request = request
    this.#arms = arms.map((arm) => ({ arm, calm: [], hit: [], lost: 0, withoutPeace: 0 }))
    this.#planned = trialsOf(arms, scale)
  }

  get arms(): readonly MeasuredArm[] {
    return this.#arms
  }

  async run(): Promise<void> {
    const { arms, scale } = this.#request
    const probed = arms.filter(({ rate }) => rate === undefined)
    const guess = probed.length === 0 ? 0 : await this.#guess()
    for (const arm of probed) await this.#calibrate(arm, guess)
    for (let round = 0; round < roundsOf(arms, scale); round++) {
      for (const arm of turnsOf(arms, scale, round)) await this.#visit(arm, round)
    }
  }

  async #guess(): Promise<number> {
    const { io, journal, scale } = this.#request
    const { input, baselineMs, guessRate } = scale
    if (baselineMs === 0) return guessRate
    journal.says('one thread …')
    io.signal.throwIfAborted()
    const { rates } = await io.baseline({ ...workload, input, durationMs: baselineMs })
    const kernels = rates.find((rate) => rate.kernels === 'columns')
    return kernels === undefined ? guessRate : kernels.recordsPerSecond * GUESS_THREADS
  }

  async #calibrate(arm: Arm, guess: number): Promise<void> {
    const { name } = arm
    const { calibrations } = this.#request.scale
    this.#offered.set(name, guess)
    for (let attempt = 0; attempt < calibrations; attempt++) {
      const offered = this.#offered.get(name)!
      const { processedPerSecond: pace } = await this.#probe(arm, 'search')
      if (Math.abs(offered / pace / OVERLOAD - 1) <= OVERLOAD_TOLERANCE) return
    }
  }

  async #visit(arm: Arm, round: number): Promise<void> {
    const { scale, seed, load } = this.#request
    const measured = this.#arms.find((one) => one.arm === arm)!
    const visit = this.#visits.get(arm.name) ?? 0
    this.#visits.set(arm.name, visit + 1)
    if (arm.rate === undefined) await this.#probeTwice(arm)
    const pace = arm.rate === undefined ? this.#paces.get(arm.loadOf ?? arm.name) : undefined
    const rate = arm.rate ?? (pace && Math.max(1, Math.round(pace * (arm.load ?? load))))
    if (rate === undefined) {
      measured.lost += 1
      return
    }
    const ask = { arm, scale, rate, seed, round }
    const known = pace === undefined ? {} : { pace }
    let peace: TrialOutcome | undefined
    if (visit < scale.calmRepeats) {
      const spec = specOf(ask)
      peace = await this.#loaded(arm, spec, 'control')
      measured.calm.push({ spec, outcome: peace, ...known })
    }
    if (arm.disturbance !== undefined) {
      const worst = peace?.verdict === 'valid' ? peace.latency?.max : undefined
      // It would be held against what one worker did.
      if (arm.disturbance.kind === 'resize' && worst === undefined) {
        measured.withoutPeace += 1
        return
      }
      const spec = hitOf(ask, pace, worst)
      measured.hit.push({ spec, outcome: await this.#loaded(arm, spec, 'fault'), ...known })
    }
  }

  /** A guess may be more than there is memory for: once more, then, with less. */
  async #probeTwice(arm: Arm): Promise<void> {
    const { verdict } = await this.#probe(arm, 'probe')
    if (verdict !== 'valid') await this.#probe(arm, 'probe')
  }

  /** Overloads an arm. Of a trial that is not valid no pace is known, and the next is offered half. */
  async #probe(arm: Arm, role: 'probe' | 'search'): Promise<TrialOutcome> {
    const { scale, seed, journal } = this.#request
    const { name } = arm
    const offered = this.#offered.get(name)!
    const spec = probeOf({ arm, scale, rate: Math.max(1, Math.round(offered)), seed })
    const label = `${name}: ${role === 'probe' ? 'probe' : 'calibration'}`
    const outcome = await journal.run(spec, this.#note(arm, role, label), this.#planned)
    const pace = outcome.processedPerSecond
    const isKnown = outcome.verdict === 'valid' && pace > 0
    this.#offered.set(name, isKnown ? pace * OVERLOAD : offered / 2)
    if (isKnown) this.#paces.set(name, pace)
    else this.#paces.delete(name)
    return outcome
  }

  #loaded(arm: Arm, spec: TrialSpec, role: 'control' | 'fault'): Promise<TrialOutcome> {
    const how = role === 'control' ? 'in peace' : `hit (${arm.disturbance!.kind})`
    const label = `${arm.name}, ${how}, at ${formatRate(spec.rate)}`
    const note = this.#note(arm, role, label)
    const judged =
      role === 'fault'
        ? note
        : {
            ...note,
            whyNotSustained: (ended: TrialOutcome) =>
              whyNotSustained(ended, Number.POSITIVE_INFINITY, spec.rate),
          }
    return this.#request.journal.run(spec, judged, this.#planned)
  }

  #note(arm: Arm, role: TrialNote['role'], label: string): TrialNote {
    const { repeats } = this.#request.scale
    return { role, arm: arm.name, cell: arm.name, label, repeats: arm.repeats ?? repeats }
  }
}
