/** A fault in one line, read and written (`fault-words.ts` has the grammar). What is written is read as the same fault. */
import { formatDuration } from '../plan/duration.ts'
import type { Nanos } from '../units.ts'
import { type Clauses, faultOf } from './clauses.ts'
import type { FaultSpec, When } from './fault-spec.ts'
import {
  CLAUSE_WORDS,
  type ClauseName,
  FAULT_WORDS,
  MOMENTS,
  RANDOM_INSTANT,
  TICK_BOUNDARY,
} from './fault-words.ts'
import { refuse } from './refusal.ts'
import { writeWhom } from './whom.ts'

/** Errors: `ConfigurationError` for a line that is none; `asked` says what it was. */
export function readFault(line: string, asked = `the fault '${line}'`): FaultSpec {
  return faultOf(clausesOf(line, asked), asked)
}

/** Words with a space between any two, marks by themselves; `+-` is ±. */
export function spaced(text: string): string {
  return text
    .replaceAll('+-', '±')
    .replaceAll(/[|>,±]/g, ' $& ')
    .trim()
    .split(/\s+/)
    .join(' ')
}

function clausesOf(line: string, asked: string): Clauses {
  const [fault = '', ...words] = spaced(line).split(' ')
  const clauses: Clauses = { fault }
  // As its own assignment narrows it, it would never be 'from'.
  let name = 'whom' as 'whom' | ClauseName
  let text: string[] = []
  const close = (): void => {
    if (name === 'whom' && text[1] === 'of') {
      clauses.of = text[0]!
      text = text.slice(2)
    }
    const said = name === 'until' ? 'to' : name
    if (clauses[name] !== undefined) {
      refuse(asked, `${said} twice`, 'Each clause is given once', 'Drop one of them')
    }
    if (name !== 'whom' && text.length === 0) {
      refuse(asked, `nothing after ${said}`, 'A clause has a value', `Say what comes after ${said}`)
    }
    clauses[name] = text.join(' ')
  }
  for (const word of words) {
    const next = CLAUSE_WORDS.find((each) => each === word)
    if (next === undefined) text.push(word)
    else {
      close()
      // The share that is left never stands behind an instant.
      name = next === 'to' && name === 'from' ? 'until' : next
      text = []
    }
  }
  close()
  return clauses
}

/** The line of a fault. */
export function writeFault({ fault, whom, when, length, share, by, tasks }: FaultSpec): string {
  const { share: said, lasts } = FAULT_WORDS[fault]
  const percent = share === undefined ? undefined : percentText(share)
  return [
    fault,
    ...(percent !== undefined && said === 'of' ? [`${percent} of`] : []),
    writeWhom(whom),
    ...(percent !== undefined && said === 'to' ? [`to ${percent}`] : []),
    ...(by === undefined ? [] : [`by ${by < 0 ? '-' : ''}${durationText(Math.abs(by))}`]),
    ...(tasks === undefined ? [] : [`with ${tasks} ${tasks === 1 ? 'task' : 'tasks'}`]),
    ...(lasts && when.kind === 'at' && when.within === undefined
      ? spanTexts(when.at, length)
      : [...(length === undefined ? [] : [`for ${durationText(length)}`]), whenText(when)]),
  ].join(' ')
}

function spanTexts(from: Nanos, length: Nanos | undefined): readonly string[] {
  const begin = `from ${durationText(from)}`
  return length === undefined ? [begin] : [begin, `to ${durationText(from + length)}`]
}

function whenText(when: When): string {
  switch (when.kind) {
    case 'at':
      return `at ${durationText(when.at)}${nearText(when.within)}`
    case 'random':
      return `at ${RANDOM_INSTANT}${windowText(when)}`
    case 'boundary':
      return `at ${TICK_BOUNDARY}${nearText(when.within)}${windowText(when)}`
    case 'moment': {
      const { clause, word } = MOMENTS.find(({ on }) => on === when.on)!
      return `${clause} ${word}${windowText(when)}`
    }
    case 'every':
      return `every ${durationText(when.every)}${nearText(when.within)}${windowText(when)}`
  }
}

function nearText(within: Nanos | undefined): string {
  return within === undefined ? '' : ` ± ${durationText(within)}`
}

function windowText({ from, until }: { readonly from?: Nanos; readonly until?: Nanos }): string {
  const begin = from === undefined ? '' : ` from ${durationText(from)}`
  return until === undefined ? begin : `${begin} to ${durationText(until)}`
}

function durationText(nanos: Nanos): string {
  return nanos === 0 ? '0s' : formatDuration(nanos)
}

/** Of a share that was read, the per cent that were written. */
function percentText(share: number): string {
  return `${Number((100 * share).toPrecision(12))}%`
}
