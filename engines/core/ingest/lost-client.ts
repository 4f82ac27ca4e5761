/** The error of a run whose client is silent. */
import { RecoveryError } from '../errors.ts'
import type { ProcessId } from '../units.ts'

export function lostClient(client: ProcessId): RecoveryError {
  return new RecoveryError(
    {
      asked: `the heartbeat of the client, process ${client}`,
      found: 'none for ten times the detector’s timeout',
      rule: 'the client alone has what it was not acknowledged, and nobody replaces it',
      remedy: 'Read the input from the log, or allow a longer timeout',
    },
    { client },
  )
}
