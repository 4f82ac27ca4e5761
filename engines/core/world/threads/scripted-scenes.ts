/**
 * The scenes of the scripted engine: one small process each, that tries one thing of the world and tells in the history
 * what came of it. Every scene ends in committing all ticks of the partitions that its process owns.
 */
import type { ProcessSetup } from '../../engine.ts'
import { POISON_BYTE } from '../../faults/fault.ts'
import { type Member, partitionsOf } from '../../membership/membership.ts'
import type { CommitOutcome } from '../../output/commit.ts'
import type { RunConfig } from '../../run-config.ts'
import type { Nanos, PartitionId } from '../../units.ts'
import type { Inbound, Process, TransportClass, World } from '../world.ts'

export const ECHO_MESSAGES = 1_500
/** More than the storage's rings hold. */
export const BLOB_BYTES = 3_000_000
const MARK_BYTES = 4096
const MARK_BYTE = 0x11

/** Commits what its partitions owe, tick after tick; a change of generation makes it start again. */
export class Committer implements Process {
  protected world: World
  protected config: RunConfig
  #generation = 0
  #next = new Map<PartitionId, Nanos>()

  constructor(world: World, config: RunConfig) {
    this.world = world
    this.config = config
  }

  receive(_inbound: Inbound): void {}

  step(): Nanos {
    return this.commitDue()
  }

  protected commitDue(): Nanos {
    const { world, config } = this
    if (world.authority.generation() !== this.#generation) {
      const membership = world.authority.current()
      this.#generation = membership.generation
      world.history.append('generation-adopted', {
        generation: membership.generation,
        term: membership.term,
      })
      const owned = partitionsOf(membership, world.process)
      this.#next = new Map(owned.map((partition) => [partition, config.tick]))
    }
    const now = world.now()
    let wanted = Number.POSITIVE_INFINITY
    for (const [partition, first] of this.#next) {
      let tick = first
      while (tick <= now && tick <= config.input.duration) {
        const outcome = this.commit(this.#generation, partition, tick)
        if (outcome !== 'accepted') break
        tick += config.tick
      }
      this.#next.set(partition, tick)
      if (tick <= config.input.duration) wanted = Math.min(wanted, Math.max(tick, now + 100_000))
    }
    return wanted
  }

  protected commit(generation: number, partition: PartitionId, tick: Nanos): CommitOutcome {
    const digest = { rows: 1, lane0: partition, lane1: tick % 2 ** 32 }
    return this.world.ledger.commit({ generation, output: 0, partition, tick, ...digest })
  }

  protected send(
    to: number,
    message: { class: TransportClass; channel: number; payload: Uint8Array },
    generation = this.world.authority.generation(),
  ): void {
    this.world.transport.send({ to, generation, ...message })
  }

  protected after(event: string, fields?: Readonly<Record<string, number | string | boolean>>) {
    this.world.history.append(event, fields)
  }
}

/** Process 0 sends numbered messages of growing sizes; the others send them back; all compare order and content. */
export class Echo extends Committer {
  #sent = 0
  #expected = { control: 0, data: 0 }
  #done = false

  override receive(inbound: Inbound): void {
    if (inbound.kind !== 'message') return
    const { memory } = this.world.region
    const { pointer, length } = inbound.payload
    const kind = inbound.channel === 1 ? 'control' : 'data'
    const number = memory.u32[pointer >>> 2]!
    const intact = pointer % 8 === 0 && memory.u8[pointer + length - 1] === (number & 0xff)
    if (number !== this.#expected[kind] || length !== this.#lengthOf(number) || !intact) {
      throw new Error(
        `${kind} message ${number} of ${length} bytes; ${this.#expected[kind]} is next`,
      )
    }
    this.#expected[kind] += 1
    const back = { class: kind, channel: inbound.channel, payload: memory.bytes(pointer, length) }
    if (this.world.process !== 0) this.send(inbound.from, back as never)
  }

