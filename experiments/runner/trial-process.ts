/**
 * The program of one trial's process: in goes the file of its specification; out come the line `started`, a line for each
 * answer to a query, and then the outcome, or what kept the trial from starting.
 *
 * Where it is told that it is closable, a signal closes the trial, however often it comes: a terminal signals this process and the
 * one that started it, which passes it on. Who has no patience ends that one, and it takes this one along.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { SIGNALS } from './interruption.ts'
import { endWithParent } from './parent-watch.ts'
import { runTrial } from './trial.ts'
import { failureOf } from './trial-failure.ts'
import { ANSWER_LINE, CLOSABLE, type ShownAnswer, type TrialSpec } from './trial-spec.ts'

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
process.stdout.write('started\n')
try {
  process.stdout.write(`${JSON.stringify(await runTrial(spec, closing.signal, answered))}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failure: failureOf(error) })}\n`)
}
