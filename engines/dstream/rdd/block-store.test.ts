/** The block store: order of use, limit, spill and reload, pins, removal; on a world whose storage answers when told to. */
import { describe, expect, it } from 'vitest'
import { Region, RunMemory } from '../../core/columns/memory.ts'
import { DAMAGES } from '../../core/recovery/damaged-storage.fixture.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import type { World } from '../../core/world/world.ts'
import { encodeCheckpoint, type SavedTable } from '../recovery/checkpoint-file.ts'
import { BlockStore } from './block-store.ts'
import { blockKey } from './rdd.ts'
import { ShuffleWriter } from './shuffle-rows.ts'

const RDD = 0
const PLAN = '0123456789abcdef'

function checkpointOf(tables: readonly SavedTable[]): Uint8Array {
  const writer = { generation: 1, process: 0, incarnation: 1 }
  return encodeCheckpoint({ name: 'checkpoint/9-0', plan: PLAN, ...writer }, tables)
}

/** A table that is a number of bytes with a name. */
function fakeTable(name: string, bytes: number): KeyedTable & { released: boolean } {
  const table = {
    size: 1,
    bytes,
    released: false,
    save: () => new TextEncoder().encode(`${name}/${bytes}`),
    release: () => {
      table.released = true
    },
  }
  return table as unknown as KeyedTable & { released: boolean }
}

function setUp(bytesMax: number, fetch?: (key: number) => boolean) {
  const files = new Map<string, Uint8Array>()
  const counters: Record<string, number> = {}
  let requests = 0
  const pending: (() => void)[] = []
  let isRefusing = false
  const damaged: string[] = []
  const memory = RunMemory.reserve(1 << 20)
  const region = new Region(memory, { name: 'test', base: 65_536, size: 1 << 19 })
  const later = (act: () => { outcome: string; bytes?: Uint8Array }): number => {
    const request = ++requests
    pending.push(() => {
      const { outcome, bytes } = act()
      store.completed(request, outcome, bytes)
    })
    return request
  }
  const world = {
    process: 0,
    incarnation: 1,
    region,
    count: (name: string, by: number) => {
      counters[name] = (counters[name] ?? 0) + by
    },
    storage: {
      write: (name: string, bytes: Uint8Array) => {
        const copy = bytes.slice()
        return later(() => {
          if (isRefusing) return { outcome: 'failed' }
          files.set(name, copy)
          return { outcome: 'done' }
        })
      },
      writeScratch: (name: string, bytes: Uint8Array): number => world.storage.write(name, bytes),
      read: (name: string) =>
        later(() => {
          const bytes = files.get(name)
          return bytes ? { outcome: 'done', bytes } : { outcome: 'missing' }
        }),
      remove: (name: string) => later(() => ({ outcome: files.delete(name) ? 'done' : 'missing' })),
    },
  } as unknown as World
  const factory = {
    load: (saved: Uint8Array) => {
      const [name, bytes] = new TextDecoder().decode(saved).split('/')
      return fakeTable(name!, Number(bytes))
    },
  } as unknown as TableFactory
  const store = new BlockStore(world, {
    bytesMax,
    tablesOf: () => factory,
    plan: PLAN,
    fileOf: (_batch, partition) => `checkpoint/9-${partition}`,
    ...(fetch && { fetch }),
    isNeeded: (_rdd, batch) => batch > 5,
    damaged: (name) => damaged.push(name),
  })
  const put = (batch: number, bytes = 100) => {
    const table = fakeTable(`table ${batch}`, bytes)
    store.put(blockKey(RDD, batch, 0), { kind: 'table', table })
    return table
  }
  const settle = (): void => {
    for (let act = pending.shift(); act; act = pending.shift()) act()
  }
  const refuse = (refuses: boolean): void => {
    isRefusing = refuses
  }
  return { store, files, counters, damaged, put, settle, refuse, region }
}

const key = (batch: number): number => blockKey(RDD, batch, 0)

