/** A checkpoint's file: read back as written; refused by name when it is damaged or another's. */
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../core/errors.ts'
import { DAMAGES } from '../../core/recovery/damaged-storage.fixture.ts'
import { sealBlob } from '../../core/recovery/sealed-blob.ts'
import {
  CHECKPOINT_FORMAT,
  checkpointName,
  decodeCheckpoint,
  encodeCheckpoint,
} from './checkpoint-file.ts'

const identity = {
  name: checkpointName({ batch: 9, generation: 2 }, 3),
  plan: '0123456789abcdef',
}
const seal = { ...identity, generation: 2, process: 1, incarnation: 1 }
const tables = [
  { rdd: 1, batch: 8, bytes: Uint8Array.from([1, 2, 3, 4, 5]) },
  { rdd: 2, batch: 9, bytes: new Uint8Array(0) },
  { rdd: 1, batch: 9, bytes: Uint8Array.from([6, 7, 8]) },
]
const file = encodeCheckpoint(seal, tables)

it('gives the tables back', () => {
  expect(decodeCheckpoint(identity, file)).toEqual(tables)
  expect(decodeCheckpoint(identity, encodeCheckpoint(seal, []))).toEqual([])
})

describe('refuses', () => {
  for (const [what, damage] of Object.entries(DAMAGES)) {
    it(`a file that is ${what}`, () => {
      expect(() => decodeCheckpoint(identity, damage(file))).toThrow(StorageError)
    })
  }

  it('the same batch of another generation', () => {
    const name = checkpointName({ batch: 9, generation: 3 }, 3)
    expect(name).not.toBe(identity.name)
    expect(() => decodeCheckpoint({ ...identity, name }, file)).toThrow(/in generation 2/)
  })

  it('another plan', () => {
    const other = { ...identity, plan: 'fedcba9876543210' }
    expect(() => decodeCheckpoint(other, file)).toThrow(/the plan/)
  })

  it('another version', () => {
    const format = { ...CHECKPOINT_FORMAT, version: CHECKPOINT_FORMAT.version + 1 }
    const newer = sealBlob(format, seal, { length: 8, fill: () => {} })
    expect(() => decodeCheckpoint(identity, newer)).toThrow(/version/)
  })
})
