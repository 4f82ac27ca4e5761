/** Saved files on a real disk: whole, durable, and never in place of another. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigurationError } from '../../errors.ts'
import type { DataflowOutput } from '../../plan/dataflow.ts'
import { SavedFiles } from './saved-files.ts'
import { checkSavedFolder, makeSavedFolder } from './saved-folder.ts'

const OUTPUT: Pick<DataflowOutput, 'index' | 'name' | 'node'> = {
  index: 0,
  name: 'counts',
  node: { id: 6, kind: 'save', input: 5, name: 'counts', path: 'counts' },
}

let root: string
let folder: string

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'saved-test-'))
  folder = join(root, 'new', 'out')
})

afterEach(() => {
  fs.rmSync(root, { recursive: true })
})

test.each([true, false])(
  'a file is there, and is the same when it is written again, durable %s',
  (durable) => {
    makeSavedFolder(folder, [OUTPUT])
    const files = new SavedFiles({ folder, durable })
    expect(files.publish('counts/1', Uint8Array.of(1, 2))).toBe('done')
    expect(files.publish('counts/1', Uint8Array.of(1, 2))).toBe('done')
    expect(files.publish('counts/1', Uint8Array.of(1, 3))).toBe('contradicted')
    expect(files.publish('counts/1', Uint8Array.of(1))).toBe('contradicted')
    expect(fs.readdirSync(join(folder, 'counts'))).toEqual(['1'])
    expect([...fs.readFileSync(join(folder, 'counts/1'))]).toEqual([1, 2])
  },
)

test('what cannot be written leaves nothing behind', () => {
  makeSavedFolder(folder, [OUTPUT])
  const files = new SavedFiles({ folder, durable: true })
  const name = `counts/${'x'.repeat(300)}`
  expect(() => files.publish(name, Uint8Array.of(1))).toThrow('ENAMETOOLONG')
  expect(fs.readdirSync(join(folder, 'counts'))).toEqual([])
})

test('a folder with files is refused, and an empty one is not', () => {
  checkSavedFolder(folder, [OUTPUT])
  expect(fs.existsSync(folder)).toBe(false)
  makeSavedFolder(folder, [OUTPUT])
  makeSavedFolder(folder, [OUTPUT])
  fs.writeFileSync(join(folder, 'counts', 'old'), '')
  expect(() => checkSavedFolder(folder, [OUTPUT])).toThrow(
    `save (node 6): the folder ${join(folder, 'counts')} has files of another run. Files are named by logical time and never overwritten. Name an empty folder.`,
  )
})

test('what is no folder is refused', () => {
  fs.writeFileSync(join(root, 'file'), '')
  for (const path of [join(root, 'file'), join(root, 'file', 'out')]) {
    expect(() => checkSavedFolder(path, [OUTPUT])).toThrow(ConfigurationError)
    expect(() => makeSavedFolder(path, [OUTPUT])).toThrow(/ENOTDIR|EEXIST/)
  }
})
