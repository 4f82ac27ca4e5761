/**
 * The language of fault plans, in one place: what can be done, to whom, when, and who cannot take it. The readers, their
 * refusals and `npm start -- list faults` are made of these tables.
 *
 *   line     word [share of] whom clauses             drop 5% of worker 1 | rest from 10s to 12s
 *   whom     role, role, …                            worker 1, driver
 *            roles | roles: links in both directions  worker 1 | rest
 *            roles > roles: links in one              worker 1 > worker 0, driver
 *            storage
 *   clauses  in any order, each once                  for 800ms every 5s
 *
 * Durations have a unit (ns, us, ms, s, m, h), shares are per cent, ± may be written +-. Instants count from the start of the
 * run's clock, as those of queries do. An object of a file has the same words as keys; where a line says `from 2s to 3s`, it
 * has `from` and `until`.
 */
import type { Moment } from './fault.ts'

/** What can be done. */
export type FaultName =
  | 'kill'
  | 'pause'
  | 'slow'
  | 'contend'
  | 'skew'
  | 'delay'
  | 'drop'
  | 'duplicate'
  | 'reorder'
  | 'split'
  | 'fill'
  | 'tear'
  | 'lose'

export type FaultWorld = 'threads' | 'simulated'

export interface FaultWord {
  readonly meaning: string
  readonly on: readonly ('processes' | 'links' | 'storage')[]
  /** How it says a share: of what is hit, or what is left to whom it hits. */
  readonly share?: 'of' | 'to'
  /** Clauses that it must have, and that it may have, beside those that say when. */
  readonly needs: readonly DetailName[]
  readonly may: readonly DetailName[]
  /** It has an end: `for`, or `from … to`; without either it lasts to the end of the run. */
  readonly lasts: boolean
  /** The only world that can take it, and why. */
  readonly only?: { readonly world: FaultWorld; readonly because: string }
  readonly example: string
}

type DetailName = 'of' | 'to' | 'by' | 'with'

const NOTHING = { needs: [], may: [] } as const

export const FAULT_WORDS: Readonly<Record<FaultName, FaultWord>> = {
  kill: {
    meaning: 'the process ends at once, and its memory with it',
    on: ['processes'],
    ...NOTHING,
    lasts: false,
    example: 'kill worker 1 at 10s',
  },
  pause: {
    meaning: 'it does nothing, hears nothing and says nothing, then goes on as if nothing had been',
    on: ['processes'],
    ...NOTHING,
    lasts: true,
    example: 'pause worker 0 for 800ms every 5s',
  },
  slow: {
    meaning: 'it has this share of its CPU; or storage has this share of its speed',
    on: ['processes', 'storage'],
    share: 'to',
    needs: ['to'],
    may: [],
    lasts: true,
    example: 'slow worker 2 to 25% from 10s to 20s',
  },
  contend: {
    meaning: 'so many tasks that never end share the cores of its node',
    on: ['processes'],
    needs: ['with'],
    may: [],
    lasts: true,
    only: {
      world: 'simulated',
      because: 'Other work on a core is simulated: threads share cores with whatever else there is',
    },
    example: 'contend worker 2 with 3 tasks from 10s to 20s',
  },
  skew: {
    meaning: 'its clock is ahead by so much, or behind, if that is negative',
    on: ['processes'],
    needs: ['by'],
    may: [],
    lasts: true,
    example: 'skew worker 1 by -20ms from 10s to 20s',
  },
  delay: {
    meaning: 'frames come so much later, in their order',
    on: ['links'],
    share: 'of',
    needs: ['by'],
    may: ['of'],
    lasts: true,
    example: 'delay worker 1 | rest by 20ms from 10s to 12s',
  },
  drop: {
    meaning: 'frames are lost',
    on: ['links'],
    share: 'of',
    needs: [],
    may: ['of'],
    lasts: true,
    example: 'drop 5% of worker 1 > worker 0 from 10s to 12s',
  },
  duplicate: {
    meaning: 'frames come twice',
    on: ['links'],
    share: 'of',
    needs: [],
    may: ['of'],
    lasts: true,
    example: 'duplicate 5% of worker 1 | rest from 10s to 12s',
  },
  reorder: {
    meaning: 'frames come so much later, after others that were sent after them',
    on: ['links'],
    share: 'of',
    needs: ['by'],
    may: ['of'],
    lasts: true,
    example: 'reorder 5% of worker 1 | rest by 2ms from 10s to 12s',
  },
  split: {
    meaning: 'nothing passes between them',
    on: ['links'],
    ...NOTHING,
    lasts: true,
    example: 'split worker 1 | rest from 10s to 12s',
  },
  fill: {
    meaning: 'writes fail for want of room',
    on: ['storage'],
    ...NOTHING,
    lasts: true,
    example: 'fill storage from 10s to 12s',
  },
  tear: {
    meaning: 'of what is written only the beginning is there',
    on: ['storage'],
    share: 'of',
    needs: [],
    may: ['of'],
    lasts: true,
    example: 'tear 20% of storage from 10s to 12s',
  },
  lose: {
    meaning: 'what is written is gone',
    on: ['storage'],
    share: 'of',
    needs: [],
    may: ['of'],
    lasts: true,
    example: 'lose 20% of storage from 10s to 12s',
  },
}

