/**
 * Measures groups of subjects in rounds. Before the first round every overload is calibrated; those trials are not counted. A
 * load is a share of a pace measured in the same group and round, or of what was held of it: half of what the machine can do now, not of
 * what it could.
 *
 * Measures are named `<subject>` (pace, records/s; of a smallest batch, ns), `<subject> words` (pace, words/s), `<subject> p50`
 * and `p99` (ns; of a smallest batch, of the trial that held it), `<subject> processing` (of its batches, ns), `<subject> remote share`,
 * `<subject> CPU a record` (ns of the workers), `<loop>` for a single-threaded loop.
 *
 * What is asked of a load counts whatever became of it: a latency of a load that was not kept up with is infinite, and so is the
 * smallest batch where none held. What says nothing (a pace of a trial that was no overload, CPU time of a queue) is made again.
 */
import type { Nanos } from '../../engines/core/units.ts'
import { LATENCY_BOUND } from '../compare/cases.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { type Conditions, conditionsOf } from '../runner/conditions.ts'
import type { TrialJournal, TrialNote } from '../runner/trial-journal.ts'
import { exchangedOf } from '../runner/trial-rows.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'
import { BatchSearch, processingTime, whyNotInTime } from './batch-search.ts'
import { HELD_SHARES } from './conditions.ts'
import { isConfirmed, NEVER, whyBehind, whyNoOverload } from './counting.ts'
import { type Group, trialsARound, type Visit } from './groups.ts'
import {
  type BenchScale,
  freshRate,
  OVERLOAD,
  PACE_SHARE_MAX,
  type Subject,
  specOfSubject,
  subjectNamed,
} from './subjects.ts'
import { WordsARecord } from './words-a-record.ts'

/** Trials to find a rate that overloads by the wanted factor. */
const CALIBRATIONS = 6

/** Rounds that make up for those that did not count, of the groups that need them. */
const EXTRA_ROUNDS = 2

/** A trial that a busy machine keeps from its load is made again, and counts for nothing whatever it measured. */
const CPU_ATTEMPTS = 3

/** Visits of a group, by round. */
export type Rounds = ReadonlyMap<string, readonly (readonly Visit[])[]>

type Measures = Map<string, number>

export class BenchMeasurement {
  readonly #io: CommandIo
  readonly #journal: TrialJournal
  readonly #scale: BenchScale
  readonly #seed: number
  readonly #repeats: number
  readonly #rounds = new Map<string, Visit[][]>()
  /** Calibrated pace and what is offered, by subject. */
  readonly #paces = new Map<string, number>()
  readonly #offered = new Map<string, number>()
  /** Paces of the group and round that is being measured, and what was held of them, for the loads that are shares of them. */
  readonly #near = new Map<string, number>()
  readonly #held = new Map<string, number | undefined>()
  /** Of each subject that is measured at a load, one a visit. */
  readonly #loads = new Map<string, number[]>()
  readonly #conditions = new Map<string, Conditions>()
  readonly #words = new WordsARecord()
  /** Of the visit that is being made. */
  #tries = { made: 0, dropped: [] as string[] }
  #batches: BatchSearch | undefined
  /** Rate of a kernel loop or another, last seen: a first guess. */
  readonly #loops = new Map<string, number>()
  #planned = 0

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

  get rounds(): Rounds {
    return this.#rounds
  }

  /** Side conditions of the paces that were counted, the last one of each subject. */
  get conditions(): ReadonlyMap<string, Conditions> {
    return this.#conditions
  }

  /** Calibrated pace of an engine, for who wants a multiple of it. */
  paceOf(subject: string): number | undefined {
    return this.#paces.get(subject)
  }

  /** The median load of a subject that is measured at a share of another's pace. */
  loadOf(subject: string): number | undefined {
    const loads = this.#loads.get(subject)
    return loads === undefined ? undefined : median(loads)
  }

