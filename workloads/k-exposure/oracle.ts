/**
 * What k-exposure must put out: of each tag the users who have mentioned k or more users that have used it.
 *
 * A fold over tweets that are new: of one that was seen before nothing changes.
 */
import type { Oracle } from '../oracle.ts'
import { type Binary, DigestSums, keyLanes, partitionOfLane, TEXT } from '../oracle-digest.ts'
import { keysDue, nanosOf, poolsBy } from '../oracle-folds.ts'

export interface KExposureParameters {
  readonly interval: string
  readonly k: number
}

export function kExposureOracle({ interval, k }: KExposureParameters): Oracle {
  const pools = poolsBy((record) => [record])
  return {
    *expect(input) {
      const pool = pools(input)
      const isKnown = new Uint8Array(pool.size)
      const exposures = new Exposures(k)
      const sums = new DigestSums(input.partitions)
      for (const { tick, came } of keysDue(pool, input, nanosOf(interval))) {
        for (const { id } of came) {
          if (isKnown[id] === 0) exposures.add(pool.names[id]!)
          isKnown[id] = 1
        }
        for (const [tag, users] of exposures.changed()) {
          const { lane0, lane1 } = keyLanes({ tag: TEXT, body: tag })
          sums.addInteger(partitionOfLane(lane0, input.partitions), lane0, lane1, users)
        }
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

class Exposures {
  readonly #k: number
  readonly #tagsOf = new Map<Binary, Set<Binary>>()
  readonly #heardBy = new Map<Binary, Set<Binary>>()
  /** By user and tag: how many have shown it to him. */
  readonly #shownBy = new Map<Binary, number>()
  /** By tag: how many users were shown it by k. */
  readonly #users = new Map<Binary, number>()
  readonly #changed = new Set<Binary>()

  constructor(k: number) {
    this.#k = k
  }

  add(tweet: Binary): void {
    const [author = '', mentioned = '', tag = ''] = tweet.split('|')
    if (added(this.#tagsOf, author, tag)) {
      for (const user of this.#heardBy.get(author) ?? []) this.#expose(user, tag)
    }
    if (added(this.#heardBy, mentioned, author)) {
      for (const known of this.#tagsOf.get(mentioned) ?? []) this.#expose(author, known)
    }
  }

  /** Counts that changed since the last call. */
  changed(): readonly (readonly [tag: Binary, users: number])[] {
    const rows = [...this.#changed].map((tag) => [tag, this.#users.get(tag)!] as const)
    this.#changed.clear()
    return rows
  }

  #expose(user: Binary, tag: Binary): void {
    const place = `${user}|${tag}`
    const shown = (this.#shownBy.get(place) ?? 0) + 1
    this.#shownBy.set(place, shown)
    if (shown !== this.#k) return
    this.#users.set(tag, (this.#users.get(tag) ?? 0) + 1)
    this.#changed.add(tag)
  }
}

/** Whether it was not there. */
function added(sets: Map<Binary, Set<Binary>>, key: Binary, item: Binary): boolean {
  const set = sets.get(key) ?? new Set()
  sets.set(key, set)
  if (set.has(item)) return false
  set.add(item)
  return true
}
