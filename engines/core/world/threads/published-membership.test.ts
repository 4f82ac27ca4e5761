import { expect, test } from 'vitest'
import { RunMemory } from '../../columns/memory.ts'
import type { Membership } from '../../membership/membership.ts'
import { AuthorityRegister } from './authority-register.ts'
import { PublishedMembership } from './published-membership.ts'

const FIRST: Omit<Membership, 'generation'> = {
  term: 1,
  members: [
    { process: 0, incarnation: 1, state: 'live' },
    { process: 1, incarnation: 1, state: 'live' },
  ],
  placement: [0, 1, 0],
}

function register() {
  const memory = RunMemory.reserve(2 * 65_536)
  const size = { processes: 2, partitions: 3 }
  const published = new PublishedMembership(memory, 65_536, size)
  return {
    authority: new AuthorityRegister(published, FIRST),
    seen: new PublishedMembership(memory, 65_536, size),
  }
}

test('what is published is read, over more generations than there are slots', () => {
  const { authority, seen } = register()
  expect(seen.read()).toEqual({ ...FIRST, generation: 1 })
  const states = ['live', 'dead', 'absent'] as const
  for (let generation = 1; generation < 20; generation++) {
    const state = states[generation % states.length]!
    const members = [FIRST.members[0]!, { process: 1, incarnation: generation, state }]
    const next = { term: generation, members, placement: [generation % 2, 1, 0] }
    const from = { from: 0, incarnation: 1 }
    expect(authority.propose({ ...from, expected: generation, next })).toBe(true)
    expect(seen.generation()).toBe(generation + 1)
    expect(seen.read()).toEqual({ ...next, generation: generation + 1 })
    expect(authority.current).toEqual(seen.read())
  }
})

test('only who is live and saw the present generation changes it', () => {
  const { authority, seen } = register()
  const next: typeof FIRST = {
    ...FIRST,
    members: [FIRST.members[0]!, { process: 1, incarnation: 2, state: 'live' }],
  }
  const propose = (from: number, incarnation: number, expected: number): boolean =>
    authority.propose({ from, incarnation, expected, next })
  expect(propose(0, 1, 0)).toBe(false)
  expect(propose(0, 2, 1)).toBe(false)
  expect(propose(0, 1, 1)).toBe(true)
  // Process 1 is in its second life now: what its first one says late is void.
  expect(propose(1, 1, 2)).toBe(false)
  expect(seen.generation()).toBe(2)
})

test('a proposal that takes an incarnation back stops the run', () => {
  const { authority } = register()
  const members = [FIRST.members[0]!, { process: 1, incarnation: 0, state: 'live' } as const]
  expect(() =>
    authority.propose({ from: 0, incarnation: 1, expected: 1, next: { ...FIRST, members } }),
  ).toThrow(/incarnation 0 of process 1 after 1/)
})
