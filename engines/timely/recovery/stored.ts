/** What a rollback reads from storage: whole, or in words why it is of no use. */
import { RecoveryError } from '../../core/errors.ts'
import { orFlaw } from '../../core/recovery/sealed-blob.ts'
import type { StorageEnd } from './storage-requests.ts'

/** What is decoded of a blob, or in words why it is of no use. */
export function whole<T>(
  name: string,
  { outcome, bytes, reason }: StorageEnd,
  decode: (bytes: Uint8Array) => T,
): T | string {
  if (outcome !== 'done' || bytes === undefined) return `${name}: ${reason ?? outcome}`
  return orFlaw(() => decode(bytes))
}

/** The names with a prefix. Errors: `RecoveryError` when storage does not give them. */
export function namesOf(what: string, { outcome, names, reason }: StorageEnd): readonly string[] {
  if (outcome !== 'failed') return names ?? []
  throw new RecoveryError({
    asked: `${what} for a rollback`,
    found: `the storage did not give it${reason === undefined ? '' : ` (${reason})`}`,
    rule: 'a rollback restores every partition of one durable checkpoint',
    remedy: 'Look at the storage; the run cannot go on',
  })
}
