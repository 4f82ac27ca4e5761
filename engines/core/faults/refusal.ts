/** Refusals of a fault plan. `asked` is the line as it was given, or a place in a file. */
import { ConfigurationError } from '../errors.ts'
import { nearest } from '../nearest.ts'

export function refuse(asked: string, found: string, rule: string, remedy: string): never {
  throw new ConfigurationError({ asked, found, rule, remedy })
}

/** One of the words. Errors: `ConfigurationError` that names the nearest. */
export function wordOf<N extends string>(
  asked: string,
  text: string,
  { what, words }: { readonly what: string; readonly words: readonly N[] },
): N {
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  refuse(
    asked,
    text === '' ? `no ${what}` : `“${text}”, no ${what}`,
    `It is one of ${words.join(', ')}`,
    adviceFor(text, words),
  )
}

export function adviceFor(text: string, words: readonly string[]): string {
  const near = nearest(text, words)
  return near === undefined
    ? 'npm start -- list faults shows how they are used'
    : `Did you mean ${near}`
}
