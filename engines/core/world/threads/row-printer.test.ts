/** Printed rows: whole ticks in order, whatever the order of commits, each once. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TickLog } from '../../input/tick-log.ts'
import { savedName } from '../../output/saved-file.ts'
import { type PrintedRows, RowPrinter } from './row-printer.ts'

const NAMES = ['each', 'slow'] as const

let folder: string
let openFile: number
let failures: Error[]

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'printed-test-'))
  for (const name of NAMES) fs.mkdirSync(join(folder, name))
  openFile = fs.openSync(join(folder, 'printed'), 'w')
  failures = []
})

afterEach(() => {
  fs.closeSync(openFile)
  fs.rmSync(folder, { recursive: true })
})

/** Output 0 on two partitions every 10 ns, output 1 on one every 20 ns. */
function printerTo(file: number): RowPrinter {
  const outputs: PrintedRows['outputs'] = [
    { output: 0, name: NAMES[0], partitions: 2, ticks: new TickLog(10) },
    { output: 1, name: NAMES[1], partitions: 1, ticks: new TickLog(20) },
  ]
  return new RowPrinter(
    { folder, openFile: file, outputs },
    { caughtUp: () => {}, failed: (error) => failures.push(error) },
  )
}

function commit(printer: RowPrinter, output: 0 | 1, partition: number, tick: number, rows = 1) {
  const path = join(folder, savedName(NAMES[output], { tick, partition }))
  if (rows > 0) fs.writeFileSync(path, `${tick} ${output} ${partition}\n`)
  printer.committed({ generation: 1, output, partition, tick, rows, lane0: 0, lane1: 0 })
}

const printed = () => fs.readFileSync(join(folder, 'printed'), 'utf8').trimEnd().split('\n')

test('a tick is printed when all of it is there, and none before the one before it', async () => {
  const printer = printerTo(openFile)
  commit(printer, 1, 0, 20)
  commit(printer, 0, 1, 20)
  commit(printer, 0, 0, 20)
  commit(printer, 0, 1, 10)
  await printer.finish()
  expect(printed()).toEqual([''])
  commit(printer, 0, 0, 10)
  await printer.finish()
  expect(printed()).toEqual(['10 0 0', '10 0 1', '20 0 0', '20 0 1', '20 1 0'])
  expect(fs.readdirSync(join(folder, 'each'))).toEqual([])
})

test('what is committed again after a rollback is not printed again, and nothing is of what has no rows', async () => {
  const printer = printerTo(openFile)
  commit(printer, 0, 0, 10)
  commit(printer, 0, 1, 10, 0)
  await printer.finish()
  for (const partition of [0, 1]) commit(printer, 0, partition, 10)
  for (const partition of [1, 1, 0]) commit(printer, 0, partition, 20)
  commit(printer, 1, 0, 20, 0)
  await printer.finish()
  expect(printed()).toEqual(['10 0 0', '20 0 0', '20 0 1'])
})

test('says how far it is behind, and when it cannot go on', async () => {
  const reading = fs.openSync(join(folder, 'printed'), 'r')
  const printer = printerTo(reading)
  for (let tick = 10; tick <= 20_000; tick += 10) {
    for (const partition of [0, 1]) commit(printer, 0, partition, tick)
    if (tick % 20 === 0) commit(printer, 1, 0, tick, 0)
  }
  expect(printer.behind).toBe(true)
  await printer.finish()
  fs.closeSync(reading)
  expect(failures.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^print the rows that are committed: EBADF/),
  ])
})
