/**
 * The world as one simulated process sees it: every call is answered by what the simulation's parts do in virtual time.
 *
 * Storage completes as an inbound after the disk's delay. A process that died meanwhile never handed its bytes over: its write
 * did not happen. Of a file that it was publishing, the disk draws whether it did.
 */
import { discard } from '../../columns/memory.ts'
import { type CostModel, costOf } from '../../cost/cost-model.ts'
import type { ScaledMeter } from '../../cost/meter.ts'
import type { HistoryFields } from '../../metrics/history.ts'
import type { Commit, CommitOutcome } from '../../output/commit.ts'
import type { AnswerPart } from '../../queries/answer.ts'
import type { Nanos } from '../../units.ts'
import { seededRandom } from '../random.ts'
import type { Inbound, Storage, World } from '../world.ts'
import type { Disk } from './disk.ts'
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
  readonly authority: SimulatedAuthority
  commit(life: SimulatedProcess, commit: Commit): CommitOutcome
  answer(part: AnswerPart): void
  record(life: SimulatedProcess, event: string, fields?: HistoryFields): void
  /** Lets the process run as soon as its core is free. */
  wake(life: SimulatedProcess): void
}

export function worldOf(life: SimulatedProcess, parts: WorldParts): World {
  const { process, incarnation, region } = life
  const { clock, costs, meter } = parts
  return {
    process,
    incarnation,
    region,
    now: () => clock.now(),
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
    keepRows: (rows) => {
      life.rows.push(rows)
    },
    answer: (part) => parts.answer({ ...part, at: clock.now() }),
  }
}

type Completion = Omit<Extract<Inbound, { kind: 'storage' }>, 'kind' | 'request'>

function storageOf(life: SimulatedProcess, parts: WorldParts): Storage {
  const { clock, disk, meter } = parts
  const completing = (delay: Nanos, act: () => Completion | undefined): number => {
    const number = life.nextRequest++
    clock.at(clock.now() + delay, () => {
      const completion = act()
      if (life.state !== 'running' || completion === undefined) return
      life.inbounds.push({ kind: 'storage', request: number, ...completion })
      parts.wake(life)
    })
    return number
  }
  const request = (bytes: number, act: () => Completion): number => {
    const delay = disk.delay(bytes * meter.savedFactor)
    return completing(delay, () => (life.state === 'running' ? act() : undefined))
  }
  const write = (name: string, bytes: Uint8Array): number => {
    const copy = bytes.slice()
    // Given away, as on threads: who uses them again fails in every test.
    discard(bytes)
    return request(copy.length, () => {
      disk.put(name, copy)
      return { outcome: 'done' }
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
        if (life.state !== 'running' && !disk.servesTheDead()) return undefined
        return disk.publish({ name, bytes: copy, at: clock.now() })
      })
    },
    list: (prefix) => request(0, () => ({ outcome: 'done', names: disk.list(prefix) })),
    remove: (name) => request(0, () => ({ outcome: disk.remove(name) ? 'done' : 'missing' })),
  }
}
