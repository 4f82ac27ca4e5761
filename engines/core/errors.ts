/**
 * Errors of the world: expected, typed, handled. Errors of the program are `assert`'s.
 *
 * A message has four parts: what was asked, what was found, the rule, what to do. Classes are by who must act.
 */

export interface HarnessErrorParts {
  readonly asked: string
  readonly found: string
  readonly rule: string
  readonly remedy: string
}

export abstract class HarnessError extends Error {
  abstract readonly code: string
  readonly context: Readonly<Record<string, unknown>>

  constructor(
    parts: HarnessErrorParts | string,
    context: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    const message =
      typeof parts === 'string'
        ? parts
        : `${parts.asked}: ${parts.found}. ${parts.rule}. ${parts.remedy}.`
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.context = context
  }
}

/** The user asked for something that cannot be: an option, a unit, a combination. */
export class ConfigurationError extends HarnessError {
  readonly code = 'configuration'
}

/** The plan cannot be lowered, or differs between processes. */
export class PlanError extends HarnessError {
  readonly code = 'plan'
}

/** A function that the user gave threw, made what cannot be encoded, breaks a law of reduces, or makes keys that a join can never match; the context names operator or node. */
export class UserFunctionError extends HarnessError {
  readonly code = 'user-function'
}

/** An input is missing, unreadable, empty, stalled or cut off. */
export class InputError extends HarnessError {
  readonly code = 'input'
}

/** A bounded memory is full and nothing could be spilled: names the region or queue and its limit. */
export class CapacityError extends HarnessError {
  readonly code = 'capacity'
}

/** Storage failed: a full disk, a torn file, a checksum that does not match. */
export class StorageError extends HarnessError {
  readonly code = 'storage'
}

/** A run cannot go on: a worker died and the recovery mode has no answer, or data is lost for good. */
export class RecoveryError extends HarnessError {
  readonly code = 'recovery'
}

/** A run was not complete at its deadline: it was offered too much, given too little time, or something in it stands still. */
export class DeadlineError extends HarnessError {
  readonly code = 'deadline'
}

/** Results cannot be written, or are of another schema, or incomplete. */
export class ResultError extends HarnessError {
  readonly code = 'result'
}
