/**
 * Measures subjects in rounds and keeps one value a round and measure. Subjects take turns, every other round backwards.
 *
 * Measures are named `<subject>` (pace, records/s), `<subject> p50` and `p99` (ns), `<subject> remote share`,
 * `<loop>` for a single-threaded loop, `smallest batch` (ns).
 */
import { milliseconds, type Nanos } from '../../engines/core/units.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import type { TrialJournal, TrialNote } from '../runner/trial-journal.ts'
import { exchangedOf } from '../runner/trial-rows.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'
import { type BenchScale, OVERLOAD, type Subject, specOfSubject, subjectNamed } from './subjects.ts'

export type Samples = ReadonlyMap<string, readonly number[]>

/** Trials to find a rate that overloads and is still worked off in time; a pace is known after the first. */
const ATTEMPTS = 4
/** A pace nearer to the offered rate than this is no overload. */
const KEPT_UP = 0.97

/** Batches that are tried, from the easiest. */
const BATCHES: readonly Nanos[] = [100, 50, 20, 10, 5, 2, 1].map(milliseconds)

/** Half of all records are visible within so many batches: one to wait for its end, the rest to be worked on in a pipeline. */
const BATCHES_BEHIND_MAX = 4

export class BenchMeasurement {
  readonly #io: CommandIo
  readonly #journal: TrialJournal
  readonly #scale: BenchScale
  readonly #seed: number
  readonly #repeats: number
  readonly #samples = new Map<string, number[]>()
  /** Last pace seen, valid or not: says what overloads. */
  readonly #paces = new Map<string, number>()
  #total = 0

  constructor(
    io: CommandIo,
    journal: TrialJournal,
    options: { readonly scale: BenchScale; readonly seed: number; readonly repeats: number },
  ) {
    this.#io = io
    this.#journal = journal
    this.#scale = options.scale
    this.#seed = options.seed
    this.#repeats = options.repeats
  }

  get samples(): Samples {
    return this.#samples
  }

  async run(subjects: readonly Subject[]): Promise<void> {
    // About: a search of the smallest batch takes several trials, and so does the first overload.
    this.#total = subjects.filter(({ kind }) => kind !== 'baseline').length * (this.#repeats + 1)
    for (let round = 0; round < this.#repeats; round++) {
      for (const subject of round % 2 === 0 ? subjects : [...subjects].reverse()) {
        await this.#measure(subject)
      }
    }
  }

