/** Quantities and names: tables of what is read, and of what is refused with which words. */
import { describe, expect, it } from 'vitest'
import { ConfigurationError, RecoveryError, ResultError } from '../../engines/core/errors.ts'
import { editDistance, nearest } from '../../engines/core/nearest.ts'
import { exitStatusOf, exitStatusOfError } from './exit-status.ts'
import {
  formatDuration,
  formatRate,
  formatSize,
  parseCount,
  parseDuration,
  parseName,
  parseNames,
  parseRate,
  parseSize,
} from './options.ts'

type Parse = (option: string, text: string) => unknown

const reads = (parse: Parse, table: Readonly<Record<string, number>>): void => {
  for (const [text, value] of Object.entries(table)) expect(parse('x', text), text).toBe(value)
}

const refuses = (parse: Parse, table: Readonly<Record<string, RegExp>>): void => {
  for (const [text, message] of Object.entries(table)) {
    expect(() => parse('x', text), text).toThrow(ConfigurationError)
    expect(() => parse('x', text), text).toThrow(message)
  }
}

describe('rates', () => {
  it('are read', () =>
    reads(parseRate, {
      '2M/s': 2e6,
      '500k': 5e5,
      '1.5M records/s': 1.5e6,
      '800 records/s': 800,
      '1_000_000/s': 1e6,
      '0.3M': 300_000,
      ' 2 M/s ': 2e6,
    }))
  it('are refused', () =>
    refuses(parseRate, {
      '2000': /--x 2000: no unit\. A rate is in records\/s.*Write 2M\/s/,
      '2m/s': /unit “m\/s”/,
      '2M/min': /unit “M\/min”/,
      '0/s': /0\/s is out of range\. It is at least 1\/s/,
      '-2M': /-2M is out of range\. No quantity here is negative/,
      fast: /no number/,
      '': /no number/,
      '1e999/s': /no number/,
    }))
})

describe('durations', () => {
  it('are read', () =>
    reads(parseDuration, {
      '250ms': 250e6,
      '10s': 10e9,
      '2m': 120e9,
      '1.5h': 5400e9,
      '0.1ms': 100_000,
      '1.1 s': 1_100_000_000,
      '100us': 100_000,
      '100µs': 100_000,
      '500ns': 500,
    }))
  it('are refused', () =>
    refuses(parseDuration, {
      '10': /no unit\. A duration has a unit: ns, us, µs, ms, s/,
      '10 days': /unit “days”/,
      '0s': /out of range/,
      '0.5ns': /0.5 ns\. A duration is whole nanoseconds/,
      '5constructor': /unit “constructor”/,
      '1_0__0s': /no number|unit/,
    }))
  it('are held to a range', () => {
    const range = { min: 1e6, max: 10e9 }
    expect(parseDuration('tick', '10s', range)).toBe(10e9)
    expect(() => parseDuration('tick', '11s', range)).toThrow(
      '--tick 11s: 11s is out of range. It is from 1ms to 10s. Give a value in the range.',
    )
  })
})

describe('sizes and counts', () => {
  it('are read', () => {
    reads(parseSize, { '64MiB': 67_108_864, '100kB': 100_000, '512B': 512, '1.5KiB': 1536 })
    reads(parseCount, { '4': 4, '10_000': 10_000, '200k': 200_000, '0': 0 })
  })
  it('are refused', () => {
    refuses(parseSize, {
      '64': /no unit/,
      '64MB/s': /unit/,
      '0.3B': /whole bytes/,
      '64mib': /unit/,
    })
    refuses(parseCount, { '1.5': /whole number/, '4s': /unit “s”/, '-1': /-1 is out of range/ })
  })
})

describe('formats', () => {
  it('are read back', () => {
    for (const rate of [800, 1e3, 2e6, 1.25e6, 3e9]) {
      expect(parseRate('x', formatRate(rate))).toBe(rate)
    }
    for (const nanos of [500, 100_000, 250e6, 1.5e9, 120e9, 600e9]) {
      expect(parseDuration('x', formatDuration(nanos))).toBe(nanos)
    }
    for (const bytes of [512, 1536, 2 ** 26]) expect(parseSize('x', formatSize(bytes))).toBe(bytes)
  })
})

describe('names', () => {
  const workloads = ['word-count', 'grep', 'top-k', 'page-views'] as const
  it('are read, one or a list', () => {
    expect(parseName('workload', 'grep', workloads)).toBe('grep')
    expect(parseNames('workload', 'top-k, grep', workloads)).toEqual(['top-k', 'grep'])
    expect(parseNames('workload', 'all', workloads)).toBe(workloads)
  })
  it('are refused with the nearest', () => {
    expect(() => parseName('workload', 'word-cuont', workloads)).toThrow(
      '--workload word-cuont: no such workload. It is one of word-count, grep, top-k, page-views. ' +
        'Did you mean word-count.',
    )
    expect(() => parseName('workload', 'join', workloads)).toThrow(/Choose one of them/)
    expect(() => parseNames('workload', 'grep,grep', workloads)).toThrow(/grep twice/)
  })
  it('the nearest', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3)
    expect(editDistance('ab', 'ba')).toBe(1)
    expect(nearest('GREP', workloads)).toBe('grep')
    expect(nearest('page', workloads)).toBe('page-views')
    expect(nearest('dstreams', ['timely', 'dstream'])).toBe('dstream')
    expect(nearest('flink', ['timely', 'dstream'])).toBeUndefined()
  })
})

describe('exit status', () => {
  it('0 valid, 1 invalid, 2 unknown', () => {
    expect(exitStatusOf(['valid', 'valid'])).toBe(0)
    expect(exitStatusOf(['valid', 'unknown', 'invalid'])).toBe(1)
    expect(exitStatusOf(['valid', 'unknown'])).toBe(2)
    expect(exitStatusOf([])).toBe(2)
  })
  it("1 for the user's errors, 2 for others", () => {
    expect(exitStatusOfError(new ConfigurationError('x'))).toBe(1)
    expect(exitStatusOfError(new ResultError('x'))).toBe(1)
    expect(exitStatusOfError(new RecoveryError('x'))).toBe(2)
    expect(exitStatusOfError('x')).toBe(2)
  })
})
