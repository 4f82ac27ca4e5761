/**
 * The exit status of every command: 0 valid, 1 invalid or the user's error, 2 unknown.
 *
 * An unknown verdict is not a success and not a failure: an oracle that could not finish, a run that was interrupted, an
 * error that nobody foresaw.
 */
import {
  ConfigurationError,
  InputError,
  PlanError,
  ResultError,
  UserFunctionError,
} from '../../engines/core/errors.ts'

export type Verdict = 'valid' | 'invalid' | 'unknown'
export type ExitStatus = 0 | 1 | 2

/** One wrong trial makes the run wrong; else one unknown makes it unknown. No trial at all is unknown. */
export function exitStatusOf(verdicts: readonly Verdict[]): ExitStatus {
  if (verdicts.includes('invalid')) return 1
  return verdicts.length === 0 || verdicts.includes('unknown') ? 2 : 0
}

/** 1 for what the user can put right (options, plan, input, own function, results folder), 2 for everything else. */
export function exitStatusOfError(error: unknown): ExitStatus {
  const users = [ConfigurationError, InputError, PlanError, ResultError, UserFunctionError]
  return users.some((kind) => error instanceof kind) ? 1 : 2
}
