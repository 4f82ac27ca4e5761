/**
 * A loop as jobs: over an input that ends, each round of a plan's loop is a batch of its own. What a round puts out as `next` is
 * a shuffle that the batch after it reads, and what the body keeps goes on from batch to batch as any state does. So a loop
 * of unknown length has a lineage after all: it is made of RDDs that exist when a round begins, since the driver starts the
 * job of a round when the one before is over.
 *
 *   batch        1       2   …   n     n + 1
 *   before    ├─────┤
 *   body      ├──0──┼──1──┼ … ──┤               rounds
 *   settling  ├─────┼─────┼ … ──┼─────┤         emits in the last batch
 *   after                       ├─────┤
 *
 * All batches are in one tick: no logical time passes in a loop. The batch behind the last round is the only thing that nobody
 * knows from the start: the driver finds out, and says so with each launch.
 */
import { ConfigurationError } from '../core/errors.ts'
import type { Dataflow, DataflowLoop, DataflowPath, OperatorId } from '../core/plan/dataflow.ts'
import type { RunConfig } from '../core/run-config.ts'
import type { TickEnd } from '../core/units.ts'
import type { Rhythm } from './dstream/rhythm.ts'
import type { BatchNumber } from './rdd/rdd.ts'

type Phase = 'before' | 'body' | 'settling' | 'after'

export class Rounds {
  readonly loop: DataflowLoop
  /** End of the tick. */
  readonly tick: TickEnd
  readonly #phases: readonly Phase[]
  readonly #rhythms: Readonly<Record<Phase, Rhythm>>
  #end: BatchNumber = Number.POSITIVE_INFINITY

  constructor(dataflow: Dataflow, tick: TickEnd) {
    this.loop = dataflow.loops[0]!
    this.tick = tick
    this.#phases = phasesOf(dataflow)
    this.#rhythms = {
      before: {
        activeAt: (batch) => batch === 1,
        emitsAt: (batch) => batch === 1,
        previous: () => 0,
        last: () => 0,
      },
      body: {
        activeAt: (batch) => this.isRound(batch),
        emitsAt: (batch) => this.isRound(batch),
        previous: (batch) => batch - 1,
        last: (batch) => (this.isRound(batch + 1) ? batch : 0),
      },
      settling: {
        activeAt: (batch) => batch <= this.#end,
        emitsAt: (batch) => batch === this.#end,
        previous: (batch) => batch - 1,
        last: (batch) => (batch < this.#end ? batch : 0),
      },
      after: {
        activeAt: (batch) => batch === this.#end,
        emitsAt: (batch) => batch === this.#end,
        previous: () => 0,
        last: () => 0,
      },
    }
  }

  /** The batch behind the last round, once it is known. */
  get end(): BatchNumber {
    return this.#end
  }

  endAt(batch: BatchNumber): void {
    this.#end = batch
  }

  isRound(batch: BatchNumber): boolean {
    return batch < this.#end
  }

  rhythmOf(operator: OperatorId): Rhythm {
    return this.#rhythms[this.#phases[operator]!]
  }

  settles(operator: OperatorId): boolean {
    return this.#phases[operator] === 'settling'
  }

  /** Whether one task can run both operators, of which one follows the other in its partition. */
  fuse({ from, to }: DataflowPath): boolean {
    if (to.kind === 'output') return true
    const [parent, child] = [this.#phases[from]!, this.#phases[to.operator]!]
    return parent === child || (parent === 'settling' && child === 'after')
  }

  /** That of an output, by all paths that lead to it: it is committed when the last of them has brought its rows. */
  committing(paths: readonly DataflowPath[]): Rhythm {
    const isSettled = paths.some(({ from }) => behindLoop(this.#phases[from]!))
    return this.#rhythms[isSettled ? 'after' : 'before']
  }

  /** The batch whose rows of a path the task of a batch reads; 0: none. `reader` is the rhythm of who reads them. */
  madeAt(batch: BatchNumber, path: DataflowPath, reader: Rhythm): BatchNumber {
    if (!reader.activeAt(batch)) return 0
    const made = this.#sourceOf(batch, path, reader)
    return made > 0 && this.rhythmOf(path.from).emitsAt(made) ? made : 0
  }

  #sourceOf(batch: BatchNumber, path: DataflowPath, reader: Rhythm): BatchNumber {
    if (isFeedback(path)) return this.isRound(batch) ? batch - 1 : 0
    const waits = this.#phases[path.from] === 'before' && reader === this.#rhythms.after
    return waits ? 1 : batch
  }
}

/** Whether rows of a path go around: then a round later. */
export function isFeedback({ crossings }: Pick<DataflowPath, 'crossings'>): boolean {
  return crossings.some(({ kind }) => kind === 'feedback')
}

function behindLoop(phase: Phase): boolean {
  return phase === 'settling' || phase === 'after'
}

/** By operator. */
function phasesOf({ operators, paths }: Dataflow): readonly Phase[] {
  const phases: Phase[] = []
  for (const { id, loops } of operators) {
    const into = paths.filter(({ to }) => to.kind === 'operator' && to.operator === id)
    const leaves = into.some(({ crossings }) => crossings.some(({ kind }) => kind === 'egress'))
    if (loops.length > 0) phases.push('body')
    else if (leaves) phases.push('settling')
    else phases.push(into.some(({ from }) => behindLoop(phases[from]!)) ? 'after' : 'before')
  }
  return phases
}

/**
 * Of a run whose loop is run as jobs.
 *
 * Errors: `ConfigurationError` for what has no such form.
 */
export function roundsOf(
  { dstream, input, tick }: Pick<RunConfig, 'dstream' | 'input' | 'tick'>,
  dataflow: Dataflow,
): Rounds | undefined {
  if (!dstream.iterationsAsJobs) return undefined
  const { loops, operators } = dataflow
  // One whose result nobody reads is left out.
  if (operators.every((operator) => operator.loops.length === 0)) {
    throw refusal('a plan without a loop', 'There is a job for each round of an iterate', 'Drop it')
  }
  if (loops.length > 1) {
    const nested = loops.some(({ parent }) => parent !== undefined)
    throw refusal(
      nested ? 'a loop in a loop' : `${loops.length} loops`,
      'The jobs of a run are the rounds of one loop',
      'Use --engine timely',
    )
  }
  if (!input.once) {
    throw refusal(
      'an input without an end',
      'Each job takes all of what the one before put out: a stream would wait for it in every interval',
      'Add --bounded, or use --engine timely',
    )
  }
  if (input.duration !== tick) {
    throw refusal(
      'windows or timeouts, which cut the input into periods',
      'The jobs of a run are the rounds of one period',
      'Use --engine timely',
    )
  }
  return new Rounds(dataflow, tick)
}

function refusal(found: string, rule: string, remedy: string): ConfigurationError {
  return new ConfigurationError({ asked: '--iterations-as-jobs', found, rule, remedy })
}
