/**
 * From clauses, each a text, to a fault: what the readers of lines and of files have in common, with every refusal.
 *
 * `asked` is what a refusal says was asked: the line as it was given, or a place in a file.
 */
import { parseDuration, parseSlack } from '../plan/duration.ts'
import type { Nanos } from '../units.ts'
import type { FaultSpec, When } from './fault-spec.ts'
import {
  BEGIN_NAMES,
  type BeginName,
  type ClauseName,
  FAULT_NAMES,
  FAULT_WORDS,
  type FaultName,
  formOf,
  MOMENTS,
  RANDOM_INSTANT,
  TICK_BOUNDARY,
} from './fault-words.ts'
import { adviceFor, refuse, wordOf } from './refusal.ts'
import { readWhom } from './whom.ts'

/** What is said of a fault, by the words that say it; each a text with single spaces. */
export type Clauses = Partial<Record<'fault' | 'whom' | ClauseName, string>>

/** Of one, as many as there may be beside each other. */
const TASKS_MAX = 1_000

/** Errors: `ConfigurationError` for what is missing, unknown, out of range, or has no meaning beside the rest. */
export function faultOf(clauses: Readonly<Clauses>, asked: string): FaultSpec {
  const fault = wordOf(asked, clauses.fault ?? '', { what: 'fault', words: FAULT_NAMES })
  checkDetails(clauses, fault, asked)
  const { on } = FAULT_WORDS[fault]
  const whom = readWhom(asked, clauses.whom ?? '')
  if (!on.includes(whom.on)) refuseForm(asked, `“${clauses.whom}”`, fault)
  const share = clauses.to ?? clauses.of
  return {
    fault,
    whom,
    ...whenOf(clauses, fault, asked),
    ...(share === undefined ? {} : { share: shareOf(share, clauses.to !== undefined, asked) }),
    ...(clauses.by === undefined ? {} : { by: distanceOf(clauses.by, fault, asked) }),
    ...(clauses.with === undefined ? {} : { tasks: tasksOf(clauses.with, asked) }),
  }
}

function refuseForm(asked: string, found: string, fault: FaultName): never {
  const { example } = FAULT_WORDS[fault]
  refuse(asked, found, `It is said as: ${formOf(fault)}`, `Write it like '${example}'`)
}

/** Every clause that the word needs, and none that it does not take. */
function checkDetails(clauses: Readonly<Clauses>, fault: FaultName, asked: string): void {
  const { needs, may, lasts } = FAULT_WORDS[fault]
  for (const name of ['of', 'to', 'by', 'with'] as const) {
    const text = clauses[name]
    if (text === undefined && needs.includes(name)) refuseForm(asked, `no “${name}”`, fault)
    if (text !== undefined && !needs.includes(name) && !may.includes(name)) {
      refuseForm(asked, name === 'of' ? `“${text} of”` : `“${name} ${text}”`, fault)
    }
  }
  if (clauses.for !== undefined && !lasts) refuseLasting(asked, `“for ${clauses.for}”`, fault)
}

function refuseLasting(asked: string, found: string, fault: FaultName): never {
  const { example } = FAULT_WORDS[fault]
  refuse(asked, found, `A ${fault} does not last`, `Write it like '${example}'`)
}

/** `isLeft`: what is left of a whole, else a part of it. */
function shareOf(text: string, isLeft: boolean, asked: string): number {
  const percent = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN
  if (percent > 0 && (isLeft ? percent < 100 : percent <= 100)) return percent / 100
  refuse(
    asked,
    `a share of ${text}`,
    isLeft ? 'What is left is above 0% and below 100%' : 'A share is above 0% and at most 100%',
    'Write it like 25%',
  )
}

function tasksOf(text: string, asked: string): number {
  const count = Number(/^(\d{1,9})(?: tasks?)?$/.exec(text)?.[1] ?? Number.NaN)
  if (count >= 1 && count <= TASKS_MAX) return count
  const rule = `It is a number of tasks, from 1 to ${TASKS_MAX}`
  refuse(asked, `“with ${text}”`, rule, "Write it like 'with 3 tasks'")
}

/** A clock may also be behind. */
function distanceOf(text: string, fault: FaultName, asked: string): Nanos {
  return fault === 'skew' && text.startsWith('-')
    ? -parseDuration(text.slice(1), asked)
    : parseDuration(text, asked)
}

