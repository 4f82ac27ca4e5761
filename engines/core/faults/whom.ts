/** Whom a fault hits, as text: roles, links between roles, storage. */
import type { Role, Whom } from './fault-spec.ts'
import { CLAUSE_WORDS, ROLE_NAMES, ROLE_WORDS } from './fault-words.ts'
import { adviceFor, refuse, wordOf } from './refusal.ts'

/** Errors: `ConfigurationError`. */
export function readWhom(asked: string, text: string): Whom {
  if (text === 'storage') return { on: 'storage' }
  const [one = '', mark, other = '', ...more] = text.split(/ ?([|>]) ?/)
  if (mark === undefined) return { on: 'processes', roles: rolesOf(asked, one, 'all') }
  if (more.length > 0) {
    refuse(asked, `“${text}”`, 'Links have two ends', "Write them like 'worker 1 | rest'")
  }
  const from = rolesOf(asked, one, 'side')
  const to = rolesOf(asked, other, 'side')
  if (isRest(from) && isRest(to)) {
    refuse(asked, `“${text}”`, 'The rest is whom the other side does not name', 'Name somebody')
  }
  return { on: 'links', from, to, ways: mark === '|' ? 'both' : 'one' }
}

export function writeWhom(whom: Whom): string {
  if (whom.on === 'storage') return 'storage'
  if (whom.on === 'processes') return writeRoles(whom.roles)
  const mark = whom.ways === 'both' ? '|' : '>'
  return `${writeRoles(whom.from)} ${mark} ${writeRoles(whom.to)}`
}

export function isRest(roles: readonly Role[]): boolean {
  return roles.some(({ role }) => role === 'rest')
}

/** Those that are hit, or one side of links. */
function rolesOf(asked: string, text: string, as: 'all' | 'side'): readonly Role[] {
  const roles = text.split(/ ?, ?/).map((each) => roleOf(asked, each))
  if (!isRest(roles) || (as === 'side' && roles.length === 1)) return roles
  const remedy = "Write it like 'split worker 1 | rest from 10s to 12s'"
  refuse(asked, `“${text}”`, 'The rest is a side of links, alone', remedy)
}

function roleOf(asked: string, text: string): Role {
  const [first = '', second, third] = text.split(' ')
  const role = wordOf(asked, first, { what: 'process', words: ROLE_NAMES })
  const isNumbered = ROLE_WORDS[role].numbered
  const surplus = isNumbered ? third : second
  if (surplus !== undefined) {
    const rule = `What comes next begins with ${CLAUSE_WORDS.join(', ')}`
    refuse(asked, `“${surplus}” after ${role}`, rule, adviceFor(surplus, CLAUSE_WORDS))
  }
  if (!isNumbered) return { role } as Role
  if (second === undefined || !/^\d{1,6}$/.test(second)) {
    const found = second === undefined ? `a ${role} without a number` : `“${role} ${second}”`
    refuse(asked, found, `A ${role} has a number, from 0`, `Write it like '${role} 1'`)
  }
  return { role, number: Number(second) } as Role
}

function writeRoles(roles: readonly Role[]): string {
  return roles
    .map((role) => ('number' in role ? `${role.role} ${role.number}` : role.role))
    .join(', ')
}
