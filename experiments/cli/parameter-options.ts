/**
 * Parameters of a workload from the command line: `--set name=value` for any, and `--interval`, `--window`, `--slide`
 * for the ones that most have.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { nearest } from '../../engines/core/nearest.ts'
import { formatDuration } from '../../engines/core/plan/duration.ts'
import type { GivenParameters } from '../../workloads/parameters.ts'
import type { Workload } from '../../workloads/workload.ts'
import { parseDuration } from './options.ts'

export interface ParameterFlags {
  readonly interval?: string
  readonly window?: string
  readonly slide?: string
  readonly set?: readonly string[]
}

/**
 * What the user gave, for `Workload.plan`, which fills in the rest and checks values.
 *
 * Errors: `ConfigurationError` for a parameter that the workload has not, with the nearest that it has; for `--set`
 * without a value; for one that is given twice.
 */
export function givenParameters(workload: Workload, flags: ParameterFlags): GivenParameters {
  const given: Record<string, unknown> = {}
  const give = (option: string, name: string, value: string): void => {
    const has = workload.anyParameters || Object.hasOwn(workload.parameters, name)
    if (!has) throw unknown(workload, option, name)
    if (Object.hasOwn(given, name)) {
      throw new ConfigurationError({
        asked: option,
        found: `${name} is given already`,
        rule: 'a parameter has one value',
        remedy: 'Drop one of them',
      })
    }
    given[name] = value
  }
  for (const text of flags.set ?? []) {
    const [name, value] = splitSetting(workload, text)
    give(`--set ${text}`, name, value)
  }
  const durations = [
    ['interval', 'interval', flags.interval],
    ['window', 'length', flags.window],
    ['slide', 'slide', flags.slide],
  ] as const
  for (const [option, name, text] of durations) {
    if (text === undefined) continue
    // Plans write durations in whole numbers; the command line also knows other units and fractions.
    give(`--${option} ${text}`, name, formatDuration(parseDuration(option, text)))
  }
  return withWindow(workload, given, flags)
}

/** A workload with a choice of modes has its window only in some of them: `--window` chooses one. */
function withWindow(
  workload: Workload,
  given: Readonly<Record<string, unknown>>,
  { window, slide }: ParameterFlags,
): GivenParameters {
  const mode = workload.parameters.mode
  if (mode?.kind !== 'choice' || !mode.choices.includes('window')) return given
  if (window !== undefined && given.mode === undefined) return { ...given, mode: 'window-inverse' }
  const chosen = given.mode ?? mode.default
  const asked = window !== undefined ? `--window ${window}` : `--slide ${slide}`
  if (chosen === 'running' && (window !== undefined || slide !== undefined)) {
    throw new ConfigurationError({
      asked,
      found: `${workload.name} in the mode running`,
      rule: 'a count since the start has no window',
      remedy: 'Give --window, or --set mode=window or window-inverse',
    })
  }
  return given
}

function splitSetting(workload: Workload, text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new ConfigurationError({
    asked: `--set ${text}`,
    found: at === 0 ? 'no name' : 'no value',
    rule: 'a parameter is set by name=value',
    remedy: workload.anyParameters
      ? 'Write --set name=value'
      : `${workload.name} has ${Object.keys(workload.parameters).join(', ')}`,
  })
}

function unknown(workload: Workload, option: string, name: string): ConfigurationError {
  const names = Object.keys(workload.parameters)
  const near = nearest(name, names)
  return new ConfigurationError({
    asked: option,
    found: option.startsWith('--set')
      ? 'no such parameter'
      : `${workload.name} has no ${option.slice(2).split(' ')[0]}`,
    rule: `${workload.name} has ${names.join(', ')}`,
    remedy: near === undefined ? 'Use one of these' : `Did you mean ${near}`,
  })
}
