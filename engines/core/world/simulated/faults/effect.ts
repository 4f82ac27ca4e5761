/** What a fault that lasts does: how often it hit something, and the numbers that it draws. */
import type { Random } from '../../random.ts'

export interface Effect {
  /** Steps, frames or requests that it changed. */
  hits: number
  /** Its own: another fault in the plan does not move what this one draws. */
  readonly random: Random
}
