/**
 * A fault plan as a file: a JSON list, of lines and of objects that have a line's words as keys.
 *
 *   ["kill worker 1 at 10s",
 *    { "fault": "slow", "whom": "worker 2", "to": "25%", "from": "10s", "until": "20s" }]
 *
 * Errors name the place in the file: `plan.json[1].to`.
 */
import { ConfigurationError } from '../errors.ts'
import { type Clauses, faultOf } from './clauses.ts'
import { readFault, spaced } from './fault-line.ts'
import type { FaultSpec } from './fault-spec.ts'
import { BEGIN_NAMES } from './fault-words.ts'
import { refuse, wordOf } from './refusal.ts'

const KEYS = [
  'fault',
  'of',
  'whom',
  'to',
  'by',
  'with',
  'for',
  ...BEGIN_NAMES,
  'from',
  'until',
] as const satisfies readonly (keyof Clauses)[]

/** Errors: `ConfigurationError` for a text that is no plan. `name` is the file's, for messages. */
export function readFaultFile(text: string, name: string): readonly FaultSpec[] {
  const list = parsed(text, name)
  const write = 'Write it like ["kill worker 1 at 10s"]'
  if (!Array.isArray(list)) refuse(name, 'no list', 'A fault plan is a list of faults', write)
  if (list.length === 0) refuse(name, 'no fault', 'A fault plan has faults', write)
  return list.map((each: unknown, index) => faultAt(each, `${name}[${index}]`))
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ConfigurationError(
      {
        asked: name,
        // The parser shows the text around, with its ends of lines.
        found: `a text that is not JSON (${String(cause).replaceAll(/\s+/g, ' ')})`,
        rule: 'A fault plan is a JSON list of lines and objects',
        remedy: 'Mend it, or give each fault by --fault',
      },
      {},
      cause,
    )
  }
}

function faultAt(value: unknown, place: string): FaultSpec {
  if (typeof value === 'string') return readFault(value, `${place} '${value}'`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(place, JSON.stringify(value), 'A fault is a line or an object', 'Write it as a line')
  }
  const clauses: Clauses = {}
  for (const [key, text] of Object.entries(value)) {
    const name = wordOf(place, key, { what: 'part of a fault', words: KEYS })
    if (typeof text !== 'string' || text.trim() === '') {
      const found = JSON.stringify(text)
      const rule = 'Each part of a fault is a text, as in a line'
      refuse(`${place}.${name}`, found, rule, 'Write it like "10s", "25%", "worker 1"')
    }
    clauses[name] = spaced(text)
  }
  return faultOf(clauses, place)
}