  /** `extra`: trials that others will run, for the time left. */
  async run(groups: readonly Group[], extra: number): Promise<void> {
    const subjects = [...new Set(groups.flatMap(({ visits }) => visits))].map(subjectNamed)
    this.#planned = trialsARound(groups) * this.#repeats + 2 * subjects.length + extra
    await this.#calibrate(subjects)
    for (let round = 0; round < this.#repeats + EXTRA_ROUNDS; round++) {
      const wanted = groups.filter(({ name }) => this.#counted(name) < this.#repeats)
      if (wanted.length === 0) break
      await this.#round(wanted, round)
    }
  }

  async #round(groups: readonly Group[], round: number): Promise<void> {
    let last: Visit | undefined
    for (const { name, visits } of round % 2 === 0 ? groups : [...groups].reverse()) {
      this.#near.clear()
      this.#held.clear()
      const done: Visit[] = []
      for (const subject of round % 2 === 0 ? visits : [...visits].reverse()) {
        const shared = done.length === 0 && last?.subject === subject ? last : undefined
        last = shared ?? (await this.#visit(subjectNamed(subject)))
        done.push(last)
      }
      const rounds = this.#rounds.get(name) ?? []
      this.#rounds.set(name, [...rounds, done])
    }
  }

  /** Rounds of a group in which every visit counted. */
  #counted(group: string): number {
    const rounds = this.#rounds.get(group) ?? []
    return rounds.filter((visits) => visits.every(({ measures }) => measures.size > 0)).length
  }

