/** The seal: what was sealed is opened; whatever is changed, cut off, added or taken for another is refused by name. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../errors.ts'
import { openBlob, SEAL_BYTES, sealBlob } from './sealed-blob.ts'

const FORMAT = { mark: 0x54534554, version: 3 }
const IDENTITY = { name: 'state/2/7-1', plan: '0123456789abcdef' }
const WRITER = { generation: 2, process: 1, incarnation: 4 }

const bodies = fc.uint8Array({ maxLength: 200 })
const seal = (body: Uint8Array) =>
  sealBlob(
    FORMAT,
    { ...IDENTITY, ...WRITER },
    { length: body.length, fill: (place) => place.set(body) },
  )
const open = (blob: Uint8Array) => openBlob(FORMAT, IDENTITY, blob)

it('opens what was sealed, wherever it lies', () => {
  fc.assert(
    fc.property(bodies, fc.nat(9), (body, before) => {
      const blob = seal(body)
      const place = new Uint8Array(before + blob.length + 3)
      place.set(blob, before)
      expect(open(place.subarray(before, before + blob.length))).toEqual(body)
    }),
  )
})

it('refuses a blob of which any bit is flipped', () => {
  const blob = seal(Uint8Array.from([1, 2, 3, 4, 5]))
  for (let bit = 0; bit < blob.length * 8; bit++) {
    const flipped = blob.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => open(flipped), `bit ${bit}`).toThrow(StorageError)
  }
})

it('refuses a blob that is cut off anywhere, or too long, or torn', () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const blob = seal(body)
      for (let length = 0; length < blob.length; length++) {
        expect(() => open(blob.subarray(0, length))).toThrow(StorageError)
      }
      expect(() => open(Uint8Array.from([...blob, 0]))).toThrow(/bytes where .* were written/)
      // Torn: the length is right, the rest never came. Nothing is lost where all of it was zero.
      const torn = blob.slice().fill(0, SEAL_BYTES)
      if (body.some((byte) => byte !== 0)) expect(() => open(torn)).toThrow(/checksum/)
    }),
  )
})

describe('says what it found', () => {
  const blob = seal(Uint8Array.from([1, 2, 3]))
  const asked = (found: RegExp, format = FORMAT, identity = IDENTITY) =>
    expect(() => openBlob(format, identity, blob)).toThrow(found)

  it('of another plan', () => {
    const other = { ...IDENTITY, plan: 'fedcba9876543210' }
    asked(/the plan 0123456789abcdef, not of fedcba9876543210/, FORMAT, other)
  })

  it('of another version', () => asked(/version 3 of the format/, { ...FORMAT, version: 4 }))

  it('of another kind', () => asked(/another kind/, { ...FORMAT, mark: 1 }))

  it('of another name, and who wrote it', () => {
    const other = { ...IDENTITY, name: 'state/3/7-1' }
    asked(/another name, written by process 1, incarnation 4, in generation 2/, FORMAT, other)
  })
})
