/** Assertions: the program is wrong. Always on; they stop the process and invalidate the trial. */

export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** One condition each; the message carries the values. Build costly messages lazily, by a function. */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionError(typeof message === 'string' ? message : message())
}
