/**
 * The wake word: the one place where a thread sleeps, whatever it waits for (DESIGN §5).
 *
 * A parked thread has no event loop, so all that reaches it comes through rings, and this word says that there is some.
 *
 *   sleeper: word := PARKED; look at everything once more; wait while the word is PARKED; word := AWAKE
 *   waker:   publish (sequentially consistent); if the word is PARKED, swap it to AWAKE and notify
 *
 * No wake-up is lost. All four accesses are sequentially consistent, so either the waker's look comes after the sleeper's
 * PARKED, and it wakes, or it comes before, and then its publication precedes the sleeper's second look, which finds it.
 * Between the second look and the wait, the swap makes the wait return at once.
 */

export const AWAKE = 0
export const PARKED = 1

/** Wakes who sleeps on the word. Costs one atomic load when nobody does, a system call (µs) when somebody does. */
export function wake(i32: Int32Array, index: number): void {
  if (Atomics.load(i32, index) !== PARKED) return
  if (Atomics.compareExchange(i32, index, PARKED, AWAKE) === PARKED) Atomics.notify(i32, index)
}

/**
 * Sleeps until woken or `timeoutMs` later, unless `found` finds something to do. Blocks the thread.
 *
 * `found` must look at everything that a waker publishes.
 */
export function park(
  i32: Int32Array,
  index: number,
  timeoutMs: number,
  found: () => boolean,
): void {
  Atomics.store(i32, index, PARKED)
  if (!found()) Atomics.wait(i32, index, PARKED, timeoutMs)
  Atomics.store(i32, index, AWAKE)
}

/**
 * The same for the main thread, which must not block. `turn` is its second look and its work in one: it handles all that
 * is there and returns how long to sleep, in ms. The caller keeps the event loop alive: `waitAsync` does not.
 */
export async function parkAsync(i32: Int32Array, index: number, turn: () => number): Promise<void> {
  Atomics.store(i32, index, PARKED)
  const timeoutMs = turn()
  if (timeoutMs > 0) await Atomics.waitAsync(i32, index, PARKED, timeoutMs).value
  Atomics.store(i32, index, AWAKE)
}