  override step(): Nanos {
    if (this.world.process === 0) {
      // Control has no back-pressure but the engine's own restraint: at most 200 messages are on their way.
      const limit = Math.min(ECHO_MESSAGES, this.#expected.control + 200)
      while (this.#sent < limit && !this.world.transport.congested()) {
        const payload = new Uint8Array(this.#lengthOf(this.#sent))
        new DataView(payload.buffer).setUint32(0, this.#sent, true)
        payload[payload.length - 1] = this.#sent & 0xff
        this.send(1, { class: 'data', channel: 2, payload })
        this.send(1, { class: 'control', channel: 1, payload })
        this.#sent += 1
        if (this.#sent % 100 === 0) break
      }
      const { control, data } = this.#expected
      if (control < ECHO_MESSAGES || data < ECHO_MESSAGES) {
        return this.#sent < limit ? this.world.now() : Number.POSITIVE_INFINITY
      }
      if (!this.#done) this.after('echoed', { control, data })
      this.#done = true
    }
    return this.commitDue()
  }

  #lengthOf(number: number): number {
    return 8 + ((number * 97) % 20_000)
  }
}

/** Writes, lists, reads, removes; one request at a time. */
export class StorageScene extends Committer {
  #stage = 0
  #log: string[] = []

  override receive(inbound: Inbound): void {
    if (inbound.kind !== 'storage') return
    const { outcome, bytes, names } = inbound
    const intact = bytes?.every((byte, at) => byte === (at * 7) % 256)
    const shared = bytes !== undefined && bytes.buffer instanceof SharedArrayBuffer
    this.#log.push(
      [outcome, names?.join(','), bytes && `${bytes.length} ${intact} ${shared}`]
        .filter((part) => part !== undefined)
        .join(':'),
    )
    this.#stage += 1
    this.#ask()
  }

  override step(): Nanos {
    if (this.#stage === 0 && this.#log.length === 0) {
      this.#log.push('begin')
      this.#ask()
    }
    return this.#stage < 7 ? Number.POSITIVE_INFINITY : this.commitDue()
  }

  #ask(): void {
    const { storage, process } = this.world
    const own = `checkpoints/${process}/`
    switch (this.#stage) {
      case 0: {
        const blob = new Uint8Array(BLOB_BYTES)
        for (let at = 0; at < BLOB_BYTES; at++) blob[at] = (at * 7) % 256
        storage.write(`${own}b`, blob)
        return
      }
      case 1:
        storage.write(`${own}a`, new Uint8Array(0))
        return
      case 2:
        storage.list(own)
        return
      case 3:
        storage.read(`${own}b`)
        return
      case 4:
        storage.remove(`${own}b`)
        return
      case 5:
        storage.read(`${own}b`)
        return
      case 6:
        storage.list(own)
        return
      case 7:
        this.after('stored', { log: this.#log.slice(1).join(' | ') })
    }
  }
}

/** Everybody proposes a term of its own on generation 1. */
export class ProposeScene extends Committer {
  #proposed = false

  override step(): Nanos {
    const { authority, process } = this.world
    if (!this.#proposed) {
      this.#proposed = true
      authority.propose(1, { ...authority.current(), term: 100 + process })
    }
    return authority.generation() === 1 ? Number.POSITIVE_INFINITY : this.commitDue()
  }
}

/** Process 0 issues generation 2; then everybody first commits in generation 1. */
export class StaleScene extends Committer {
  #proposed = false
  #tried = false

  override step(): Nanos {
    const { authority, process } = this.world
    if (process === 0 && !this.#proposed) {
      this.#proposed = true
      authority.propose(1, authority.current())
    }
    if (authority.generation() === 1) return Number.POSITIVE_INFINITY
    if (!this.#tried) {
      this.#tried = true
      const outcome = this.commit(
        1,
        partitionsOf(authority.current(), process)[0]!,
        this.config.tick,
      )
      this.after('committed-late', { outcome })
    }
    return this.commitDue()
  }
}

/**
 * Process 0 replaces who is silent, and sends data to everybody all the while, more than the rings hold. Every message
 * carries the lives of both ends, so that one of another life is noticed. A first life leaves a mark in its region; a
 * later one looks whether it was poisoned. A life that was never heard of is waited for: it may be starting.
 */
export class HeartbeatScene extends Committer {
  /** By life. */
  #heard = new Map<string, Nanos>()
  #beatAt = 0

  constructor(world: World, config: RunConfig) {
    super(world, config)
    const { memory, base } = world.region
    if (world.incarnation > 1) {
      const bytes = memory.bytes(base, MARK_BYTES)
      this.after('born-again', { poisoned: bytes.every((byte) => byte === POISON_BYTE) })
    }
    memory.u8.fill(MARK_BYTE, world.region.allocate(MARK_BYTES), base + MARK_BYTES)
  }

  override receive(inbound: Inbound): void {
    if (inbound.kind !== 'message') return
    const { memory } = this.world.region
    const { pointer } = inbound.payload
    const { generation, members } = this.world.authority.current()
    const sender = members[inbound.from]!
    const [from, to] = [memory.u8[pointer], memory.u8[pointer + 1]]
    // A membership that has come since this round began may have ended who sent it.
    const isKnown = from === sender.incarnation || inbound.generation < generation
    if (!isKnown || to !== this.world.incarnation) {
      throw new Error(`a message from life ${from} to ${to} reached ${this.world.incarnation}`)
    }
    this.#heard.set(lifeOf({ ...sender, incarnation: from! }), this.world.now())
    this.world.count(inbound.channel === 2 ? 'dataSeen' : 'heartbeatsSeen', 1)
  }

  override step(): Nanos {
    const { world } = this
    const now = world.now()
    if (now >= this.#beatAt) {
      this.#beatAt = now + this.config.detector.heartbeat
      const { members, generation } = world.authority.current()
      for (const { process, incarnation } of members) {
        if (process === world.process) continue
        const payload = new Uint8Array(10_000)
        payload.set([world.incarnation, incarnation])
        // Of the membership that names these lives, whatever has come since.
        const beat = { class: 'control', channel: 1, payload } as const
        if (world.process !== 0) this.send(process, beat, generation)
        for (let i = 0; i < 50 && !world.transport.congested(); i++) {
          this.send(process, { class: 'data', channel: 2, payload }, generation)
        }
      }
    }
    if (world.process === 0) this.#replaceSilent(now)
    return Math.min(this.#beatAt, Math.max(now, this.commitDue()))
  }

  #replaceSilent(now: Nanos): void {
    const { authority, process } = this.world
    const membership = authority.current()
    const members = membership.members.map((member): Member => {
      const heard = this.#heard.get(lifeOf(member)) ?? now
      if (member.process === process || now - heard < this.config.detector.timeout) return member
      this.#heard.delete(lifeOf(member))
      return { ...member, incarnation: member.incarnation + 1 }
    })
    if (members.some((member, at) => member !== membership.members[at])) {
      authority.propose(membership.generation, { ...membership, members })
    }
  }
}

function lifeOf({ process, incarnation }: Member): string {
  return `${process}/${incarnation}`
}

export class RowsScene extends Committer {
  protected override commit(
    generation: number,
    partition: PartitionId,
    tick: Nanos,
  ): CommitOutcome {
    const outcome = super.commit(generation, partition, tick)
    if (outcome === 'accepted' && this.config.keepRows) {
      const rows = [
        [`é${tick}`, undefined],
        [partition, 2n ** 60n],
      ] as const
      this.world.keepRows({ generation, output: 0, partition, tick, rows })
    }
    return outcome
  }
}

/** Fills blocks while it is created, and looks at them when the run has begun. */
export class FillScene extends Committer {
  #filled: Uint8Array
  #looked = false

  constructor(world: World, config: RunConfig) {
    super(world, config)
    const { memory, size } = world.region
    const length = size / 2
    this.#filled = memory.bytes(world.region.allocate(length), length).fill(MARK_BYTE)
  }

  override step(): Nanos {
    if (!this.#looked) this.after('filled', { changed: this.#filled.filter(isChanged).length })
    this.#looked = true
    return this.commitDue()
  }
}

const isChanged = (byte: number): boolean => byte !== MARK_BYTE

export class SilentScene extends Committer {
  override step(): Nanos {
    return Number.POSITIVE_INFINITY
  }
}

/** Tells what the real setup has put together in its thread. */
export class InputScene extends Committer {
  constructor(world: World, setup: ProcessSetup) {
    super(world, setup.config)
    const { input, kernels, dataflow, config } = setup
    const { memory } = world.region
    let records = 0
    let first = ''
    input.locate(0, 0, 1, ({ pool }) => {
      records = pool.records
      const end = memory.u32[pool.offsets / 4 + 1]! - 1
      first = Buffer.from(memory.bytes(pool.bytes, end)).toString()
    })
    const owned = partitionsOf(world.authority.current(), world.process)
    this.after('input-seen', {
      due: owned.reduce((sum, p) => sum + input.dueBefore(p, config.input.duration), 0),
      records,
      first,
      kernels: kernels.mode,
      sameMemory: kernels.memory.buffer === memory.buffer,
      outputs: dataflow.outputs.length,
    })
  }
}
