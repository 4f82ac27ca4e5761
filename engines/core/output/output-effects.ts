/**
 * What outputs do beside being committed, and before it: `save` makes a file of rows, `foreachBatch` calls a function.
 *
 *   rows of a tick and partition are all there ──begin──▶ the file is durable, the function has returned ──▶ commit
 *
 * That order is all there is to exactly-once files. A kill between the two leaves a file without a commit; whoever
 * computes the tick again writes it again, under the same name and with the same bytes (`saved-file.ts`), which storage
 * finds there already. A file with other bytes is never replaced: it ends the run. A function is called again then, with
 * equal rows in equal order.
 */
import type { ProcessSetup } from '../engine.ts'
import { StorageError, UserFunctionError } from '../errors.ts'
import { shownRecord } from '../operators/user-function.ts'
import type { DataflowOutput } from '../plan/dataflow.ts'
import { formatDuration, instantText } from '../plan/duration.ts'
import { described } from '../plan/node-kinds.ts'
import { clockStart, type RunConfig } from '../run-config.ts'
import type { TickEnd } from '../units.ts'
import type { Inbound, World } from '../world/world.ts'
import type { Commit } from './commit.ts'
import { contentOf, inOrder, type Rows, savedName } from './saved-file.ts'

/** What an output does before it may be committed. */
export interface OutputEffect {
  readonly done: boolean
}

type Place = Pick<Commit, 'output' | 'partition' | 'tick'>
type StorageEnd = Extract<Inbound, { kind: 'storage' }>

interface Saving {
  readonly effect: { done: boolean }
  readonly place: Place
  /** Until the file is durable: it may have to be made once more. */
  readonly rows: Rows
  readonly failures: number
}

/** A file that storage has refused so often will not be written. */
const FAILURES_MAX = 3

const DONE: OutputEffect = { done: true }

/** Which outputs do something beside being committed: those need their rows, whatever the run keeps. */
export function effectOf(
  { node }: Pick<DataflowOutput, 'node'>,
  { saveAll }: Pick<RunConfig, 'saveAll'>,
): 'nothing' | 'save' | 'call' {
  if (node.kind === 'foreachBatch') return 'call'
  return node.kind === 'save' || saveAll ? 'save' : 'nothing'
}

export class OutputEffects {
  readonly #world: Pick<World, 'storage' | 'history' | 'count'>
  readonly #setup: Pick<ProcessSetup, 'config' | 'dataflow'>
  readonly #saving = new Map<number, Saving>()

  constructor(
    world: Pick<World, 'storage' | 'history' | 'count'>,
    setup: Pick<ProcessSetup, 'config' | 'dataflow'>,
  ) {
    this.#world = world
    this.#setup = setup
  }

  /** Whether files are on their way: the end of each reaches the process as an inbound. */
  get waiting(): boolean {
    return this.#saving.size > 0
  }

  /** Errors: `UserFunctionError` of a function that was called, `CapacityError` for a file that is too large. */
  begin(place: Place, rows: Rows): OutputEffect {
    const output = this.#outputAt(place)
    switch (effectOf(output, this.#setup.config)) {
      case 'nothing':
        return DONE
      case 'call':
        this.#call(output.node, rows, place.tick)
        return DONE
      case 'save': {
        if (rows.length === 0) return DONE
        const effect = { done: false }
        this.#write({ effect, place, rows, failures: 0 })
        return effect
      }
    }
  }

  /**
   * Takes the end of a storage request; returns whether it was one of these.
   * Errors: `StorageError` for a file that cannot be written, or is there with other bytes.
   */
  completed({ request, outcome, reason }: StorageEnd): boolean {
    const saving = this.#saving.get(request)
    if (saving === undefined) return false
    this.#saving.delete(request)
    if (outcome === 'done') {
      saving.effect.done = true
      this.#world.count('savedFiles', 1)
      return true
    }
    const name = this.#nameOf(saving.place)
    if (outcome === 'contradicted') {
      this.#world.history.append('save-contradicted', { name })
      throw this.#contradicted(saving.place, name)
    }
    this.#world.history.append('save-failed', { name, reason: reason ?? outcome })
    const failures = saving.failures + 1
    if (failures === FAILURES_MAX) throw this.#refused(saving.place, name, reason ?? outcome)
    this.#write({ ...saving, failures })
    return true
  }

  /** A new generation has begun: what is written stays written, and nobody waits for it. */
  forget(): void {
    this.#saving.clear()
  }

  #write(saving: Saving): void {
    const { place, rows } = saving
    const name = this.#nameOf(place)
    const bytes = contentOf(name, place.tick, rows)
    this.#world.count('savedBytes', bytes.length)
    this.#saving.set(this.#world.storage.publish(name, bytes), saving)
  }

  #call(node: DataflowOutput['node'], rows: Rows, tick: TickEnd): void {
    if (node.kind !== 'foreachBatch') return
    const sorted = inOrder(tick, rows)
    let returned: unknown
    try {
      returned = node.f(sorted, tick)
    } catch (cause) {
      const threw = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
      throw this.#misused(node, sorted, tick, `its function threw ${threw}`, cause)
    }
    if (typeof (returned as { then?: unknown } | null | undefined)?.then === 'function') {
      throw this.#misused(node, sorted, tick, 'its function returned a promise')
    }
  }

  #outputAt({ output }: Pick<Place, 'output'>): DataflowOutput {
    return this.#setup.dataflow.outputs[output]!
  }

  #nameOf(place: Place): string {
    return savedName(this.#outputAt(place).name, place)
  }

  #misused(
    node: DataflowOutput['node'],
    rows: Rows,
    tick: TickEnd,
    found: string,
    cause?: unknown,
  ): UserFunctionError {
    const at = instantText(tick, clockStart(this.#setup.config.input), formatDuration)
    const shown = shownRecord(rows)
    return new UserFunctionError(
      {
        asked: `${described(node)} of the rows ${shown} in the tick that ends at ${at}`,
        found,
        rule: 'the function of foreachBatch has done its work when it returns: the rows are committed then',
        remedy: 'Handle what may go wrong in the function, and do in it what needs no waiting',
      },
      { operator: node.kind, node: node.id, record: shown, tick },
      cause,
    )
  }

  #contradicted(place: Place, name: string): StorageError {
    return new StorageError(
      {
        asked: `${described(this.#outputAt(place).node)}: the file ${name}`,
        found: 'a file of this name with other content',
        rule: 'files are named by logical time and never overwritten, and what is computed again is equal to the last byte',
        remedy:
          'Let the plan’s functions depend on their records alone, and leave the folder to one run',
      },
      { name, ...place },
    )
  }

  #refused(place: Place, name: string, reason: string): StorageError {
    return new StorageError(
      {
        asked: `${described(this.#outputAt(place).node)}: the file ${name}`,
        found: reason,
        rule: `a file is tried ${FAILURES_MAX} times, and its rows are committed when it is durable`,
        remedy: 'Make room where files are saved, or name another folder, and run again',
      },
      { name, ...place },
    )
  }
}
