/**
 * By what a bug was caught, read from the words of it. One by which code only breaks says little: the check that it was planted for has
 * perhaps seen nothing.
 */

export type Catch =
  /** What was committed, answered or written is not what it should be. */
  | 'results'
  /** The run did not end as it was to: an assertion or an error by name has ended it, or it was not complete at its deadline. */
  | 'ending'
  /** Something else that is promised was not kept: by a model, a world, a protocol, a component. */
  | 'promise'
  /** Code broke, as V8 says it. */
  | 'crash'

const CRASH =
  /is not (a function|a constructor|iterable|defined|extensible)|Cannot (read|set|destructure|access|convert|mix)|Assignment to constant|Invalid (array|typed array|string|DataView|count) |Reduce of empty array|Division by zero|outside the bounds|out of (bounds|memory)|Maximum call stack|\bunreachable\b|Unexpected (token|identifier)|does not provide an export|Cannot find module/
const RESULTS = /^\S+: .*invalid: |should have|contradicted|the (files|lines|answer)/
const ENDING = /not-completed|it ended with|: (failed|timed-out): /

/** `caught`: `<run>: <what>`, as `try-bugs.ts` prints it. */
export function catchOf(caught: string): Catch {
  if (CRASH.test(caught)) return 'crash'
  if (RESULTS.test(caught)) return 'results'
  return ENDING.test(caught) ? 'ending' : 'promise'
}
