/** The DStream of an operator of the dataflow, by its kind, with the RDDs that it makes. */
import { PlanError } from '../../core/errors.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { RddId } from '../rdd/rdd.ts'
import type { DStream, DStreamParts } from './dstream.ts'
import { EvolvedDStream } from './evolved-dstream.ts'
import { ExchangedDStream } from './exchanged-dstream.ts'
import { InputDStream } from './input-dstream.ts'
import { ReducedDStream } from './reduced-dstream.ts'
import { ReducedWindowedDStream } from './reduced-windowed-dstream.ts'
import { SettledRecordsDStream, SettledTableDStream } from './settled-dstream.ts'
import { StateDStream } from './state-dstream.ts'
import { GlobalTopKDStream, LocalTopKDStream } from './topk-dstream.ts'
import { WindowedDStream } from './windowed-dstream.ts'

export interface OperatorRdds {
  /** Numbers a new RDD of the operator. */
  partial(): RddId
  state(): RddId
  /** The RDD of the tables of another operator, which has been made. */
  stateOf(operator: OperatorId): RddId
}

/** Of an operator that waits for the rounds of a loop, where each is a batch. */
export function newSettledDStream(
  parts: Omit<DStreamParts, 'partialRdd' | 'stateRdd'>,
  rdds: OperatorRdds,
): DStream {
  return parts.operator.kind === 'window'
    ? new SettledRecordsDStream({ ...parts, partialRdd: rdds.partial(), stateRdd: -1 })
    : new SettledTableDStream({ ...parts, partialRdd: -1, stateRdd: rdds.state() })
}

/** `from`: the operator that the first of its paths comes from; none of a source. Errors: `PlanError`. */
export function newDStream(
  parts: Omit<DStreamParts, 'partialRdd' | 'stateRdd'>,
  rdds: OperatorRdds,
  from: OperatorId | undefined,
): DStream {
  const { operator, step, period } = parts
  switch (operator.kind) {
    case 'source':
      return new InputDStream({ ...parts, partialRdd: -1, stateRdd: -1 })
    case 'exchange':
      checkSameStep(parts)
      return new ExchangedDStream({ ...parts, partialRdd: -1, stateRdd: -1 })
    case 'reduceByKey': {
      const partialRdd = period > step ? rdds.partial() : -1
      return new ReducedDStream({ ...parts, partialRdd, stateRdd: -1 })
    }
    case 'runningReduce':
      checkSameStep(parts)
      return new StateDStream({ ...parts, partialRdd: -1, stateRdd: rdds.state() })
    case 'window':
      return new WindowedDStream({ ...parts, partialRdd: rdds.partial(), stateRdd: -1 })
    case 'reduceByWindow': {
      const own = { partialRdd: rdds.partial(), stateRdd: rdds.state() }
      return new ReducedWindowedDStream({ ...parts, ...own }, operator.inverse !== undefined)
    }
    case 'evolve': {
      const partialRdd = period > step ? rdds.partial() : -1
      return new EvolvedDStream({ ...parts, partialRdd, stateRdd: rdds.state() }, operator.gives)
    }
    case 'topK':
      checkSameStep(parts)
      return operator.phase === 'local'
        ? new LocalTopKDStream(
            { ...parts, partialRdd: -1, stateRdd: rdds.stateOf(from!) },
            operator.k,
          )
        : new GlobalTopKDStream({ ...parts, partialRdd: -1, stateRdd: rdds.state() }, from!)
  }
}

/** What sends on in each batch what came in it. A state table's marks do not survive a checkpoint; an exchange keeps nothing. */
function checkSameStep({
  operator,
  step,
  period,
}: Pick<DStreamParts, 'operator' | 'step' | 'period'>): void {
  if (step === period) return
  throw new PlanError(
    `operator ${operator.id} (${operator.word}) emits each ${period} batches and takes input each ${step}: the D-Stream engine needs them equal`,
  )
}
