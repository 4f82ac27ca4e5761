/**
 * Laws of the language of fault plans:
 *
 * 1. a fault that is written is read as the same fault, from a line and from an object of a file;
 * 2. a line that is written is as it was read and written again;
 * 3. spaces, and the order of clauses, change nothing.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { milliseconds } from '../units.ts'
import { readFaultFile } from './fault-file.ts'
import { readFault, writeFault } from './fault-line.ts'
import type { FaultSpec } from './fault-spec.ts'
import { CLAUSE_WORDS, FAULT_NAMES, FAULT_WORDS, type FaultName } from './fault-words.ts'

const durations = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }).map(milliseconds),
  fc.integer({ min: 1, max: 1e12 }),
)
const instants = fc.oneof(fc.constant(0), durations)
/** In tenths of a per cent. */
const shares = fc.integer({ min: 1, max: 999 }).map((tenths) => tenths / 10 / 100)

const roles = fc.array(
  fc.oneof(
    fc.record({ role: fc.constantFrom('worker', 'receiver', 'rack'), number: fc.nat(99) }),
    fc.record({ role: fc.constantFrom('driver', 'client') }),
  ),
  { minLength: 1, maxLength: 3 },
)
const WHOM = {
  processes: roles.map((each) => ({ on: 'processes', roles: each })),
  links: fc
    .record({
      named: roles,
      other: fc.oneof(roles, fc.constant([{ role: 'rest' }])),
      isNamedFirst: fc.boolean(),
      ways: fc.constantFrom('one', 'both'),
    })
    .map(({ named, other, isNamedFirst, ways }) => {
      const [from, to] = isNamedFirst ? [named, other] : [other, named]
      return { on: 'links', from, to, ways }
    }),
  storage: fc.constant({ on: 'storage' }),
} as const

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const within = maybe(durations)
const from = maybe(instants)
const windows = maybe(fc.tuple(instants, maybe(durations))).map((window) => {
  if (window === undefined) return {}
  const [begin, length] = window
  return { from: begin, ...(length === undefined ? {} : { until: begin + length }) }
})
const whens = fc.oneof(
  fc.record({ kind: fc.constant('at'), at: instants, within }),
  windows.map((window) => ({ kind: 'random', ...window })),
  fc.record({ kind: fc.constant('boundary'), within, from }),
  fc.record({
    kind: fc.constant('moment'),
    on: fc.constantFrom(
      'checkpoint',
      'recovery',
      'before-acknowledgement',
      'after-acknowledgement',
    ),
    from,
  }),
  fc
    .tuple(durations, within, windows)
    .map(([every, near, window]) => ({ kind: 'every', every, within: near, ...window })),
)

function specsOf(fault: FaultName): fc.Arbitrary<FaultSpec> {
  const { on, needs, may, lasts, share } = FAULT_WORDS[fault]
  const detail = <T>(
    clause: (typeof needs)[number],
    values: fc.Arbitrary<T>,
  ): fc.Arbitrary<T | undefined> => {
    if (needs.includes(clause)) return values
    return may.includes(clause) ? maybe(values) : fc.constant(undefined)
  }
  return fc
    .record({
      fault: fc.constant(fault),
      whom: fc.oneof(...on.map((each) => WHOM[each] as fc.Arbitrary<unknown>)),
      when: whens,
      length: lasts ? maybe(durations) : fc.constant(undefined),
      share: share === undefined ? fc.constant(undefined) : detail(share, shares),
      by: detail('by', fault === 'skew' ? signed(durations) : durations),
      tasks: detail('with', fc.integer({ min: 1, max: 1_000 })),
    })
    .map((spec) => JSON.parse(JSON.stringify(spec)) as FaultSpec)
}

function signed(lengths: fc.Arbitrary<number>): fc.Arbitrary<number> {
  return fc.tuple(lengths, fc.boolean()).map(([length, isBehind]) => (isBehind ? -length : length))
}

const specs = fc.constantFrom(...FAULT_NAMES).chain(specsOf)

/** The object that says what a line says. */
function objectOf(line: string): Readonly<Record<string, string>> {
  const [fault = '', ...words] = line.split(' ')
  const said: Record<string, string> = { fault }
  let key = 'whom'
  for (const word of words) {
    if (CLAUSE_WORDS.some((each) => each === word)) {
      key = word === 'to' && key === 'from' ? 'until' : word
    } else said[key] = said[key] === undefined ? word : `${said[key]} ${word}`
  }
  const [share, whom] = said.whom!.split(' of ')
  return whom === undefined ? said : { ...said, of: share!, whom }
}

describe('a fault', () => {
  it('is read from its line as it was', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        expect(readFault(writeFault(spec))).toEqual(spec)
      }),
    )
  })

  it('has one line', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const line = writeFault(spec)
        expect(writeFault(readFault(line))).toBe(line)
      }),
    )
  })

  it('is read from a file as it was, from a line or an object', () => {
    fc.assert(
      fc.property(fc.array(specs, { minLength: 1, maxLength: 5 }), (plan) => {
        const lines = plan.map(writeFault)
        expect(readFaultFile(JSON.stringify(lines), 'plan.json')).toEqual(plan)
        expect(readFaultFile(JSON.stringify(lines.map(objectOf)), 'plan.json')).toEqual(plan)
      }),
    )
  })
})

describe('the examples of the table', () => {
  it.each(FAULT_NAMES)('%s', (name) => {
    const { example } = FAULT_WORDS[name]
    const spec = readFault(example)
    expect(spec.fault).toBe(name)
    expect(writeFault(spec)).toBe(example)
  })
})

it.each([
  ['split worker 1|rest from 10s to 12s', 'split worker 1 | rest from 10s to 12s'],
  ['  kill   worker 1 at  10s+-50ms ', 'kill worker 1 at 10s ± 50ms'],
  ['split worker 0,driver>client from 1s', 'split worker 0, driver > client from 1s'],
  ['pause worker 0 at 3s for 1s', 'pause worker 0 from 3s to 4s'],
  ['pause worker 0 every 5s for 800ms', 'pause worker 0 for 800ms every 5s'],
  ['slow worker 2 from 10s to 20s to 25%', 'slow worker 2 to 25% from 10s to 20s'],
  ['contend worker 2 from 0s with 1', 'contend worker 2 with 1 task from 0s'],
  ['kill driver from 5s at tick boundary ± 50ms', 'kill driver at tick boundary ± 50ms from 5s'],
])('%s', (line, written) => expect(writeFault(readFault(line))).toBe(written))
