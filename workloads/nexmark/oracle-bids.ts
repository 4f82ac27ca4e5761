/** What queries 0, 1 and 2 must put out: of each bid a row, on the partition in which it came. Events are ASCII. */
import type { Oracle } from '../oracle.ts'
import { type Binary, type EncodedBinary, encode } from '../oracle-digest.ts'
import { recordsOracle } from '../oracle-records.ts'

const ONE = encode(1)

export function passThroughOracle(): Oracle {
  return bidsOracle(([auction, bidder, price]) => [encode([auction, bidder, Number(price)]), ONE])
}

export function currencyOracle(): Oracle {
  return bidsOracle(([auction, bidder, price]) => {
    const euros = (BigInt(price) * 908n) / 1_000n
    return [encode([auction, bidder, Number(euros)]), ONE]
  })
}

export function selectionOracle(divisor: number): Oracle {
  return bidsOracle(([auction, , price]) =>
    Number(auction) % divisor === 0 ? [encode(auction), encode(Number(price))] : undefined,
  )
}

type Bid = readonly [auction: Binary, bidder: Binary, price: Binary]
type Row = readonly [key: EncodedBinary, value: EncodedBinary]

function bidsOracle(rowOf: (bid: Bid) => Row | undefined): Oracle {
  return recordsOracle((record) => {
    const [kind, auction = '', bidder = '', price = ''] = record.split('|')
    if (kind !== 'B') return []
    const row = rowOf([auction, bidder, price])
    return row === undefined ? [] : [row]
  })
}