/** Whether `from` and `until` have a meaning beside a way to begin. */
const WINDOWS: Readonly<Record<When['kind'], readonly ('from' | 'until')[]>> = {
  at: [],
  random: ['from', 'until'],
  boundary: ['from'],
  moment: ['from'],
  every: ['from', 'until'],
}

function whenOf(
  clauses: Readonly<Clauses>,
  fault: FaultName,
  asked: string,
): Pick<FaultSpec, 'when' | 'length'> {
  const [begin, second] = BEGIN_NAMES.filter((name) => clauses[name] !== undefined)
  if (second !== undefined) {
    const found = `${begin} and ${second}`
    refuse(asked, found, 'A fault begins in one way', 'Write a fault for each')
  }
  const from = instantOf(clauses.from, asked)
  const until = instantOf(clauses.until, asked)
  if (until !== undefined && from === undefined) {
    refuse(asked, `“to ${clauses.until}” without from`, 'An end has a beginning', 'Give from, too')
  }
  if (until !== undefined && from !== undefined && until <= from) {
    refuse(asked, `“to ${clauses.until}”`, 'It begins before it ends', 'Give a later one')
  }
  const length = clauses.for === undefined ? undefined : parseDuration(clauses.for, asked)
  if (begin === undefined) return spanOf({ from, until, length }, fault, asked)
  const when = beginOf(begin, clauses[begin]!, asked)
  const window = WINDOWS[when.kind]
  if (until !== undefined && !window.includes('until')) {
    const found = `“${begin} ${clauses[begin]}” with “to ${clauses.until}”`
    refuse(asked, found, 'An end stands with from alone, or is a length', "Write it like 'for 2s'")
  }
  if (from !== undefined && !window.includes('from')) {
    const found = `“${begin} ${clauses[begin]}” with “from ${clauses.from}”`
    refuse(asked, found, 'A fault begins once', 'Drop one of them')
  }
  return {
    when: {
      ...when,
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
    },
    ...(length === undefined ? {} : { length }),
  }
}

/** From then to then: at an instant, and so long. */
function spanOf(
  span: Readonly<Record<'from' | 'until' | 'length', Nanos | undefined>>,
  fault: FaultName,
  asked: string,
): Pick<FaultSpec, 'when' | 'length'> {
  const { from, until } = span
  const { lasts, example } = FAULT_WORDS[fault]
  if (from === undefined) {
    const rule = `It begins with ${BEGIN_NAMES.join(', ')}${lasts ? ' or from' : ''}`
    refuse(asked, 'nothing that says when', rule, `Write it like '${example}'`)
  }
  if (!lasts) refuseLasting(asked, 'from, without a moment', fault)
  if (until !== undefined && span.length !== undefined) {
    refuse(asked, 'an end and a length', 'One follows from the other', 'Drop for')
  }
  const length = until === undefined ? span.length : until - from
  return { when: { kind: 'at', at: from }, ...(length === undefined ? {} : { length }) }
}

function beginOf(begin: BeginName, text: string, asked: string): When {
  if (begin === 'at') return atOf(text, asked)
  if (begin === 'every') {
    const [every, near] = nearOf(text, asked)
    return { kind: 'every', every: parseDuration(every, asked), ...near }
  }
  const moments = MOMENTS.filter(({ clause }) => clause === begin)
  const words = moments.map(({ word }) => word)
  const word = wordOf(asked, text, { what: `moment of “${begin}”`, words })
  return { kind: 'moment', on: moments.find((moment) => moment.word === word)!.on }
}

function atOf(text: string, asked: string): When {
  if (text === RANDOM_INSTANT) return { kind: 'random' }
  const [instant, near] = nearOf(text, asked)
  if (instant === TICK_BOUNDARY) return { kind: 'boundary', ...near }
  if (/^\d/.test(instant)) return { kind: 'at', at: parseSlack(instant, asked), ...near }
  refuse(
    asked,
    `“at ${text}”`,
    `It is an instant since the start, ${RANDOM_INSTANT} or ${TICK_BOUNDARY}`,
    adviceFor(instant, [RANDOM_INSTANT, TICK_BOUNDARY]),
  )
}

/** What stands before ±, and how far around it. */
function nearOf(text: string, asked: string): readonly [string, { readonly within?: Nanos }] {
  const [middle = '', ...around] = text.split(' ± ')
  if (around.length === 0) return [middle, {}]
  return [middle, { within: parseDuration(around.join(' ± '), asked) }]
}

function instantOf(text: string | undefined, asked: string): Nanos | undefined {
  return text === undefined ? undefined : parseSlack(text, asked)
}
