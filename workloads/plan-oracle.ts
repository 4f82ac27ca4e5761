/**
 * The oracle of any plan: what its words mean, by the interpreter of plans. For a plan that has no oracle of its own
 * (`own-plan.ts`).
 *
 * Of `engines/` it runs the interpreter and what that is made of, the plan and the canonical encoding, and nothing else: schedule,
 * disorder and digest are the oracles' (`independence.test.ts`). So it cannot know that a user's function is not what was meant;
 * it knows what engines have to make of it. It takes every record once, on one thread.
 */
import { decodeText } from '../engines/core/columns/value-codec.ts'
import { interpretStatics } from '../engines/core/interpreter/answers.ts'
import {
  type InterpretedTick,
  interpretTicks,
  type ReadTick,
} from '../engines/core/interpreter/interpret.ts'
import { outputsOf } from '../engines/core/interpreter/statics.ts'
import type { NodeId, Plan } from '../engines/core/plan/plan.ts'
import type { PoolBytes } from '../engines/core/system.ts'
import type { ExpectedTick, Oracle, OracleInput } from './oracle.ts'
import { DigestSums, encode, keyLanes, partitionOfLane } from './oracle-digest.ts'
import { StampedCursor } from './oracle-disorder.ts'

/** A plan as a run has it. */
export interface JudgedPlan {
  readonly plan: Plan
  /** Records of the inputs of its static data, by URL. */
  readonly staticInputs: Readonly<Record<string, PoolBytes>>
}

/** Errors: what a function of the plan throws on a record, which is that the oracle does not know. */
export function planOracle(judged: JudgedPlan): Oracle {
  const { plan } = judged
  const places = outputsOf(plan, 'streams').map(({ input }) => placeOf(plan, input))
  return {
    *expect(input) {
      const { partitions } = input
      for (const interpreted of meantBy(judged, input)) {
        yield expectedTick(interpreted, places[interpreted.output]!, partitions)
      }
    },
  }
}

/** What a plan makes of an input, row by row, tick by tick. */
export function meantBy(
  { plan, staticInputs }: JudgedPlan,
  input: OracleInput,
): Iterable<InterpretedTick> {
  const endsAt = input.input.once ? input.input.duration : undefined
  const statics = interpretStatics(plan, recordsByUrl(staticInputs))
  return interpretTicks(plan, readTicks(input), statics, endsAt)
}

/** Where the rows of an output are: in the partition of their key, in the first one, or in any. */
type Place = 'by-key' | 'first' | 'anywhere'

function placeOf({ nodes }: Plan, id: NodeId): Place {
  switch (nodes[id]!.kind) {
    case 'reduceByKey':
    case 'runningReduce':
    case 'reduceByWindow':
    case 'track':
      return 'by-key'
    case 'topK':
      return 'first'
    default:
      return 'anywhere'
  }
}

function expectedTick(
  { output, tick, rows }: InterpretedTick,
  place: Place,
  partitions: number,
): ExpectedTick {
  const sums = new DigestSums(place === 'by-key' ? partitions : 1)
  for (const [key, value] of rows) {
    const lanes = keyLanes(encode(key))
    const partition = place === 'by-key' ? partitionOfLane(lanes.lane0, partitions) : 0
    sums.addRow(partition, lanes, encode(value))
  }
  const digests = sums.take()
  return { output, tick, digests, ...(place === 'anywhere' && { anywhere: true }) }
}

/** What is due by the end of each tick, and was not by the end of the one before. */
function* readTicks(input: OracleInput): Generator<ReadTick> {
  const recordOf = recordsOf(input.pool)
  const cursor = new StampedCursor(input)
  for (const tick of input.ticks) {
    const records: ReadTick['records'][number][] = []
    for (let partition = 0; partition < input.partitions; partition++) {
      cursor.advance(partition, tick, (record, eventTime) => {
        records.push({ value: recordOf(record), eventTime })
      })
    }
    yield { tick, records }
  }
}

function recordsByUrl(
  inputs: Readonly<Record<string, PoolBytes>>,
): ReadonlyMap<string, readonly unknown[]> {
  return new Map(
    Object.entries(inputs).map(([url, pool]) => {
      const records = Array.from({ length: pool.offsets.length - 1 }, (_, at) => at)
      return [url, records.map(recordsOf(pool))]
    }),
  )
}

/** Records of a pool by their number, each taken apart once: texts, or pairs of integers. */
function recordsOf({ bytes, offsets, pairs }: PoolBytes): (record: number) => unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const known: unknown[] = []
  return (record) => {
    const from = offsets[record]!
    known[record] ??= pairs
      ? [view.getUint32(from, true), view.getUint32(from + 4, true)]
      : decodeText(bytes.subarray(from, offsets[record + 1]! - 1))
    return known[record]
  }
}
