/**
 * The world as one simulated process sees it: every call is answered by what the simulation's parts do in virtual time.
 *
 * Storage completes as an inbound after the disk's delay. What who was stopped had asked for is carried out all the same, as on
 * threads; who was killed had handed it over, or not: that is drawn. Nobody is told then. A disk that tears writes may have left half of
 * one that was not handed over.
 */
import { discard } from '../../columns/memory.ts'
import { type CostModel, costOf } from '../../cost/cost-model.ts'
import type { ScaledMeter } from '../../cost/meter.ts'
import type { HistoryFields } from '../../metrics/history.ts'
import type { Commit, CommitOutcome } from '../../output/commit.ts'
import type { KeptRows } from '../../output/kept-rows.ts'
import type { AnswerPart } from '../../queries/answer.ts'
import type { Nanos } from '../../units.ts'
import { type Random, seededRandom } from '../random.ts'
import type { Inbound, Storage, World } from '../world.ts'
import type { Disk } from './disk.ts'
import {
  FATES_OF_FILES,
  FATES_OF_REMAINS,
  FATES_OF_WRITES,
  type StorageFaults,
  type WriteFate,
} from './faults/storage-faults.ts'
import type { SimulatedAuthority } from './simulated-authority.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** The parts of a simulation that a process's world is made of. */
export interface WorldParts {
  readonly seed: number
  readonly costs: CostModel
  readonly meter: ScaledMeter
  readonly clock: VirtualClock
  readonly disk: Disk
  /** Of a run whose plan has faults. */
  readonly storageFaults: StorageFaults | undefined
  /** Tells what becomes of what the killed have asked storage for. */
  readonly remains: Random
  readonly authority: SimulatedAuthority
  readonly rows: KeptRows
  commit(life: SimulatedProcess, commit: Commit): CommitOutcome
  answer(part: AnswerPart): void
  record(life: SimulatedProcess, event: string, fields?: HistoryFields): void
  /** Lets the process run as soon as its core is free. */
  wake(life: SimulatedProcess): void
}

export function worldOf(life: SimulatedProcess, parts: WorldParts): World {
  const { process, incarnation, region, skewed } = life
  const { clock, costs, meter } = parts
  return {
    process,
    incarnation,
    region,
    now: skewed === undefined ? () => clock.now() : () => skewed.now(),
    transport: life.session!,
    random: seededRandom(parts.seed, process, incarnation),
    authority: parts.authority,
    ledger: {
      commit(commit) {
        clock.charge(costOf(costs, 'kernel', 1, 'commit'))
        return parts.commit(life, commit)
      },
    },
    history: { append: (event, fields) => parts.record(life, event, fields) },
    storage: storageOf(life, parts),
    charge: (seam, units, kernel) => clock.charge(costOf(costs, seam, units, kernel)),
    meter,
    count: (counter, by) => life.count(counter, by),
    keepRows: (rows) => parts.rows.add(rows),
    answer: (part) => parts.answer({ ...part, at: clock.now() }),
  }
}

const SERVED_SHARE = 0.5

type Completion = Omit<Extract<Inbound, { kind: 'storage' }>, 'kind' | 'request'>

function storageOf(life: SimulatedProcess, parts: WorldParts): Storage {
  const { clock, disk, meter, remains, storageFaults: faults } = parts
  const completing = (delay: Nanos, act: () => Completion | undefined): number => {
    const number = life.nextRequest++
    const factor = faults?.slowness() ?? 1
    clock.at(clock.now() + (factor === 1 ? delay : Math.round(delay * factor)), () => {
      const completion = act()
      if (!life.lives || completion === undefined) return
      life.inbounds.push({ kind: 'storage', request: number, ...completion })
      parts.wake(life)
    })
    return number
  }
  const delayOf = (bytes: number): Nanos => disk.delay(bytes * meter.savedFactor)
  const isServed = (): boolean => life.state !== 'killed' || remains.unit() < SERVED_SHARE
  const request = (bytes: number, act: () => Completion): number =>
    completing(delayOf(bytes), () => (isServed() ? act() : undefined))
  const write = (name: string, bytes: Uint8Array): number => {
    const copy = bytes.slice()
    // Given away, as on threads: who uses them again fails in every test.
    discard(bytes)
    return completing(delayOf(copy.length), () => {
      const served = isServed()
      const fate = faults?.fateOfWrite(served ? FATES_OF_WRITES : FATES_OF_REMAINS) ?? 'whole'
      if (fate === 'torn') disk.put(name, copy.slice(0, copy.length >> 1))
      if (!served) return undefined
      if (fate === 'whole') disk.put(name, copy)
      if (fate === 'lost') disk.remove(name)
      return endOf(fate, copy)
    })
  }
  return {
    write,
    writeScratch: write,
    read: (name) =>
      request(disk.get(name)?.length ?? 0, () => {
        const bytes = disk.get(name)
        return bytes ? { outcome: 'done', bytes: bytes.slice() } : { outcome: 'missing' }
      }),
    publish: (name, bytes) => {
      const copy = bytes.slice()
      discard(bytes)
      return completing(disk.fileDelay(copy.length), () => {
        if (!life.lives && !disk.servesTheDead()) return undefined
        const { reason } = endOf(faults?.fateOfWrite(FATES_OF_FILES) ?? 'whole', copy)
        return disk.publish({ name, bytes: copy, at: clock.now() }, reason)
      })
    },
    list: (prefix) => request(0, () => ({ outcome: 'done', names: disk.list(prefix) })),
    remove: (name) => request(0, () => ({ outcome: disk.remove(name) ? 'done' : 'missing' })),
  }
}

/** What a writer is told: of a blob that is lost, that all is well. */
function endOf(fate: WriteFate, { length }: Uint8Array): Completion {
  if (fate === 'full') return { outcome: 'failed', reason: 'no space left on the disk' }
  if (fate === 'torn') return { outcome: 'failed', reason: `broke off after ${length >> 1} bytes` }
  return { outcome: 'done' }
}
