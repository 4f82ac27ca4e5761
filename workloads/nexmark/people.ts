/** The queries that bring people and their auctions together: 3 and 8. */
import type { EventStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import {
  auctionsIn,
  categoryOf,
  cityOf,
  idOf,
  peopleIn,
  personNameOf,
  sellerOf,
  stateOf,
} from './events.ts'
import { newSellersOracle, suggestionsOracle } from './oracle-people.ts'
import { INTERVAL, nameOf, query, readEvents, WINDOW } from './query.ts'

const Q3 = { interval: INTERVAL } as const satisfies ParameterSpecs

const CATEGORY = '10'
const STATES: ReadonlySet<string> = new Set(['OR', 'ID', 'CA'])

type Person = readonly [name: string, city: string, state: string]
type Suggestion = [seller: string, readonly [...person: Person, auction: string]]

export function q3(given: GivenParameters): EventStream<Suggestion> {
  const { interval } = resolveParameters(nameOf(3), Q3, given)
  const events = readEvents(interval)
  const people = peopleIn(events)
    .filter((person) => STATES.has(stateOf(person)))
    .map((person): [string, Person] => [
      idOf(person),
      [personNameOf(person), cityOf(person), stateOf(person)],
    ])
    .track(
      (_id, person): Person | null => person,
      (_id, _before, person): Person | null => person,
    )
  const auctions = auctionsIn(events)
    .filter((auction) => categoryOf(auction) === CATEGORY)
    .map((auction): [string, string] => [sellerOf(auction), idOf(auction)])
  return people
    .join(auctions)
    .map(([seller, [person, auction]]): Suggestion => [seller, [...person, auction]])
    .collect('suggestions')
}

const Q8 = { interval: INTERVAL, length: WINDOW } as const satisfies ParameterSpecs

export function q8(given: GivenParameters): EventStream<[id: string, name: string]> {
  const { interval, length } = resolveParameters(nameOf(8), Q8, given)
  const events = readEvents(interval)
  const people = peopleIn(events)
    .map((person): [string, string] => [idOf(person), personNameOf(person)])
    .window(length, length)
  const sellers = auctionsIn(events)
    .map((auction): [string, number] => [sellerOf(auction), 1])
    .window(length, length)
  return people.cogroup(sellers).flatMap(newSeller).collect('new-sellers')
}

/** A person who came and sold. Names ascend: one that came again stands beside itself. */
function newSeller([id, [names, auctions]]: readonly [string, readonly [string[], number[]]]): [
  string,
  string,
][] {
  if (auctions.length === 0) return []
  return names.filter((name, at) => name !== names[at - 1]).map((name) => [id, name])
}

export const PEOPLE_QUERIES: readonly Workload[] = [
  query({
    number: 3,
    module: 'people.ts',
    description:
      'Suggests auctions of category 10 whose seller lives in Oregon, Idaho or California, as soon as both are known.',
    parameters: Q3,
    operators: 'filter, filter, filter, map, track; filter, filter, filter, map; join of both, map',
    state: 'every person of these states, and every auction of the category',
    invariants: [
      'an auction is put out once, with its seller, at the end of the interval in which the later of both came',
    ],
    oracle: suggestionsOracle,
  }),
  query({
    number: 8,
    module: 'people.ts',
    description:
      'Shows who registered and opened an auction in the same of windows that follow one another.',
    parameters: Q8,
    operators: 'filter, filter, map, window; filter, filter, map, window; cogroup, flatMap',
    state: 'the people and the sellers of the window',
    invariants: ['a person is put out once in a window, however many auctions he opened'],
    oracle: newSellersOracle,
  }),
]