  async #measure(subject: Subject): Promise<void> {
    switch (subject.kind) {
      case 'baseline':
        return this.#baseline(subject)
      case 'overload':
        return this.#overload(subject)
      case 'half-load':
        return this.#halfLoad(subject)
      case 'smallest-batch':
        return this.#smallestBatch(subject)
    }
  }

  async #baseline(subject: Subject): Promise<void> {
    const spec = specOfSubject(subject, 1, this.#scale, this.#seed)
    const { workload, parameters, input } = spec
    this.#journal.says(`${subject.name} …`)
    this.#io.signal.throwIfAborted()
    const { rates } = await this.#io.baseline({
      workload,
      parameters,
      input,
      durationMs: this.#scale.baselineMs,
    })
    for (const { loop, kernels, recordsPerSecond } of rates) {
      // Both workloads have a kernel loop.
      const name = workload === 'grep' && kernels === 'columns' ? 'grep kernel loop' : loop
      this.#add(name, recordsPerSecond)
      this.#journal.addBaseline(
        {
          engine: 'single-thread',
          workload,
          world: 'threads',
          workers: 1,
          ingest: 'log',
          kernels,
          throughput_records_per_s: recordsPerSecond,
          outcome: 'completed',
          verdict: 'valid',
          reasons: loop,
        },
        this.#note(subject, 'baseline', name),
      )
    }
  }

  async #overload(subject: Subject): Promise<void> {
    let pace = this.#paces.get(subject.name) ?? this.#guess(subject)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const rate = Math.max(1, Math.round(pace * OVERLOAD))
      const outcome = await this.#trial(subject, rate, 'probe')
      const found = outcome.processedPerSecond
      if (found <= 0) {
        pace /= 3
        continue
      }
      const keptUp = found >= rate * KEPT_UP
      // Far above, so that a first guess that was much too low costs few trials.
      pace = keptUp ? rate * 1.6 : found
      this.#paces.set(subject.name, pace)
      const confirmed =
        outcome.outcome === 'completed' && (subject.unchecked || outcome.verdict === 'valid')
      if (keptUp || !confirmed) continue
      this.#add(subject.name, found)
      const share = exchangedOf(outcome).exchanged_remote_share
      if (share !== undefined) this.#add(`${subject.name} remote share`, share)
      return
    }
  }

  async #halfLoad(subject: Subject): Promise<void> {
    const rate = this.#loadOf(subject)
    if (rate === undefined) return
    const outcome = await this.#trial(subject, rate, 'half-load')
    if (outcome.verdict !== 'valid' || outcome.latency === undefined) return
    this.#add(`${subject.name} p50`, outcome.latency.p50)
    this.#add(`${subject.name} p99`, outcome.latency.p99)
  }

  /** Shorter and shorter batches, until one is not sustained. */
  async #smallestBatch(subject: Subject): Promise<void> {
    const rate = this.#loadOf(subject)
    if (rate === undefined) return
    let smallest: Nanos | undefined
    for (const tick of BATCHES) {
      const spec = { ...specOfSubject(subject, rate, this.#scale, this.#seed), tick }
      // A bound that a queue of batches breaks, and a stall of the machine does not.
      const bound = Math.max(10 * tick, milliseconds(200))
      const held = (ended: TrialOutcome): boolean =>
        whyNotSustained(ended, bound, rate) === '' &&
        ended.latency!.p50 <= BATCHES_BEHIND_MAX * tick
      const outcome = await this.#journal.run(
        spec,
        {
          ...this.#note(subject, 'search', `${subject.name} ${tick}`),
          label: `${subject.name}: ${tick / 1e6} ms`,
          boundNs: bound,
          sustained: held,
        },
        this.#total,
      )
      if (!held(outcome)) break
      smallest = tick
    }
    if (smallest !== undefined) this.#add(subject.name, smallest)
  }

  #loadOf({ of = '', share = 1 }: Subject): number | undefined {
    const paces = this.#samples.get(of)
    return paces && Math.max(1, Math.round(median(paces) * share))
  }

  /** A subject that was never measured is taken for about as fast as one thread, or as what it varies. */
  #guess({ change }: Subject): number {
    const grep = change.workload === 'grep'
    const loop =
      change.kernels === 'plain' ? 'split + Map' : grep ? 'grep kernel loop' : 'kernel loop'
    const thread = this.#samples.get(loop)?.at(-1)
    const like = this.#paces.get(grep ? 'timely grep' : 'timely')
    const factor = change.kernels === 'plain' ? 0.1 : 1
    return thread ?? (like ?? this.#scale.guessRate) * factor
  }

  #trial(subject: Subject, rate: number, role: TrialNote['role']): Promise<TrialOutcome> {
    const spec: TrialSpec = specOfSubject(subject, rate, this.#scale, this.#seed)
    return this.#journal.run(spec, this.#note(subject, role, subject.name), this.#total)
  }

  #note(subject: Subject, role: TrialNote['role'], cell: string): TrialNote {
    return { role, cell, label: subject.name, repeats: this.#repeats }
  }

  #add(name: string, value: number): void {
    const values = this.#samples.get(name)
    if (values) values.push(value)
    else this.#samples.set(name, [value])
  }
}

/** The subject that a measure comes from. */
export function subjectOfMeasure(measure: string): Subject {
  const loops: Readonly<Record<string, string>> = {
    'kernel loop': 'word-count loops',
    'byte loop': 'word-count loops',
    'split + Map': 'word-count loops',
    'chunk indexOf': 'grep loops',
    'grep kernel loop': 'grep loops',
  }
  return subjectNamed(loops[measure] ?? measure.replace(/ (p50|p99|remote share)$/, ''))
}
