/**
 * The program of one trial's process: in goes the file of its specification; out come the line `started`, a line for each
 * answer to a query, now and then one that says how far it is, and then the outcome, or what kept the trial from starting.
 *
 * Where it is told that it is closable, a signal closes the trial, however often it comes: a terminal signals this process and the
 * one that started it, which passes it on. Who has no patience ends that one, and it takes this one along.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { leftRejected } from '../../engines/core/world/endings.ts'
import { SIGNALS } from './interruption.ts'
import { endWithParent } from './parent-watch.ts'
import { runTrial } from './trial.ts'
import { failureOf } from './trial-failure.ts'
import {
  ANSWER_LINE,
  CLOSABLE,
  JUDGING_LINE,
  type ShownAnswer,
  STEPPED_LINE,
  type TrialSpec,
} from './trial-spec.ts'

/** Between two lines that say how far it is. */
const TELL_MS = 5_000
/** Steps of a simulation from one look at the clock to the next: one takes microseconds. */
const STEPS = 16

const file = process.argv[2]!
const spec = JSON.parse(readFileSync(file, 'utf8')) as TrialSpec
endWithParent(dirname(file))
const closing = new AbortController()
if (process.argv[3] === CLOSABLE) {
  for (const name of SIGNALS) process.on(name, () => closing.abort())
}
const answered = (answer: ShownAnswer): void => {
  process.stdout.write(`${ANSWER_LINE}${JSON.stringify(answer)}\n`)
}
let toldAt = Number.NEGATIVE_INFINITY
/** Says a line, unless there was one just now. */
const tell = (line: () => string): void => {
  const now = performance.now()
  if (now - toldAt < TELL_MS) return
  toldAt = now
  process.stdout.write(`${line()}\n`)
}
const judging = (tick: number, duration: number): void => {
  if (tick === 0) toldAt = Number.NEGATIVE_INFINITY
  tell(() => `${JUDGING_LINE}${JSON.stringify({ tick, duration })}`)
}
let steps = 0
const stepped = (): void => {
  if (++steps % STEPS === 0) tell(() => STEPPED_LINE)
}
/** Of the first promise that a function of the plan has left here: in a simulated run, or in what judges. */
let left: Error | undefined
process.on('unhandledRejection', (reason) => {
  left ??= leftRejected(`the process of a trial (${spec.engine}, ${spec.workload})`, reason)
})
process.stdout.write('started\n')
try {
  const hooks = { closing: closing.signal, answered, judging, stepped }
  const outcome = await runTrial(spec, hooks)
  // Rejections are told when all that was to be done at once is done.
  await setImmediate()
  if (left !== undefined && outcome.error === undefined) throw left
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failure: failureOf(error) })}\n`)
}
