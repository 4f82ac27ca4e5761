/** States and manifests: read back as written; refused by name when they are damaged or another's. */
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../core/errors.ts'
import { DAMAGES } from '../../core/recovery/damaged-storage.fixture.ts'
import { type BlobIdentity, sealBlob } from '../../core/recovery/sealed-blob.ts'
import {
  decodeManifest,
  encodeManifest,
  MANIFEST_FORMAT,
  manifestName,
  stateName,
} from './coordination.ts'
import { decodeState, encodeState, STATE_FORMAT } from './state-blob.ts'

const plan = '0123456789abcdef'
const writer = { generation: 2, process: 1, incarnation: 1 }
const state = { name: stateName(2, 9, 3), plan }
const manifest = { name: manifestName(9, 2), plan }
const operators = [
  { operator: 1, tables: [Uint8Array.from([1, 2, 3]), undefined] },
  { operator: 4, tables: [new Uint8Array(0)] },
]
const written = { generation: 2, epoch: 9, states: [{ partition: 3, name: state.name }] }

it('gives back what was written', () => {
  expect(decodeState(state, encodeState({ ...state, ...writer }, operators))).toEqual(operators)
  const blob = encodeManifest({ ...manifest, ...writer }, written)
  expect(decodeManifest(manifest, blob)).toEqual(written)
})

const kinds = [
  {
    kind: 'a state',
    identity: state,
    blob: encodeState({ ...state, ...writer }, operators),
    decode: (identity: BlobIdentity, blob: Uint8Array): unknown => decodeState(identity, blob),
    format: STATE_FORMAT,
    sibling: stateName(3, 9, 3),
  },
  {
    kind: 'a manifest',
    identity: manifest,
    blob: encodeManifest({ ...manifest, ...writer }, written),
    decode: (identity: BlobIdentity, blob: Uint8Array): unknown => decodeManifest(identity, blob),
    format: MANIFEST_FORMAT,
    sibling: manifestName(9, 3),
  },
]

for (const { kind, identity, blob, decode, format, sibling } of kinds) {
  describe(`refuses ${kind}`, () => {
    for (const [what, damage] of Object.entries(DAMAGES)) {
      it(`that is ${what}`, () => {
        expect(() => decode(identity, damage(blob))).toThrow(StorageError)
      })
    }

    it('of another generation', () => {
      expect(() => decode({ ...identity, name: sibling }, blob)).toThrow(/in generation 2/)
    })

    it('of another plan', () => {
      const other = { ...identity, plan: 'fedcba9876543210' }
      expect(() => decode(other, blob)).toThrow(/the plan/)
    })

    it('of another version', () => {
      const newer = { ...format, version: format.version + 1 }
      const sealed = sealBlob(newer, { ...identity, ...writer }, { length: 8, fill: () => {} })
      expect(() => decode(identity, sealed)).toThrow(/version/)
    })
  })
}
