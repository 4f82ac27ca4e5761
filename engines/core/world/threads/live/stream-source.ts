/** The bytes of standard input, or of a file, pipe or device: read once, from beginning to end. */
import { createReadStream, fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import { addAbortSignal, type Readable } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'
import { InputError } from '../../../errors.ts'

/** Yields what arrives; asks for no more while the caller is busy. Errors: `InputError` where it cannot be read. */
export async function* streamChunks(
  path: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    const stream = path === undefined ? standardInput() : createReadStream(path)
    addAbortSignal(signal, stream)
    for await (const chunk of stream) yield chunk as Buffer
  } catch (cause) {
    signal.throwIfAborted()
    const { code, message } = cause as NodeJS.ErrnoException
    throw new InputError(
      {
        asked: path === undefined ? 'lines of standard input' : `lines of ${path}`,
        found: code === 'ENOENT' ? 'no such file' : `it cannot be read (${message})`,
        rule: 'an input is there and readable to its end',
        remedy: 'Check what it is and who may read it',
      },
      { path, code },
      cause,
    )
  }
}

/** A pipe, socket or terminal is polled, so that a thread that waits for it can be ended; what is left is a file. */
function standardInput(): Readable {
  if (isatty(0)) return new ReadStream(0)
  const stats = fstatSync(0)
  if (stats.isFIFO() || stats.isSocket())
    return new Socket({ fd: 0, readable: true, writable: false })
  return createReadStream('', { fd: 0, autoClose: false })
}
