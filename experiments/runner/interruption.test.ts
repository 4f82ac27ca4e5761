/** Which signals are one, and which one ends the process: by signals that are said to have come, on a clock of the test. */
import { afterEach, expect, it, vi } from 'vitest'
import { Interrupted, interruptible, SIGNALS } from './interruption.ts'

const before = SIGNALS.map((name) => [name, process.listeners(name)] as const)
afterEach(() => {
  vi.restoreAllMocks()
  for (const [name, listeners] of before) {
    for (const one of process.listeners(name)) if (!listeners.includes(one)) process.off(name, one)
  }
})

/** An action that ends when it is told to, and what has been asked of the process. */
function interrupted() {
  const exits = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never)
  const clock = { ms: 7 }
  let told: AbortSignal | undefined
  const end = Promise.withResolvers<void>()
  const run = interruptible(
    async (signal) => {
      told = signal
      await end.promise
      signal.throwIfAborted()
    },
    () => clock.ms,
  )
  return { exits, clock, signal: told!, run, end: () => end.resolve() }
}

it('a repeat at the same moment is the same signal, a later one ends the process', async () => {
  const { exits, clock, signal, run, end } = interrupted()
  process.emit('SIGINT', 'SIGINT')
  expect(signal.reason).toMatchObject({ signal: 'SIGINT', exitStatus: 130 })
  process.emit('SIGTERM', 'SIGTERM')
  clock.ms += 499
  process.emit('SIGINT', 'SIGINT')
  expect(exits).not.toHaveBeenCalled()
  clock.ms += 1
  process.emit('SIGTERM', 'SIGTERM')
  expect(exits.mock.calls).toEqual([[143]])
  expect(signal.reason).toMatchObject({ signal: 'SIGINT' })
  end()
  await expect(run).rejects.toThrow(Interrupted)
})

it('a repeat that comes when the action has ended does not keep it from being told', async () => {
  const { exits, run, end } = interrupted()
  process.emit('SIGTERM', 'SIGTERM')
  end()
  await expect(run).rejects.toThrow('interrupted by SIGTERM')
  expect(process.emit('SIGTERM', 'SIGTERM')).toBe(true)
  expect(exits).not.toHaveBeenCalled()
})

it('without a signal its handlers are gone afterwards', async () => {
  const { run, end } = interrupted()
  end()
  await run
  for (const [name, listeners] of before) expect(process.listeners(name)).toEqual(listeners)
})
