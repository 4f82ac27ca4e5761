import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checksumOf, Draw } from './draw.ts'
import { makeInput } from './input.ts'
import {
  LINES_CHECKSUM,
  LINES_DEFAULTS,
  NEEDLE,
  syntheticLines,
  VOCABULARY_WORDS,
} from './lines.ts'

describe('draws', () => {
  it('are the published ones, so that other languages can check theirs', () => {
    const draw = new Draw(1)
    expect([draw.next(), draw.next(), draw.next(), draw.below(100)]).toEqual([
      2_527_132_011, 314_344_336, 2_535_364_964, 39,
    ])
    expect(checksumOf(Buffer.from('foobar'))).toBe('bf9cf968')
  })
})

describe('synthetic lines', () => {
  const pool = syntheticLines()
  const lines = Buffer.from(pool.bytes).toString('latin1').split('\n').slice(0, -1)
  const words = lines.map((line) => line.trimEnd().split(' '))

  it('are the published bytes', () => {
    expect(pool.bytes.length).toBe(20_200_000)
    expect(checksumOf(pool.bytes)).toBe(LINES_CHECKSUM)
  })

  it('are what the README’s table of test vectors says', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const vector = (what: string): string =>
      readme
        .split('\n')
        .find((line) => line.startsWith(`| ${what}`))!
        .split(' | ')[1]!
        .slice(0, -2)
    const draw = new Draw(1)
    expect(vector('the first three draws')).toBe([draw.next(), draw.next(), draw.next()].join(', '))
    const vocabulary = new Draw(1)
    const letters = Array.from({ length: 11 + 13 }, () => 97 + vocabulary.below(26))
    const [first, second] = [letters.slice(0, 11), letters.slice(11)].map((word) =>
      String.fromCharCode(...word),
    )
    expect(vector('words 0, 1')).toMatch(new RegExp(`^\`${first}\`, \`${second}\`, `))
    let sum = 0
    const ends = Array.from({ length: VOCABULARY_WORDS }, (_, k) => {
      sum += Math.floor(2 ** 28 / (k + 1))
      return sum
    })
    expect(vector('ends[0]')).toBe([ends[0], ends[1], ends.at(-1)].join(', '))
    expect(vector('the first line, ')).toBe(`\`${lines[0]!.trimEnd()}\``)
    const needle = words.findIndex((line) => line.includes(NEEDLE))
    expect(vector('the first line with')).toBe(`${needle}: \`${words[needle]!.join(' ')}\``)
    expect(vector('FNV-1a (32 bits)')).toBe(checksumOf(pool.bytes.subarray(0, 101_000)))
    expect(vector('FNV-1a of all')).toBe(LINES_CHECKSUM)
  })

  it('have their length and offsets', () => {
    expect(lines.length).toBe(LINES_DEFAULTS.lines)
    expect(lines.every((line) => line.length === 100)).toBe(true)
    expect(pool.offsets.every((offset, record) => offset === record * 101)).toBe(true)
  })

  it('have about 6.9 words of 11 to 15 letters, drawn by Zipf’s law from 10,000', () => {
    const counts = new Map<string, number>()
    for (const word of words.flat()) counts.set(word, (counts.get(word) ?? 0) + 1)
    const total = words.flat().length
    expect(total / lines.length).toBeCloseTo(6.9, 1)
    const needles = counts.get(NEEDLE)!
    counts.delete(NEEDLE)
    expect(counts.size).toBe(VOCABULARY_WORDS)
    expect([...counts.keys()].every((word) => /^[a-z]{11,15}$/.test(word))).toBe(true)
    const [first, second, , , fifth] = [...counts.values()].sort((a, b) => b - a)
    // The harmonic number of 10,000 is 9.788.
    expect(first! / (total - needles)).toBeCloseTo(1 / 9.788, 3)
    expect(second! / first!).toBeCloseTo(1 / 2, 1)
    expect(fifth! / first!).toBeCloseTo(1 / 5, 1)
  })

  it('have the needle in about 1 % of the lines, as a word and nowhere else', () => {
    const holding = lines.filter((line) => line.includes(NEEDLE)).length
    expect(holding / lines.length).toBeCloseTo(0.01, 3)
    expect(words.filter((line) => line.includes(NEEDLE)).length).toBe(holding)
  })

  it('depend on the seed, and only on it', () => {
    const small = { lines: 500, lineBytes: 40 }
    expect(syntheticLines({ ...small, seed: 7 })).toEqual(syntheticLines({ ...small, seed: 7 }))
    expect(syntheticLines({ ...small, seed: 7 })).not.toEqual(syntheticLines(small))
  })

  it('are as long as an input is asked for', () => {
    const { bytes, offsets } = makeInput('lines', { records: 50, recordBytes: 1_000 })
    expect(offsets).toEqual(Uint32Array.from({ length: 51 }, (_, record) => record * 1_001))
    const long = Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1)
    expect(long.map((line) => line.length)).toEqual(new Array(50).fill(1_000))
    // Full of words up to the first that is too long.
    expect(long.every((line) => line.trimEnd().length >= 970)).toBe(true)
  })

  it('are refused where they cannot be', () => {
    for (const options of [{ lines: 0 }, { lineBytes: 15 }, { seed: -1 }, { lines: 50_000_000 }]) {
      expect(() => syntheticLines(options)).toThrow(/a pool has 1 line or more/)
    }
  })
})
