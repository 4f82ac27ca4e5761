/** A fault as it is planned: by role and by clause, before a run says which process and which instant that is. Plain data. */
import type { Nanos } from '../units.ts'
import type { Moment } from './fault.ts'
import type { FaultName } from './fault-words.ts'

export type Role =
  | { readonly role: 'worker' | 'receiver' | 'rack'; readonly number: number }
  | { readonly role: 'driver' | 'client' | 'rest' }

export type Whom =
  | { readonly on: 'processes'; readonly roles: readonly Role[] }
  | {
      readonly on: 'links'
      readonly from: readonly Role[]
      readonly to: readonly Role[]
      readonly ways: 'one' | 'both'
    }
  | { readonly on: 'storage' }

/**
 * When it begins; instants since the start of the run's clock. What is drawn is drawn from the seed: within ± `within` of an
 * instant, or between `from` and `until`. Without them: from the start on, to the input's end. There is no `until` without `from`.
 */
export type When =
  | { readonly kind: 'at'; readonly at: Nanos; readonly within?: Nanos }
  | { readonly kind: 'random'; readonly from?: Nanos; readonly until?: Nanos }
  /** The first end of a tick at or after `from`. */
  | { readonly kind: 'boundary'; readonly within?: Nanos; readonly from?: Nanos }
  | { readonly kind: 'moment'; readonly on: Moment['on']; readonly from?: Nanos }
  /** At `from` and then again, before `until`; without `from`, first after one distance. */
  | {
      readonly kind: 'every'
      readonly every: Nanos
      readonly within?: Nanos
      readonly from?: Nanos
      readonly until?: Nanos
    }

/** The readers make none that lacks what its word needs. */
export interface FaultSpec {
  readonly fault: FaultName
  readonly whom: Whom
  readonly when: When
  /** Of one that lasts; without it, to the end of the run. */
  readonly length?: Nanos
  /** Of frames or writes, all of them if not given; of `slow`, of CPU or speed. */
  readonly share?: number
  /** Of `skew` perhaps negative. */
  readonly by?: Nanos
  readonly tasks?: number
}