  /**
   * What every overloaded subject holds, for the table of conditions. Of the pace that the table states: that before the first round was of
   * another hour.
   */
  async hold(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const conditions = this.#conditions.get(name)
      if (conditions !== undefined) await this.#heldOf(subjectNamed(name), conditions.pace)
    }
  }

  /** Records/s: the first of `HELD_SHARES` of its pace that a subject keeps up with, with p99 within the bound (ns) if there is one; undefined where it holds none. */
  async #heldOf(subject: Subject, pace: number, bound?: Nanos): Promise<number | undefined> {
    for (const share of HELD_SHARES) {
      const rate = Math.round(pace * share)
      const outcome = await this.#trial(subject, rate, 'control')
      if (whyBehind(subject, outcome, rate, bound) !== '') continue
      const conditions = this.#conditions.get(subject.name)
      if (conditions !== undefined) {
        const held = { heldP99: outcome.latency!.p99, heldShare: share }
        this.#conditions.set(subject.name, { ...conditions, ...held })
      }
      return rate
    }
    return undefined
  }

  async #calibrate(subjects: readonly Subject[]): Promise<void> {
    for (const subject of subjects.filter(({ kind }) => kind === 'baseline')) {
      await this.#baseline(subject)
    }
    const isMeasured = (name: string | undefined): boolean =>
      subjects.some((subject) => subject.name === name)
    for (const subject of subjects) {
      const { kind, of } = subject
      if (of !== undefined && !isMeasured(of)) {
        await this.#calibrateOverload(subjectNamed(of))
      }
      if (kind === 'overload' && of === undefined) {
        await this.#calibrateOverload(subject)
      }
    }
  }

  async #calibrateOverload(subject: Subject): Promise<void> {
    if (this.#paces.has(subject.name)) return
    let rate = this.#guess(subject) * OVERLOAD
    for (let attempt = 0; attempt < CALIBRATIONS; attempt++) {
      const { processedPerSecond: pace } = await this.#trial(subject, rate, 'search')
      if (pace <= 0) {
        rate /= 3
        continue
      }
      this.#paces.set(subject.name, pace)
      this.#offered.set(subject.name, pace * OVERLOAD)
      const factor = rate / pace
      if (Math.abs(factor / OVERLOAD - 1) <= 0.15) return
      // Far above, so that a guess that was much too low costs few trials.
      rate = factor < 1 / PACE_SHARE_MAX ? rate * 2 : pace * OVERLOAD
    }
  }

  async #visit(subject: Subject): Promise<Visit> {
    this.#tries = { made: 0, dropped: [] }
    const measures = await this.#measure(subject)
    return { subject: subject.name, measures, tries: this.#tries }
  }

  async #measure(subject: Subject): Promise<Measures> {
    switch (subject.kind) {
      case 'baseline':
        return this.#baseline(subject)
      case 'overload':
        return this.#overload(subject)
      case 'cpu':
        return this.#cpu(subject)
      case 'half-load':
        return this.#halfLoad(subject)
      case 'smallest-batch':
        return this.#smallestBatch(subject)
    }
  }

  async #baseline(subject: Subject): Promise<Measures> {
    const { workload, parameters, input } = this.#spec(subject, 1)
    this.#journal.says(`${subject.name} …`)
    this.#io.signal.throwIfAborted()
    const { rates, residentBytesMax, stolenShare } = await this.#io.baseline({
      workload,
      parameters,
      input,
      yardsticks: true,
      durationMs: this.#scale.baselineMs,
    })
    const measures: Measures = new Map()
    for (const rate of rates) {
      const { loop, kernels, recordsPerSecond, wrong } = rate
      // Both workloads have a kernel loop.
      const name = workload === 'grep' && kernels === 'columns' ? 'grep kernel loop' : loop
      if (wrong === '') {
        measures.set(name, recordsPerSecond)
        this.#loops.set(name, recordsPerSecond)
      }
      this.#journal.addBaseline(workload, rate, this.#note(subject, 'baseline', name), {
        resident_bytes_max: residentBytesMax,
        stolen_share: stolenShare,
      })
    }
    return measures
  }

  async #overload(subject: Subject): Promise<Measures> {
    const source = subject.of ?? subject.name
    for (let attempt = 0; attempt < 2; attempt++) {
      const rate = this.#offered.get(source)
      if (rate === undefined) break
      const outcome = await this.#trial(subject, rate, 'probe')
      const pace = outcome.processedPerSecond
      const why = whyNoOverload(pace / rate)
      if (why === '' && isConfirmed(subject, outcome)) {
        this.#conditions.set(subject.name, conditionsOf(this.#spec(subject, rate), outcome))
        return this.#measuresOf(subject, outcome)
      }
      this.#tries.dropped.push(isConfirmed(subject, outcome) ? why : 'not confirmed')
      if (why !== '' && pace > 0 && source === subject.name) {
        this.#offered.set(source, pace > rate * PACE_SHARE_MAX ? rate * 1.6 : pace * OVERLOAD)
      }
    }
    return new Map()
  }

  #measuresOf(subject: Subject, outcome: TrialOutcome): Measures {
    const { name } = subject
    const pace = outcome.processedPerSecond
    const measures: Measures = new Map([[name, pace]])
    const words = this.#words.of(this.#spec(subject, 1))
    if (words !== undefined) measures.set(`${name} words`, pace * words)
    const share = exchangedOf(outcome).exchanged_remote_share
    if (share !== undefined) measures.set(`${name} remote share`, share)
    return measures
  }

  /** CPU time of the workers over records, at one load that both sides keep up with. */
  async #cpu(subject: Subject): Promise<Measures> {
    const rate = await this.#loadOf(subject)
    for (let attempt = 0; attempt < CPU_ATTEMPTS && rate !== undefined; attempt++) {
      const outcome = await this.#trial(subject, rate, 'control')
      const cpu = outcome.cpuNs.slice(0, this.#spec(subject, rate).workers)
      if (whyBehind(subject, outcome, rate) !== '' || cpu.length === 0) {
        this.#tries.dropped.push(cpu.length === 0 ? 'without CPU time' : 'fell behind')
        continue
      }
      const sum = cpu.reduce((all, ns) => all + ns, 0)
      return new Map([[`${subject.name} CPU a record`, sum / outcome.recordsAll]])
    }
    return new Map()
  }

  async #halfLoad(subject: Subject): Promise<Measures> {
    const rate = await this.#loadOf(subject)
    if (rate === undefined) return new Map()
    const outcome = rate > 0 ? await this.#trial(subject, rate, 'half-load') : undefined
    const isKept = outcome !== undefined && whyBehind(subject, outcome, rate) === ''
    const { p50, p99 } = isKept ? outcome.latency! : NEVER
    return new Map([
      [`${subject.name} p50`, p50],
      [`${subject.name} p99`, p99],
    ])
  }

  async #smallestBatch(subject: Subject): Promise<Measures> {
    const rate = await this.#loadOf(subject)
    if (rate === undefined) return new Map()
    this.#batches ??= new BatchSearch()
    const held = new Map<Nanos, { readonly p99: Nanos; readonly processing: Nanos }>()
    const smallest = await this.#batches.round(async (tick) => {
      const spec = { ...this.#spec(subject, rate, tick), keepHistory: true }
      const whyNot = (ended: TrialOutcome): string =>
        whyBehind(subject, ended, rate) || whyNotInTime(ended, spec)
      const note = {
        ...this.#note(subject, 'search', `${subject.name} ${tick}`),
        label: `${subject.name}: ${tick / 1e6} ms`,
        whyNotSustained: whyNot,
      }
      const outcome = await this.#journal.run(spec, note, this.#planned)
      if (whyNot(outcome) !== '') return false
      const { p99 } = outcome.latency!
      held.set(tick, { p99, processing: processingTime(outcome.history ?? [], spec) })
      return true
    })
    const { p99, processing } = smallest === undefined ? NEVER : held.get(smallest)!
    return new Map([
      [subject.name, smallest ?? Number.POSITIVE_INFINITY],
      [`${subject.name} p99`, p99],
      [`${subject.name} processing`, processing],
    ])
  }

  /** Records/s. Undefined where there is no pace that it is a share of; 0 where nothing of one was held. */
  async #loadOf(subject: Subject): Promise<number | undefined> {
    const { name, of = '', share = 1, ofHeld, fresh } = subject
    if (fresh !== undefined) return freshRate(this.#scale, this.#spec(subject, 1))
    const pace = this.#near.get(of) ?? (await this.#overload(subjectNamed(of))).get(of)
    if (pace === undefined) return undefined
    this.#near.set(of, pace)
    if (ofHeld && !this.#held.has(of)) {
      this.#held.set(of, await this.#heldOf(subjectNamed(of), pace, LATENCY_BOUND))
    }
    const whole = ofHeld ? this.#held.get(of) : pace
    if (whole === undefined) return 0
    const load = Math.max(1, Math.round(whole * share))
    this.#loads.set(name, [...(this.#loads.get(name) ?? []), load])
    return load
  }

  /**
   * The first pace to overload: what the subject says; that of the headline for a variant of it, work a word being alike; else what two threads would
   * do, or of pushed input what one search of the chunks does. A guess that is off costs trials, and nothing else.
   */
  #guess(subject: Subject): number {
    const { change, guess } = subject
    if (guess !== undefined) return guess
    const headline = this.#paces.get('timely')
    if (headline !== undefined && subject.short) {
      const words = this.#words.of(this.#spec(subject, 1))!
      return (headline * this.#words.of(this.#spec(subjectNamed('timely'), 1))!) / words
    }
    const loop =
      change.ingest === 'pushed'
        ? 'chunk indexOf'
        : change.kernels === 'plain'
          ? 'split + Map'
          : change.workload === 'grep'
            ? 'grep kernel loop'
            : 'kernel loop'
    const thread = this.#loops.get(loop) ?? this.#scale.guessRate
    return change.ingest === 'pushed' ? thread : 2 * thread
  }

  #spec(subject: Subject, rate: number, tick?: Nanos): TrialSpec {
    return specOfSubject(subject, { rate, scale: this.#scale, seed: this.#seed, tick })
  }

  #trial(subject: Subject, rate: number, role: TrialNote['role']): Promise<TrialOutcome> {
    const note = this.#note(subject, role, subject.name)
    this.#tries.made += 1
    return this.#journal.run(this.#spec(subject, rate), note, this.#planned)
  }

  #note(subject: Subject, role: TrialNote['role'], cell: string): TrialNote {
    const label = role === 'search' ? `${subject.name}, calibration` : subject.name
    return { role, cell, label, repeats: this.#repeats }
  }
}
