/** What the barrier must put out: where a record came, each place with the number of rounds. */
import { multiplesOf, type Oracle } from '../oracle.ts'
import { DigestSums } from '../oracle-digest.ts'
import { nanosOf } from '../oracle-folds.ts'
import { NodeKeys } from '../oracle-graphs.ts'
import { DueCursor, type PoolSpan } from '../oracle-ranges.ts'

export interface BarrierParameters {
  readonly interval: string
  readonly rounds: number
  readonly tokens: number
}

export function barrierOracle({ interval, rounds, tokens }: BarrierParameters): Oracle {
  return {
    *expect(input) {
      const cursor = new DueCursor(input)
      const keys = new NodeKeys(input.partitions)
      const sums = new DigestSums(input.partitions)
      for (const tick of multiplesOf(nanosOf(interval), input.input.duration)) {
        let came = false
        for (let partition = 0; partition < input.partitions; partition++) {
          if (hasRecords(cursor.advance(partition, tick))) came = true
        }
        for (let place = 0; came && place < tokens; place++) {
          const { partition, lane0, lane1 } = keys.of(place)
          sums.addInteger(partition, lane0, lane1, rounds)
        }
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

function hasRecords({ passes, spans }: PoolSpan): boolean {
  return passes > 0 || spans.some(([from, to]) => to > from)
}
