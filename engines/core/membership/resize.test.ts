/** Plans of workers that join and leave: who is there at an instant, whatever was before, and which plans are refused. */
import { describe, expect, it } from 'vitest'
import { configOf, resizing } from '../conformance/scenario.ts'
import { ConfigurationError } from '../errors.ts'
import type { Resize, RunConfig } from '../run-config.ts'
import { milliseconds } from '../units.ts'
import { firstMembership, type Member, type Membership } from './membership.ts'
import { checkResize, comingsAndGoings, resized } from './resize.ts'

const PLAN = { module: 'none', export: 'none', parameters: {} }

function configWith(resize: Resize, changes: Partial<RunConfig> = {}): RunConfig {
  const config = configOf('timely', { plan: PLAN, config: { workers: 4, partitions: 8 } })
  return { ...config, resize, ...changes }
}

/** `live 1, absent 0`: state and incarnation of each member. */
function shown({ members }: Pick<Membership, 'members'>): string {
  return members.map(({ state, incarnation }) => `${state} ${incarnation}`).join(', ')
}

function at(ms: number, membership: Membership, config: RunConfig): Membership | undefined {
  const next = resized(membership, config, milliseconds(ms))
  return next && { ...next, generation: membership.generation + 1 }
}

describe('the membership at an instant', () => {
  const config = configWith(resizing(2, [500, 4], [1_000, 1], [1_500, 2]))
  // Four workers, and a driver.
  const first = firstMembership(config, 5)

  it('has at first who is there at the start, and what comes after the workers', () => {
    expect(shown(first)).toBe('live 1, live 1, absent 0, absent 0, live 1')
    expect(first.placement).toEqual([0, 1, 0, 1, 0, 1, 0, 1])
    expect(at(499, first, config)).toBeUndefined()
  })

  it('is that of the last step that is due, however many were left out', () => {
    const grown = at(500, first, config)!
    expect(shown(grown)).toBe('live 1, live 1, live 1, live 1, live 1')
    expect(grown.placement).toEqual([0, 1, 0, 1, 2, 3, 2, 3])
    expect(at(999, grown, config)).toBeUndefined()
    const shrunk = at(1_000, grown, config)!
    expect(shown(shrunk)).toBe('live 1, absent 1, absent 1, absent 1, live 1')
    expect(new Set(shrunk.placement)).toEqual(new Set([0]))
    expect(shown(at(1_500, shrunk, config)!)).toBe('live 1, live 2, absent 1, absent 1, live 1')
    expect(at(1_500, first, config)).toBeUndefined()
  })

  it('leaves the dead alone, and a life that was replaced meanwhile leaves as any other', () => {
    const lost = first.members.map(
      (member): Member => (member.process === 1 ? { ...member, state: 'dead' } : member),
    )
    const grown = at(500, { ...first, members: lost }, config)!
    expect(shown(grown)).toBe('live 1, dead 1, live 1, live 1, live 1')
    expect(new Set(grown.placement)).toEqual(new Set([0, 2, 3]))
    const again = first.members.map(
      (member): Member => (member.process === 1 ? { ...member, incarnation: 2 } : member),
    )
    const shrunk = at(1_000, { ...first, members: again }, config)!
    expect(shown(shrunk)).toBe('live 1, absent 2, absent 0, absent 0, live 1')
  })

  it('stays as it is where nobody would be left', () => {
    const grown = at(500, first, config)!
    const lost = grown.members.map(
      (member): Member => (member.process === 0 ? { ...member, state: 'dead' } : member),
    )
    expect(at(1_000, { ...grown, members: lost }, config)).toBeUndefined()
  })

  it('is told by who joins and who leaves', () => {
    const grown = at(500, first, config)!
    expect(comingsAndGoings(first.members, grown.members)).toEqual([
      { event: 'worker-joined', fields: { process: 2, incarnation: 1 } },
      { event: 'worker-joined', fields: { process: 3, incarnation: 1 } },
    ])
    const shrunk = at(1_000, grown, config)!
    expect(comingsAndGoings(grown.members, shrunk.members).map(({ event }) => event)).toEqual(
      new Array(3).fill('worker-left'),
    )
    expect(comingsAndGoings(grown.members, grown.members)).toEqual([])
  })
})

describe('a plan', () => {
  const ok = resizing(2, [500, 4])
  const input = { rate: 10, duration: milliseconds(2_400) }
  const history = { duration: milliseconds(800), rate: 10 }

  const refused: Readonly<Record<string, readonly [config: RunConfig, message: RegExp]>> = {
    'more than are reserved': [configWith(resizing(2, [500, 5])), /^5 workers at 500ms: memory/],
    nobody: [configWith(resizing(2, [500, 0])), /^0 workers at 500ms: .*at least one/],
    'a part of one': [configWith(resizing(2, [500, 1.5])), /^1\.5 workers at 500ms/],
    'nobody at the start': [configWith(resizing(0, [500, 2])), /^0 workers at the start/],
    'at the start': [configWith(resizing(2, [0, 4])), /^4 workers at 0ns: the run begins at 0ns/],
    'before the clock starts': [
      configWith(resizing(2, [500, 4]), { input: { ...input, history } }),
      /^4 workers at 300ms before the start/,
    ],
    'in the last tick': [configWith(resizing(2, [2_301, 4])), /and the last tick at 2\.3s\. /],
    backwards: [
      configWith(resizing(2, [500, 4], [500, 3])),
      /^3 workers at 500ms: the change before it is at 500ms/,
    ],
    'the same again': [configWith(resizing(2, [500, 2])), /^2 workers at 500ms: so many/],
    pushed: [configWith(ok, { ingest: 'pushed' }), /with the ingest pushed: .*log\.$/],
    bounded: [configWith(ok, { input: { ...input, once: true } }), /with a bounded input/],
  }

  it.each(Object.entries(refused))('is refused by name: %s', (_, [config, message]) => {
    expect(() => checkResize(config)).toThrow(ConfigurationError)
    expect(() => checkResize(config)).toThrow(message)
  })

  it('is taken when it can be followed, and none is needed', () => {
    checkResize(configWith(resizing(2, [500, 4], [501, 1], [2_300, 4])))
    const { resize: _, ...without } = configWith(ok)
    checkResize(without)
  })
})
