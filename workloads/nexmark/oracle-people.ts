/** What queries 3 and 8 must put out: sellers with their auctions, and sellers who are new. Events are ASCII. */
import type { Digest } from '../../engines/core/output/digest.ts'
import type { Oracle } from '../oracle.ts'
import {
  type Binary,
  DigestSums,
  digestOfRow,
  encode,
  keyLanes,
  partitionOfLane,
} from '../oracle-digest.ts'
import { keysDue, nanosOf, poolsBy } from '../oracle-folds.ts'

interface Offer {
  readonly auction: Binary
  readonly seller: Binary
  /** Its row, once the seller is known. */
  digest?: Digest
}

/** Errors: throws for a person who is two, since nobody has said who counts. */
export function suggestionsOracle({ interval }: { readonly interval: string }): Oracle {
  const pools = poolsBy((record) => (isLocal(record) || isOffer(record) ? [record] : []))
  return {
    *expect(input) {
      const pool = pools(input)
      const people = peopleOf(pool.names)
      const offers = pool.names.map((name): Offer | undefined => {
        const [, auction = '', seller = ''] = name.split('|')
        return isOffer(name) ? { auction, seller } : undefined
      })
      const sums = new DigestSums(input.partitions)
      const put = (offer: Offer, times: number): void => {
        const { seller, auction } = offer
        offer.digest ??= digestOfRow(encode(seller), encode([...people.get(seller)!, auction]))
        const partition = partitionOfLane(keyLanes(encode(seller)).lane0, input.partitions)
        sums.addDigest(partition, offer.digest, times)
      }
      const arrived = new Set<Binary>()
      /** By seller who has not come: what he offered, and how often. */
      const waiting = new Map<Binary, [Offer, number][]>()
      for (const { tick, came } of keysDue(pool, input, nanosOf(interval))) {
        for (const { id, times } of came) {
          const offer = offers[id]
          if (offer === undefined) continue
          const before = waiting.get(offer.seller) ?? []
          waiting.set(offer.seller, before)
          before.push([offer, times])
        }
        for (const { id } of came) {
          if (offers[id] === undefined) arrived.add(pool.names[id]!.split('|')[1]!)
        }
        for (const [seller, theirs] of waiting) {
          if (!arrived.has(seller)) continue
          for (const [offer, times] of theirs) put(offer, times)
          waiting.delete(seller)
        }
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

function isLocal(record: Binary): boolean {
  const [kind, , , , state = ''] = record.split('|')
  return kind === 'P' && ['OR', 'ID', 'CA'].includes(state)
}

function isOffer(record: Binary): boolean {
  const [kind, , , category] = record.split('|')
  return kind === 'A' && category === '10'
}

/** By identifier: name, city and state. */
function peopleOf(names: readonly Binary[]): ReadonlyMap<Binary, readonly Binary[]> {
  const people = new Map<Binary, readonly Binary[]>()
  for (const name of names) {
    if (isOffer(name)) continue
    const [, id = '', ...rest] = name.split('|')
    if (people.has(id)) throw new RangeError(`two people with the identifier ${id}`)
    people.set(id, rest)
  }
  return people
}

export function newSellersOracle({ length }: { readonly length: string }): Oracle {
  const pools = poolsBy((record) => {
    const [kind, id, second] = record.split('|')
    if (kind === 'P') return [`P|${id}|${second}`]
    return kind === 'A' ? [`A|${second}`] : []
  })
  return {
    *expect(input) {
      const pool = pools(input)
      const sums = new DigestSums(input.partitions)
      for (const { tick, came } of keysDue(pool, input, nanosOf(length))) {
        const names = new Set(came.map(({ id }) => pool.names[id]!))
        for (const name of names) {
          const [kind, id = '', text = ''] = name.split('|')
          if (kind !== 'P' || !names.has(`A|${id}`)) continue
          const key = keyLanes(encode(id))
          sums.addRow(partitionOfLane(key.lane0, input.partitions), key, encode(text))
        }
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}
