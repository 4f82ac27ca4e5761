/**
 * The window of live input.
 *
 *   window:   what is located is what was put, dealt in turn; dueBefore counts stamps; a full lane refuses until released
 *   frontier: the clock while the source is idle, the stamp while it is busy
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../../columns/memory.ts'
import { LiveLog } from './live-log.ts'
import { pagesOf, type WindowSpan, windowBytes } from './window-layout.ts'
import { WindowWriter } from './window-writer.ts'

function windowOf(partitions: number) {
  const memory = RunMemory.reserve(PAGE_BYTES + windowBytes(partitions))
  const span: WindowSpan = { base: PAGE_BYTES, partitions, pages: pagesOf(partitions) }
  const clock = { now: 0 }
  const log = new LiveLog(memory, span, () => clock.now)
  return { memory, log, clock, writer: new WindowWriter(memory, span) }
}

type Window = ReturnType<typeof windowOf>

function put({ writer, clock }: Window, at: number, lines: readonly string[]): number {
  clock.now = at
  writer.begin(() => clock.now)
  let taken = 0
  while (taken < lines.length && writer.put(Buffer.from(lines[taken]!))) taken += 1
  writer.publish()
  return taken
}

function read({ memory, log }: Window, partition: number, from: number, to: number): string[] {
  const lines: string[] = []
  log.locate(partition, from, to, ({ pool, first, count }) => {
    for (let record = first; record < first + count; record++) {
      const start = memory.u32[pool.offsets / 4 + record]!
      const end = memory.u32[pool.offsets / 4 + record + 1]!
      lines.push(Buffer.from(memory.bytes(pool.bytes + start, end - start - 1)).toString())
    }
  })
  return lines
}

describe('the window', () => {
  it('gives back what was put in, dealt in turn, with its stamps', () => {
    const window = windowOf(3)
    let at = 0
    let all: { line: string; at: number }[] = []
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), fc.array(fc.string({ unit: 'grapheme-ascii' })))),
        (runs) => {
          for (const [pause, lines] of runs) {
            at += pause
            expect(put(window, at, lines)).toBe(lines.length)
            all.push(...lines.map((line) => ({ line, at })))
          }
          const { log } = window
          for (let p = 0; p < 3; p++) {
            const mine = all.filter((_, index) => index % 3 === p)
            const end = log.dueBefore(p, at + 1)
            expect(end).toBe(mine.length)
            const from = Math.floor(end / 2)
            const read_ = read(window, p, from, end)
            expect(read_).toEqual(mine.slice(from).map(({ line }) => line))
            for (const instant of [0, at >> 1, at - 1, at]) {
              const due = mine.filter((record) => record.at < instant).length
              expect(log.dueBefore(p, instant)).toBe(due)
              if (due < end) expect(log.dueOf(p, due)).toBe(mine[due]!.at)
            }
          }
        },
      ),
      { numRuns: 30 },
    )
    all = []
  })

  it('refuses what has no room until its oldest page is released', () => {
    const window = windowOf(1)
    const pages = pagesOf(1)
    const line = (number: number): string => String(number).repeat(600_000).slice(0, 600_000)
    for (let number = 0; number < pages; number++) {
      expect(put(window, number, [line(number)])).toBe(1)
    }
    expect(put(window, 100, [line(100)])).toBe(0)
    window.log.release(0, 1)
    expect(put(window, 101, [line(101), line(102)])).toBe(1)
    window.log.release(0, 3)
    window.log.release(0, 2)
    expect(put(window, 103, [line(103), line(104), line(105)])).toBe(2)
    const end = window.log.dueBefore(0, 1_000)
    expect(end).toBe(pages + 3)
    expect(read(window, 0, end - 1, end)).toEqual([line(104)])
    expect(read(window, 0, 3, 4)).toEqual([line(3)])
    expect(window.log.dueBefore(0, 101)).toBe(pages)
  })

  it('has the clock as its frontier, and the stamp while records are put in', () => {
    const { log, clock, writer } = windowOf(2)
    clock.now = 50
    expect(log.frontier()).toBe(50)
    writer.begin(() => clock.now)
    clock.now = 60
    writer.put(Buffer.from('a'))
    expect(log.frontier()).toBe(50)
    expect(log.dueBefore(0, 100)).toBe(0)
    writer.publish()
    expect(log.frontier()).toBe(60)
    expect(log.dueBefore(0, 51)).toBe(1)
  })
})
