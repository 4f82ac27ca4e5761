/** What a deployment is made of: what is the worker's, and where its generation begins. */
import type { ProcessSetup } from '../../core/engine.ts'
import type { Membership } from '../../core/membership/membership.ts'
import type { StateKeys } from '../../core/metrics/state-keys.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import type { OutputEffects } from '../../core/output/output-effects.ts'
import type { World } from '../../core/world/world.ts'
import type { TimelyPlan } from '../lower.ts'
import type { ProgressObserver } from '../progress/progress-observer.ts'
import type { Reachability } from '../progress/reachability.ts'
import type { DueAfter } from '../recovery/due-epochs.ts'
import type { ReplayedPart } from '../recovery/log-reading.ts'
import type { MessageLog } from '../recovery/message-log.ts'
import type { SentRows } from '../recovery/sent-rows.ts'
import type { StorageRequests } from '../recovery/storage-requests.ts'
import type { KeptWorker } from '../recovery/takeover.ts'

export interface DeploymentOptions {
  readonly world: World
  readonly setup: ProcessSetup
  readonly lowered: Lowered
  readonly stateKeys: StateKeys
  readonly effects: OutputEffects
  readonly plan: TimelyPlan
  readonly reachability: Reachability
  /** When the states of stages are copied while all go on. */
  readonly dueAfter: DueAfter
  readonly membership: Membership
  readonly requests: StorageRequests
  /** First epoch that is not in the state, and the first of which input is read: those between are replayed. */
  readonly epoch: number
  readonly resumesAt: number
  readonly replayed: readonly ReplayedPart[]
  /** Where what is sent is kept; and who goes on with what it has while this one begins. */
  readonly sent?: SentRows | undefined
  readonly kept: readonly KeptWorker[]
  /** Where messages are logged. */
  readonly log?: MessageLog | undefined
  readonly observer?: ProgressObserver | undefined
}
