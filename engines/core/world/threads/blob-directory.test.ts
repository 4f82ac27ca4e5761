import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BlobDirectory } from './blob-directory.ts'

let root: string

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'blobs-test-'))
})

afterEach(() => {
  fs.rmSync(root, { recursive: true })
})

test('any name is a blob of its own', () => {
  const blobs = new BlobDirectory(root)
  const names = ['', '.', '..', '%2E', 'a/b', 'a%2Fb', 'ä b', 'A', 'a']
  for (const [at, name] of names.entries()) blobs.write(name, Uint8Array.of(at))
  for (const [at, name] of names.entries()) expect(blobs.read(name)?.[0]).toBe(at)
  expect(blobs.list('')).toEqual([...names].sort())
  expect(blobs.list('a')).toEqual(['a', 'a%2Fb', 'a/b'])
})

test('a blob is replaced whole, and is gone when removed', () => {
  const blobs = new BlobDirectory(root)
  blobs.write('x', new Uint8Array(100_000).fill(1))
  blobs.write('x', Uint8Array.of(2))
  expect([...blobs.read('x')!]).toEqual([2])
  expect(fs.readdirSync(join(root, 'unfinished'))).toEqual([])
  expect(blobs.remove('x')).toBe(true)
  expect(blobs.remove('x')).toBe(false)
  expect(blobs.read('x')).toBeUndefined()
})

test('an unfinished write is no blob', () => {
  fs.mkdirSync(join(root, 'unfinished'))
  fs.writeFileSync(join(root, 'unfinished', '1'), 'half')
  const blobs = new BlobDirectory(root)
  expect(blobs.list('')).toEqual([])
})

test('scratch is read and removed like other blobs', () => {
  const directory = new BlobDirectory(join(root, 'scratch'))
  directory.write('a', Uint8Array.of(1, 2), { durable: false })
  expect(directory.read('a')).toEqual(Buffer.of(1, 2))
  expect(directory.list('')).toEqual(['a'])
  expect(directory.remove('a')).toBe(true)
  expect(directory.remove('a')).toBe(false)
})
