/**
 * A sink: an output on one worker. Folds what reaches it by tick, and commits each partition once for each of its ticks.
 *
 * A tick may be committed when every operator that feeds the output has closed it *here*: what feeds it keeps the
 * partition, so no other worker has anything to add. The operator that closes last keeps its capability until the commit
 * is accepted; so once the frontier has passed a tick everywhere, all of its commits are visible. What an output does before
 * it is committed (`output-effects.ts`) is begun for all partitions together.
 */
import { assert } from '../../core/assert.ts'
import type { TickLog } from '../../core/input/tick-log.ts'
import type { Lowered, OutputFold } from '../../core/operators/lowered.ts'
import type { OutputEffect, OutputEffects } from '../../core/output/output-effects.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { Nanos, PartitionId, TickEnd } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { NotifyOutcome } from '../graph/vertex.ts'
import { nextEmission } from '../lower.ts'
import { EpochQueue } from './epoch-queue.ts'

export interface SinkOptions {
  readonly world: World
  readonly lowered: Lowered
  readonly effects: OutputEffects
  readonly output: number
  /** Operators that feed the output on this worker: one behind a `topK` closes only where partition 0 is. */
  readonly feeds: readonly OperatorId[]
  /** The first one that it commits in. */
  readonly generation: number
  readonly ticks: TickLog
  /** Ticks between commits. */
  readonly period: number
  /** First epoch that is not committed, and the number of epochs: what comes of earlier ones is replayed, and dropped. */
  readonly epoch: number
  readonly epochs: number
  /** Partitions of the output that this worker owns. */
  readonly partitions: readonly PartitionId[]
  readonly keepRows: boolean
  /** By operator: the first epoch that it has not closed here. */
  readonly closing: readonly number[]
}

type Taken = ReturnType<OutputFold['take']>

/** What a partition is to commit, and what must be done before. */
interface Prepared extends Taken {
  readonly effect: OutputEffect
}

/** Preparing beyond this is left to the next step. */
const PREPARE_NS_MAX = 1_000_000

export class Sink {
  #options: SinkOptions
  #feeds: readonly OperatorId[]
  #generation: number
  /** The first tick that is committed here, and the next. */
  #first: number
  #next: number
  /** Of `#next`, by place among the partitions. */
  #prepared: Prepared[] = []
  /** How many of them are committed. */
  #committed = 0
  /** By epoch, then by partition: only where something came. */
  #open = new EpochQueue<(OutputFold | undefined)[]>()
  #free: OutputFold[] = []
  /** By epoch at which it is committed: when a source of this worker had read its last records. */
  #readAt = new EpochQueue<Nanos>()

  constructor(options: SinkOptions) {
    this.#options = options
    this.#first = nextEmission(options.period, options.epoch)
    this.#next = this.#first
    this.#feeds = options.feeds
    this.#generation = options.generation
  }

  /** Where rows of a partition go that are emitted at an epoch; undefined where an earlier generation has committed them. */
  fold(partition: PartitionId, epoch: number): OutputFold | undefined {
    const due = nextEmission(this.#options.period, epoch)
    if (due < this.#first) return undefined
    assert(
      due >= this.#next,
      () => `rows of epoch ${epoch} for output ${this.#options.output}: committed`,
    )
    let folds = this.#open.get(due)
    if (folds === undefined) {
      folds = []
      this.#open.set(due, folds)
    }
    let fold = folds[partition]
    if (fold === undefined) {
      fold = this.#free.pop() ?? this.#options.lowered.outputFold(this.#options.output)
      folds[partition] = fold
    }
    return fold
  }

  /** A source of this worker has read an epoch. Costs a number for each commit that is open. */
  hasRead(epoch: number, at: Nanos): void {
    const { partitions, period } = this.#options
    const due = nextEmission(period, epoch)
    if (partitions.length > 0 && due >= this.#next) this.#readAt.set(due, at)
  }

  /** Goes on in a new generation with what it has; what it has committed stays so. */
  goOn(generation: number): void {
    this.#generation = generation
  }

  /** Whether rows wait for a commit that is not due yet. */
  get waiting(): boolean {
    return this.#open.size > 0
  }

  /**
   * Commits what all feeds have closed, up to an epoch that is over: a feed that emits seldom has nothing to close for long,
   * and says nothing of the ticks until then. `blocked`: the ledger has no room, or storage is not done yet.
   */
  commit(epoch: number): NotifyOutcome {
    const { partitions, period, epochs, closing } = this.#options
    while (this.#next <= epoch && this.#next < epochs) {
      for (const feed of this.#feeds) if (closing[feed]! <= this.#next) return 'done'
      if (!this.#prepare()) return 'again'
      while (this.#committed < partitions.length) {
        if (!this.#commitPartition(this.#committed)) return 'blocked'
        this.#committed += 1
      }
      this.#open.drop(this.#next)
      this.#readAt.drop(this.#next)
      this.#prepared = []
      this.#committed = 0
      this.#next += period
    }
    return 'done'
  }

  /** Takes what each partition commits, and begins what is to be done before. Returns whether that is so of all. */
  #prepare(): boolean {
    const { world, effects, output, partitions } = this.#options
    const folds = this.#open.get(this.#next)
    const until = world.now() + PREPARE_NS_MAX
    while (this.#prepared.length < partitions.length) {
      if (world.now() >= until) return false
      const partition = partitions[this.#prepared.length]!
      const fold = folds?.[partition]
      const { digest, rows } = fold === undefined ? NOTHING : fold.take()
      if (fold !== undefined) this.#free.push(fold)
      const effect = effects.begin({ output, partition, tick: this.#end }, rows)
      this.#prepared.push({ digest, rows, effect })
    }
    return true
  }

  get #end(): TickEnd {
    return this.#options.ticks.endOf(this.#next + 1)
  }

  /** Returns whether it was accepted. A stale generation is over: the worker sees so in its next step, and drops everything. */
  #commitPartition(at: number): boolean {
    const { world, output, keepRows, partitions } = this.#options
    const generation = this.#generation
    const { digest, rows, effect } = this.#prepared[at]!
    if (!effect.done) return false
    const partition = partitions[at]!
    const tick = this.#end
    const outcome = world.ledger.commit({
      generation,
      output,
      partition,
      tick,
      rows: digest.rows,
      lane0: digest.lane0,
      lane1: digest.lane1,
      readAt: this.#readAt.get(this.#next),
    })
    if (outcome !== 'accepted') return false
    if (keepRows) world.keepRows({ generation, output, partition, tick, rows })
    return true
  }
}

const NOTHING: Taken = { digest: { rows: 0, lane0: 0, lane1: 0 }, rows: [] }
