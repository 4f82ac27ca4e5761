/** All rows in one command: what goes first, of which commit, and what becomes of the statuses. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ExitStatus } from '../cli/exit-status.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { type Before, benchAll } from './all.ts'
import { fullScale } from './subjects.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function ioOf(given: Partial<CommandIo> = {}) {
  return cannedIo(root, {
    trial: async ({ rate, tick }) => cannedOutcome({ rate, capacity: 5_000_000, tick }),
    ...given,
  })
}

async function all(statuses: readonly ExitStatus[]) {
  const io = ioOf()
  const before = statuses.map((status, at): Before => {
    return {
      name: `command ${at}`,
      takes: `${at} minutes`,
      run: async ({ print }, seed) => {
        print(`command ${at} with seed ${seed}`)
        return status
      },
    }
  })
  const options = { rows: ['a-a'], repeats: 5, seed: 7, scale: { ...fullScale, records: 1_000 } }
  const status = await benchAll(options, io, before)
  return { status, printed: io.printed }
}

it('says how long it takes, then runs the others, then the bench', async () => {
  const { status, printed } = await all([0, 0])
  expect(status).toBe(0)
  expect(printed.slice(0, 3)).toEqual([
    expect.stringMatching(
      /^command 0 \(0 minutes\), command 1 \(1 minutes\), then all rows of the bench \(about /,
    ),
    'command 0 with seed 7',
    'command 1 with seed 7',
  ])
  expect(printed[3]).toMatch(/A\/A.* 1\.00× .* 5 +pass/)
})

it('ends with the worst status', async () => {
  expect((await all([2, 0])).status).toBe(2)
  expect((await all([2, 1])).status).toBe(1)
})

it('refuses a checkout that was changed before anything is measured', async () => {
  const { environment } = ioOf()
  for (const changed of [{ dirty: true }, { dirty: null }, { commit: null }]) {
    const io = ioOf({ environment: () => ({ ...environment(), ...changed }) })
    await expect(benchAll({}, io)).rejects.toThrow(/of the very commit/)
    expect(io.trials).toEqual([])
  }
})
