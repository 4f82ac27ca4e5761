/**
 * `--resume <run>`: the live input of an earlier run, read on from where that run ended. Nothing else is taken from it: state
 * begins empty, as in any run.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { InputPosition, LiveInput } from '../../engines/core/input/live-input.ts'
import { trialIdOf } from '../runner/trial-run.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { readRecorded } from './recorded-run.ts'
import type { TrialFlags } from './trial-flags.ts'

export interface ResumedInput {
  readonly live: LiveInput
  /** Where it goes on, by the engine that read it. */
  readonly from: Readonly<Partial<Record<TrialSpec['engine'], InputPosition>>>
}

/**
 * Errors: `ConfigurationError` for a run that there is not, whose input does not arrive or comes once, and beside an input;
 * `ResultError` for a folder that is not a run.
 */
export function resumedInput(
  flags: TrialFlags & { readonly resume: string },
  results: string,
): ResumedInput {
  const asked = `--resume ${flags.resume}`
  const followed = flags.follow ? '--follow' : undefined
  const beside = flags.input === undefined ? followed : `--input ${flags.input}`
  if (beside !== undefined) {
    throw refusal(`${asked} with ${beside}`, 'two inputs', `Drop ${beside.split(' ')[0]}`)
  }
  const { specs, outcomes } = readRecorded(asked, flags.resume, results)
  const { live } = specs[0]!.input
  if (live === undefined) {
    throw refusal(asked, 'an input that does not arrive', 'Use replay, or run it anew')
  }
  const from: Partial<Record<TrialSpec['engine'], InputPosition>> = {}
  for (const [index, spec] of specs.entries()) {
    const position = outcomes[trialIdOf(spec, index)]?.arrived?.position ?? {}
    if (Object.keys(position).length > 0) from[spec.engine] = position
  }
  if (Object.keys(from).length === 0) {
    throw refusal(asked, 'no place where its input goes on', 'Run it anew')
  }
  return { live, from }
}

/** Where an engine goes on. Errors: `ConfigurationError` where it has not read. */
export function placeOf(
  { from }: ResumedInput,
  engine: TrialSpec['engine'],
  resume: string | undefined,
): InputPosition {
  const place = from[engine]
  if (place !== undefined) return place
  const others = Object.keys(from).join(' and ')
  throw refusal(
    `--resume ${resume} on ${engine}`,
    `an input that was read by ${others}`,
    `Add --engine ${Object.keys(from)[0]}`,
  )
}

function refusal(asked: string, found: string, remedy: string): ConfigurationError {
  return new ConfigurationError({
    asked,
    found,
    rule: 'The input of a run goes on where it is an http(s) address or a directory that grows, by the engine that read it',
    remedy,
  })
}
