/**
 * Parameters of workloads: their kinds, defaults and checks, and the one way of resolving what a user gave.
 *
 * Values are plain data, because they travel in a `NamedPlan` to every process and into the manifest.
 */
import { ConfigurationError } from '../engines/core/errors.ts'
import { parseDuration, parseSlack } from '../engines/core/plan/duration.ts'

export type ParameterSpec = { readonly description: string } & (
  | { readonly kind: 'text'; readonly default: string }
  | { readonly kind: 'count'; readonly default: number; readonly min: number; readonly max: number }
  /** Text with a unit: `'500ms'`. */
  | { readonly kind: 'duration'; readonly default: string; readonly canBeZero?: true }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
  | { readonly kind: 'flag'; readonly default: boolean }
)

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>

type ValueOf<S> = S extends { kind: 'choice'; choices: readonly (infer C)[] }
  ? C
  : S extends { kind: 'count' }
    ? number
    : S extends { kind: 'flag' }
      ? boolean
      : string

/** The resolved parameters of a specification. */
export type ParametersOf<S extends ParameterSpecs> = { readonly [N in keyof S]: ValueOf<S[N]> }

/** What may be given: any of them, each a value or (from a command line) its text. */
export type GivenParameters = Readonly<Record<string, unknown>>

/**
 * Fills in defaults and checks. Resolving what is resolved changes nothing.
 *
 * Errors: `ConfigurationError` for a name that the workload has not, and for a value that its kind refuses.
 */
export function resolveParameters<const S extends ParameterSpecs>(
  workload: string,
  specs: S,
  given: GivenParameters = {},
): ParametersOf<S> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(specs, name)) continue
    throw new ConfigurationError({
      asked: `the parameter ${name} of ${workload}`,
      found: 'no such parameter',
      rule: `${workload} has ${Object.keys(specs).join(', ')}`,
      remedy: 'Use one of these',
    })
  }
  const resolved: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    resolved[name] = checked(`the parameter ${name} of ${workload}`, spec, given[name])
  }
  return resolved as ParametersOf<S>
}

function checked(asked: string, spec: ParameterSpec, value: unknown): unknown {
  if (value === undefined) return spec.default
  const refuse = (rule: string): never => {
    const remedy = `Give something like ${JSON.stringify(spec.default)}`
    throw new ConfigurationError({ asked, found: JSON.stringify(value), rule, remedy })
  }
  switch (spec.kind) {
    case 'text':
      return typeof value === 'string' && value !== '' ? value : refuse('it is a text, not empty')
    case 'count': {
      const count = typeof value === 'string' && value !== '' ? Number(value) : value
      const isCount =
        typeof count === 'number' &&
        Number.isSafeInteger(count) &&
        count >= spec.min &&
        count <= spec.max
      return isCount ? count : refuse(`it is a whole number from ${spec.min} to ${spec.max}`)
    }
    case 'duration':
      if (typeof value !== 'string') return refuse('a duration is a text with a unit')
      if (spec.canBeZero) parseSlack(value, asked)
      else parseDuration(value, asked)
      return value
    case 'choice':
      return spec.choices.includes(value as string)
        ? value
        : refuse(`it is one of ${spec.choices.join(', ')}`)
    case 'flag': {
      const flag = value === 'true' ? true : value === 'false' ? false : value
      return typeof flag === 'boolean' ? flag : refuse('it is true or false')
    }
  }
}
