/**
 * Errors that cross the pipe between a trial's process and the one that started it.
 *
 * Only what a user can act on keeps its class, by its code; anything else arrives as a plain error with its stack as
 * the cause, since it is a fault of the program.
 */
import {
  CapacityError,
  ConfigurationError,
  HarnessError,
  InputError,
  PlanError,
  RecoveryError,
  ResultError,
  StorageError,
  UserFunctionError,
} from '../../engines/core/errors.ts'

/** The code of what ends a trial that was closed before anything of it was measured. */
export const UNMEASURED = 'unmeasured'

/** It was closed too early. */
export class Unmeasured extends Error {
  readonly code = UNMEASURED
}

export interface TrialFailure {
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

const CLASSES = {
  configuration: ConfigurationError,
  plan: PlanError,
  'user-function': UserFunctionError,
  input: InputError,
  capacity: CapacityError,
  storage: StorageError,
  recovery: RecoveryError,
  result: ResultError,
} as const

export function failureOf(error: unknown): TrialFailure {
  if (!(error instanceof Error)) return { message: String(error) }
  const { message, stack } = error
  const code = error instanceof HarnessError || error instanceof Unmeasured ? error.code : undefined
  return { message, ...(code ? { code } : {}), ...(stack ? { stack } : {}) }
}

/** The error again, on this side of the pipe. */
export function errorOf({ message, code, stack }: TrialFailure): Error {
  const known = code !== undefined && Object.hasOwn(CLASSES, code)
  if (known) return new CLASSES[code as keyof typeof CLASSES](message, {}, stack)
  return new Error(message, { cause: stack })
}