export const FAULT_NAMES = Object.keys(FAULT_WORDS) as readonly FaultName[]

export function takes(world: FaultWorld, name: FaultName): boolean {
  const { only } = FAULT_WORDS[name]
  return only === undefined || only.world === world
}

export type RoleName = 'worker' | 'driver' | 'receiver' | 'client' | 'rack' | 'rest'

/** Who can be hit. */
export const ROLE_WORDS: Readonly<
  Record<RoleName, { readonly numbered: boolean; readonly meaning: string }>
> = {
  worker: { numbered: true, meaning: 'a worker; 0 is the first' },
  driver: { numbered: false, meaning: 'the driver, on the D-Stream engine' },
  receiver: {
    numbered: true,
    meaning: 'the receiver of worker n, of pushed input: they are one process',
  },
  client: { numbered: false, meaning: 'who sends pushed input' },
  rack: { numbered: true, meaning: 'the nodes of a rack; simulated, with --nodes and --racks' },
  rest: { numbered: false, meaning: 'of links, all whom the other side does not name' },
}

export const ROLE_NAMES = Object.keys(ROLE_WORDS) as readonly RoleName[]

/** Clauses that say when a fault begins. */
export const BEGIN_NAMES = ['at', 'during', 'before', 'after', 'every'] as const
export type BeginName = (typeof BEGIN_NAMES)[number]

/** Words that begin a clause of a line. */
export const CLAUSE_WORDS = ['from', 'to', 'by', 'with', ...BEGIN_NAMES, 'for'] as const

/** Keys of what is said of a fault, beside which it is and whom it hits. Before `of` stands its text, `until` is said as to. */
export type ClauseName = DetailName | 'for' | BeginName | 'from' | 'until'

/** Moments by the clause that names them, and what it names. */
export const MOMENTS: readonly {
  readonly clause: BeginName
  readonly word: string
  readonly on: Moment['on']
}[] = [
  { clause: 'during', word: 'checkpoint', on: 'checkpoint' },
  { clause: 'during', word: 'recovery', on: 'recovery' },
  { clause: 'before', word: 'acknowledgement', on: 'before-acknowledgement' },
  { clause: 'after', word: 'acknowledgement', on: 'after-acknowledgement' },
]

export const RANDOM_INSTANT = 'a random instant'
export const TICK_BOUNDARY = 'tick boundary'

/** What clauses there are, as `list` shows them. */
export const CLAUSE_FORMS: readonly (readonly [form: string, meaning: string])[] = [
  ['at 10s [± 50ms]', 'at this instant, or near it, drawn from the seed'],
  [`at ${RANDOM_INSTANT} [from 5s to 15s]`, 'drawn from the seed'],
  [`at ${TICK_BOUNDARY} [± 50ms] [from 5s]`, 'at the first end of a tick since then, or near it'],
  ['during checkpoint [from 5s]', 'while a state is copied or written, the first time since then'],
  ['during recovery [from 5s]', 'while what another fault has hit is made good, since then'],
  [
    'before acknowledgement [from 3s]',
    'of pushed input: a receiver holds a block and has not said so',
  ],
  ['after acknowledgement [from 3s]', 'of pushed input: it has just said so'],
  ['every 5s [± 1s] [from 2s [to 20s]]', 'again and again, at 2s, 7s, 12s and 17s'],
  ['from 10s [to 20s]', 'of what lasts: from then to then, or to the end of the run'],
  ['for 800ms', 'of what lasts: so long, whenever it begins'],
]

/** How a word is used, as `list` and refusals show it. */
export function formOf(name: FaultName): string {
  const { on, share, needs, may } = FAULT_WORDS[name]
  const whom = on.map((each) => TARGET_FORMS[each]).join(' or ')
  const detail = (clause: DetailName, text: string): string => {
    if (needs.includes(clause)) return text
    return may.includes(clause) ? `[${text}]` : ''
  }
  return [
    name,
    share === 'of' ? detail('of', '<share> of') : '',
    `<${whom}>`,
    detail('to', 'to <share>'),
    detail('by', 'by <duration>'),
    detail('with', 'with <count> tasks'),
  ]
    .filter((text) => text !== '')
    .join(' ')
}

const TARGET_FORMS = { processes: 'who', links: 'links', storage: 'storage' } as const
