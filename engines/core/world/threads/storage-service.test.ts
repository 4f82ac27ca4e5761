/** The storage service reads no more than a process takes: one completion waits for room, what else is asked for waits. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../columns/memory.ts'
import { BlobDirectory } from './blob-directory.ts'
import { ChunkReader, ChunkWriter } from './chunk-stream.ts'
import { serve } from './storage-service.ts'
import { decodeCompletion, encodeRequest, REQUESTS } from './storage-wire.ts'

const BLOB_BYTES = 100_000
const READS = 20

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-service-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function ring(memory: RunMemory, page: number) {
  const span = { base: page * PAGE_BYTES, capacity: 8_192, readerWake: 0, writerWake: 0 }
  return {
    reader: new ChunkReader(memory, span),
    writer: (queueBytesMax: number) =>
      new ChunkWriter(memory, span, { name: `ring ${page}`, incarnation: 1, queueBytesMax }),
  }
}

it('holds one completion, however many are asked for', () => {
  const memory = RunMemory.reserve(4 * PAGE_BYTES)
  const blobs = new BlobDirectory(folder)
  blobs.write('blob', new Uint8Array(BLOB_BYTES).fill(7))
  const [asking, answering] = [ring(memory, 1), ring(memory, 2)]
  const requests = asking.writer(1_000_000)
  for (let request = 1; request <= READS; request++) {
    requests.push(REQUESTS.indexOf('read'), encodeRequest(request, 'blob'))
  }
  requests.pump()
  // A second one in its queue would be an error.
  const completions = answering.writer(BLOB_BYTES + 100)
  const client = { requests: asking.reader, completions, incarnation: 1 }
  const got: number[] = []
  for (let turn = 0; got.length < READS; turn++) {
    expect(turn).toBeLessThan(10_000)
    serve(client, { blobs, saved: undefined })
    if (got.length < READS - 1) expect(completions.pending).toBe(true)
    answering.reader.poll((kind, bytes) => {
      const { request, bytes: content } = decodeCompletion(kind, bytes)
      expect(content?.length).toBe(BLOB_BYTES)
      got.push(request)
    })
  }
  expect(got).toEqual(Array.from({ length: READS }, (_, index) => index + 1))
})