describe('block store', () => {
  it('spills the least recently used block when it holds too much, and reads it back', () => {
    const { store, files, counters, put, settle } = setUp(250)
    const first = put(1)
    put(2)
    // Used again: the second is now the oldest.
    expect(store.pin(key(1), () => {})).toBe(true)
    store.unpin(key(1))
    put(3)
    settle()
    expect([...files.keys()]).toEqual(['dstream/spill/0.1/0-2-0-1'])
    expect(first.released).toBe(false)
    expect(store.bytes).toBe(200)
    let ready = 0
    expect(
      store.pin(key(2), () => {
        ready += 1
      }),
    ).toBe(false)
    settle()
    expect(ready).toBe(1)
    expect(store.table(key(2)).bytes).toBe(100)
    expect(counters).toMatchObject({ blockHits: 1, blockSpills: 2, blockReloads: 1 })
  })

  it('says which spill is damaged, and never takes it for a block', () => {
    for (const [what, damage] of Object.entries(DAMAGES)) {
      const { store, files, damaged, put, settle } = setUp(150)
      put(1)
      put(2)
      settle()
      const name = 'dstream/spill/0.1/0-1-0-0'
      files.set(name, damage(files.get(name)!))
      let ready = 0
      store.pin(key(1), () => {
        ready += 1
      })
      settle()
      expect(damaged, what).toEqual([name])
      expect(ready, what).toBe(0)
    }
  })

  it('drops a block that was written before without writing it again', () => {
    const { store, counters, put, settle } = setUp(150)
    put(1)
    put(2)
    settle()
    store.pin(key(1), () => {})
    settle()
    store.unpin(key(1))
    settle()
    store.pin(key(2), () => {})
    settle()
    store.unpin(key(2))
    settle()
    expect(counters.blockEvictions).toBeGreaterThanOrEqual(1)
    expect(counters.blockSpills).toBe(2)
  })

  it('gives the oldest to disk when the region is short, whatever the limit; not again and again where storage refuses it', () => {
    const { store, files, counters, put, settle, refuse } = setUp(10_000)
    put(1)
    put(2)
    put(3)
    store.pin(key(1), () => {})
    store.relieve(150)
    expect(store.isSpilling).toBe(true)
    settle()
    expect([...files.keys()]).toEqual(['dstream/spill/0.1/0-2-0-1', 'dstream/spill/0.1/0-3-0-2'])
    expect(store.bytes).toBe(100)
    expect(counters.blockSpills).toBe(2)
    store.unpin(key(1))
    refuse(true)
    store.relieve(1)
    settle()
    expect(store.bytes).toBe(100)
    store.relieve(1)
    expect(store.isSpilling).toBe(false)
    expect(counters.blockSpills).toBe(3)
  })

  it('keeps what is pinned, and removes it with its last pin', () => {
    const { store, put, settle } = setUp(50)
    store.pin(blockKey(RDD, 9, 9), () => {})
    const { store: other, put: putOther } = setUp(1000)
    const table = putOther(1)
    other.pin(key(1), () => {})
    other.pin(key(1), () => {})
    other.remove(key(1))
    other.unpin(key(1))
    expect(table.released).toBe(false)
    other.unpin(key(1))
    expect(table.released).toBe(true)
    expect(other.size).toBe(0)
    expect(() => settle()).toThrow(/block 0-9-9/)
    put(1)
  })

  it('keeps what was to go with its last pin, where it is put again before', () => {
    const { store, put } = setUp(1000)
    const table = put(1)
    store.pin(key(1), () => {})
    store.remove(key(1))
    expect(store.has(key(1))).toBe(false)
    put(1)
    store.unpin(key(1))
    expect(store.has(key(1))).toBe(true)
    expect(table.released).toBe(false)
  })

  it('reads a table that it never had from its checkpoint', () => {
    const { store, files, counters, settle } = setUp(1000)
    const saved = (batch: number) => ({
      rdd: RDD,
      batch,
      bytes: new TextEncoder().encode(`saved/${batch * 10}`),
    })
    files.set('checkpoint/9-0', checkpointOf([5, 6, 7, 8].map(saved)))
    let ready = 0
    const pin = (batch: number) =>
      store.pin(key(batch), () => {
        ready += 1
      })
    expect([pin(7), pin(8)]).toEqual([false, false])
    settle()
    expect(ready).toBe(2)
    expect(store.table(key(7)).bytes).toBe(70)
    // What else of the file is needed came with it; what is not, did not.
    expect([5, 6].map((batch) => store.has(key(batch)))).toEqual([false, true])
    expect(pin(6)).toBe(true)
    expect(counters.blockRestores).toBe(2)
  })

  it('takes a table from the worker that has it', () => {
    const asked: number[] = []
    const { store, counters, settle } = setUp(1000, (wanted) => {
      asked.push(wanted)
      return wanted === key(7)
    })
    let ready = 0
    const count = (): void => {
      ready += 1
    }
    expect(store.pin(key(7), count)).toBe(false)
    expect(store.pin(key(7), count)).toBe(false)
    expect(asked).toEqual([key(7)])
    store.arrived(key(7), new TextEncoder().encode('given/70'))
    expect(ready).toBe(2)
    expect(store.table(key(7)).bytes).toBe(70)
    expect(counters.blockRestores).toBeUndefined()
    // Nobody has this one: it is in a checkpoint, or lost.
    store.pin(key(8), count)
    expect(() => settle()).toThrow(/data lost: blocks 0-8-0/)
  })

  it('keeps a table that comes when nobody waits any more, unless it has been removed', () => {
    const { store } = setUp(1000, () => true)
    const given = new TextEncoder().encode('given/70')
    for (const batch of [7, 8]) {
      store.pin(key(batch), () => {})
      store.unpin(key(batch))
    }
    store.remove(key(8))
    for (const batch of [7, 8]) store.arrived(key(batch), given)
    expect([7, 8].map((batch) => store.has(key(batch)))).toEqual([true, false])
    expect([store.size, store.bytes]).toEqual([1, 70])
  })

  it('does not wait for a table that was asked for in an older generation', () => {
    const { store } = setUp(1000, () => true)
    store.pin(key(7), () => {})
    store.unpin(key(7))
    store.forgetFetches()
    expect(store.size).toBe(0)
    store.arrived(key(7), new TextEncoder().encode('given/70'))
    expect(store.size).toBe(0)
    expect(store.pin(key(7), () => {})).toBe(false)
  })

  it('says so when a checkpoint lacks a table', () => {
    const { store, files, settle } = setUp(1000)
    files.set('checkpoint/9-0', checkpointOf([]))
    store.pin(key(7), () => {})
    expect(() => settle()).toThrow(/block 0-7-0/)
  })

  it('forgets the file of a block that is removed while it is being written', () => {
    const { store, files, put, settle } = setUp(50)
    put(1)
    store.remove(key(1))
    settle()
    expect(files.size).toBe(0)
    expect(store.size).toBe(0)
    expect(store.bytes).toBe(0)
  })

  it('keeps the file of a block whose namesake was removed while it was being written', () => {
    const { store, files, damaged, put, settle } = setUp(50)
    put(1)
    store.remove(key(1))
    put(1)
    settle()
    expect([...files.keys()]).toEqual(['dstream/spill/0.1/0-1-0-1'])
    let ready = 0
    store.pin(key(1), () => {
      ready += 1
    })
    settle()
    expect(damaged).toEqual([])
    expect(ready).toBe(1)
  })

  it('keeps the first copy of a block', () => {
    const { store, put } = setUp(1000)
    const first = put(1)
    const second = put(1)
    expect(second.released).toBe(true)
    expect(first.released).toBe(false)
    expect(store.bytes).toBe(100)
  })

  it('spills and reloads shuffle rows, in the order of writing', () => {
    const { store, settle, region } = setUp(0)
    const writer = new ShuffleWriter(region, 3)
    const scratch = region.allocate(64)
    // The writer keeps a buffer that is mostly empty.
    writer.append(0, { pointer: scratch, length: 1 })
    writer.clear()
    const used = region.used
    for (const [partition, byte] of [
      [2, 7],
      [0, 1],
      [2, 8],
    ] as const) {
      region.memory.u8[scratch] = byte
      writer.append(partition, { pointer: scratch, length: 1 })
    }
    store.put(key(1), { kind: 'shuffle', rows: writer.seal() })
    settle()
    expect(region.used).toBe(used)
    store.pin(key(1), () => {})
    settle()
    const read = [0, 1, 2].map((partition) => {
      const found: number[] = []
      store.rows(key(1)).visit(partition, ({ pointer, length }) => {
        expect(length).toBe(1)
        found.push(region.memory.u8[pointer]!)
      })
      return found
    })
    expect(read).toEqual([[1], [], [7, 8]])
    store.unpin(key(1))
    store.removeShuffles(1)
    settle()
    expect(region.used).toBe(used)
  })

  it('removes shuffle rows with their batch that were to go before, and were made again', () => {
    const { store, files, settle, region } = setUp(0)
    const scratch = region.allocate(64)
    const put = (): void => {
      const writer = new ShuffleWriter(region, 1)
      writer.append(0, { pointer: scratch, length: 1 })
      store.put(key(1), { kind: 'shuffle', rows: writer.seal() })
    }
    put()
    settle()
    store.pin(key(1), () => {})
    store.removeShuffles(1)
    put()
    settle()
    store.unpin(key(1))
    expect(store.has(key(1))).toBe(true)
    store.removeShuffles(1)
    settle()
    expect([store.size, store.bytes, files.size]).toEqual([0, 0, 0])
  })
})
