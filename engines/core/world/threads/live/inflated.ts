/** Decompresses what arrives, if its first bytes say that it is compressed. */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { InputError } from '../../../errors.ts'
import { GZIP_MAGIC_BYTES, isGzip } from '../../../input/formats/gzip.ts'

/** Asks for no more while the caller is busy. `name` is for messages. Errors: `InputError` for what gzip did not make. */
export async function* inflated(
  chunks: AsyncGenerator<Buffer>,
  name: string,
): AsyncGenerator<Buffer> {
  try {
    const head = await headOf(chunks)
    if (isGzip(head)) {
      yield* gunzipped(head, chunks, name)
      return
    }
    if (head.length > 0) yield head
    yield* chunks
  } finally {
    // Who takes no more leaves a source behind that may wait for bytes: its end is not waited for.
    chunks.return(undefined).catch(() => {})
  }
}

/** As many bytes as it takes to know, or all of them. */
async function headOf(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  const head: Buffer[] = []
  let length = 0
  while (length < GZIP_MAGIC_BYTES) {
    const next = await chunks.next()
    if (next.done) break
    head.push(next.value)
    length += next.value.length
  }
  return Buffer.concat(head)
}

async function* gunzipped(
  head: Buffer,
  chunks: AsyncGenerator<Buffer>,
  name: string,
): AsyncGenerator<Buffer> {
  let sourceError: unknown
  async function* compressed(): AsyncGenerator<Buffer> {
    yield head
    try {
      yield* chunks
    } catch (error) {
      sourceError = error
      throw error
    }
  }
  const gunzip = createGunzip()
  // What goes wrong comes out of the loop below.
  pipeline(Readable.from(compressed()), gunzip, () => {})
  try {
    for await (const chunk of gunzip) yield chunk as Buffer
  } catch (cause) {
    if (sourceError !== undefined) throw sourceError
    throw new InputError(
      {
        asked: `lines of ${name}`,
        found: `compressed bytes that are damaged or not complete (${(cause as Error).message})`,
        rule: 'a compressed input ends with the checksum of all of it',
        remedy: 'Compress it again, or send it whole',
      },
      { source: name },
      cause,
    )
  }
}
