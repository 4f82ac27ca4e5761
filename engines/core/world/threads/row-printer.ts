/**
 * Prints what outputs save, as it is committed: whole ticks in their order, in a tick by output and partition, each once.
 *
 * A file is in its folder before its rows are committed, so what is committed can be printed, whoever has died since. A file
 * that was printed goes; one that a rollback brings back has been printed.
 */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StorageError } from '../../errors.ts'
import type { TickLog } from '../../input/tick-log.ts'
import type { Commit } from '../../output/commit.ts'
import { savedName } from '../../output/saved-file.ts'
import type { PartitionId } from '../../units.ts'

export interface PrintedOutput {
  readonly output: number
  readonly name: string
  readonly partitions: number
  readonly ticks: TickLog
}

export interface PrintedRows {
  readonly folder: string
  /** A file descriptor. */
  readonly openFile: number
  readonly outputs: readonly PrintedOutput[]
}

export interface RowPrinterHooks {
  /** It has printed what it was behind with. */
  readonly caughtUp: () => void
  readonly failed: (error: StorageError) => void
}

/** Committed files that wait to be printed; then no more commits are to be taken in. */
const BEHIND = 1_024

/** A reader that is slow may have left no room where nobody can wait for it. */
const NO_ROOM_MS = 5

interface Progress extends PrintedOutput {
  /** The tick that is printed next: its number from 1, and its end. */
  ordinal: number
  tick: number
  /** By tick: the rows of each partition that has committed it. */
  readonly come: Map<number, Map<PartitionId, number>>
}

export class RowPrinter {
  #rows: PrintedRows
  #hooks: RowPrinterHooks
  #outputs: readonly Progress[]
  #ready: string[] = []
  #printing: Promise<void> | undefined

  constructor(rows: PrintedRows, hooks: RowPrinterHooks) {
    this.#rows = rows
    this.#hooks = hooks
    this.#outputs = rows.outputs.map((output) => {
      return { ...output, ordinal: 1, tick: output.ticks.endOf(1), come: new Map() }
    })
  }

  get behind(): boolean {
    return this.#ready.length > BEHIND
  }

  committed({ output, partition, tick, rows }: Commit): void {
    const progress = this.#outputs.find((each) => each.output === output)
    if (progress === undefined || tick < progress.tick) return
    const come = progress.come.get(tick) ?? new Map<PartitionId, number>()
    progress.come.set(tick, come)
    if (!come.has(partition)) come.set(partition, rows)
    this.#takeWhole()
    if (this.#ready.length > 0) this.#printing ??= this.#print()
  }

  /** Resolves when all that is whole has been printed. */
  async finish(): Promise<void> {
    await this.#printing
  }

  #takeWhole(): void {
    for (;;) {
      const next = this.#outputs.reduce((a, b) => (b.tick < a.tick ? b : a))
      const { come, tick, name } = next
      const rows = come.get(tick)
      if (rows === undefined || rows.size < next.partitions) return
      for (let partition = 0; partition < next.partitions; partition++) {
        if (rows.get(partition)! > 0) this.#ready.push(savedName(name, { tick, partition }))
      }
      come.delete(tick)
      next.ordinal += 1
      next.tick = next.ticks.endOf(next.ordinal)
    }
  }

  async #print(): Promise<void> {
    const { folder, openFile } = this.#rows
    try {
      for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
        const path = join(folder, next)
        await writeAll(openFile, await fs.promises.readFile(path))
        await fs.promises.unlink(path)
        if (this.#ready.length === BEHIND) this.#hooks.caughtUp()
      }
      this.#printing = undefined
    } catch (error) {
      // What comes now waits for a printer that has ended.
      this.#hooks.failed(notPrinted(error))
    }
  }
}

async function writeAll(file: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const written = await write(file, bytes.subarray(at))
    if (written === undefined) await delay(NO_ROOM_MS)
    else at += written
  }
}

/** Bytes that were written; undefined where there is no room now. */
function write(file: number, bytes: Uint8Array): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    fs.write(file, bytes, (error, written) => {
      if (error === null) resolve(written)
      else if (error.code === 'EAGAIN') resolve(undefined)
      else reject(error)
    })
  })
}

function notPrinted(error: unknown): StorageError {
  return new StorageError(
    {
      asked: 'print the rows that are committed',
      found: (error as NodeJS.ErrnoException).code ?? String(error),
      rule: 'rows are printed tick by tick as long as the run goes on',
      remedy: 'Let who reads them read on, or save them in a folder',
    },
    {},
    error,
  )
}
