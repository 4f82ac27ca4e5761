/** An engine on storage that damages what is written: for tests that a damaged file ends a run by name. */
import type { Engine } from '../engine.ts'
import type { Storage, World } from '../world/world.ts'

export type Damage = (blob: Uint8Array) => Uint8Array

/** What befalls stored bytes, by name. */
export const DAMAGES: Readonly<Record<string, Damage>> = {
  empty: () => new Uint8Array(0),
  torn: (blob) => blob.subarray(0, blob.length >> 1),
  'a byte short': (blob) => blob.subarray(0, blob.length - 1),
  'a byte long': (blob) => Uint8Array.from([...blob, 0]),
  'a bit flipped': (blob) => {
    const copy = blob.slice()
    copy[copy.length - 3]! ^= 0x10
    return copy
  },
  'all zero': (blob) => new Uint8Array(blob.length),
}

/** `engine`, whose blobs with a prefix are damaged on their way to storage. */
export function onDamagedStorage(engine: Engine, prefix: string, damage: Damage): Engine {
  return {
    ...engine,
    create: (world, setup) => engine.create(withStorage(world, prefix, damage), setup),
  }
}

function withStorage(world: World, prefix: string, damage: Damage): World {
  const { storage } = world
  const damaging = (name: string, bytes: Uint8Array): Uint8Array =>
    name.startsWith(prefix) ? damage(bytes) : bytes
  const damaged: Storage = {
    ...storage,
    write: (name, bytes) => storage.write(name, damaging(name, bytes)),
    writeScratch: (name, bytes) => storage.writeScratch(name, damaging(name, bytes)),
  }
  return { ...world, storage: damaged }
}
