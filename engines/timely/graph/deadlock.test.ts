/** Two workers that fill each other's links of one frame, around a loop, come to an end; a loop that grows ends by name. */
import { describe, expect, it } from 'vitest'
import { runTightLoop } from './one-frame-links.fixture.ts'

describe.each(['none', 'local', 'global', 'both'] as const)('accumulation %s', (accumulation) => {
  it('makes progress over links of one frame in both directions', () => {
    const [epochs, seeds, rounds] = [3, 2, 5]
    // Each message doubles in each round, one to each worker; two workers put them in.
    const each = seeds * 2 ** rounds
    expect(runTightLoop({ epochs, seeds, rounds, accumulation })).toEqual([
      new Array(epochs).fill(each),
      new Array(epochs).fill(each),
    ])
  })
})

it('ends a loop that grows beyond its limit by name', () => {
  const grown = { epochs: 1, seeds: 2, rounds: 12, accumulation: 'local', queueBytesMax: 256 }
  expect(() => runTightLoop(grown as Parameters<typeof runTightLoop>[0])).toThrow(
    /the queue of local messages holds \d+ bytes.*around a loop are not held back/,
  )
})
