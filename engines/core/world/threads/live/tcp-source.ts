/**
 * The bytes that a TCP server sends to who connects: from the connection's beginning to its end.
 *
 * They come once: a connection that breaks cannot be taken up, so it ends the run by name. While the caller is busy nothing
 * is read, and the server cannot send more than sockets hold.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { type HarnessErrorParts, InputError } from '../../../errors.ts'

export interface TcpAddress {
  readonly host: string
  readonly port: number
}

export async function* tcpChunks(
  { host, port }: TcpAddress,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted()
  const socket = connect({ host, port, keepAlive: true })
  addAbortSignal(signal, socket)
  const failure = (cause: unknown, parts: Omit<HarnessErrorParts, 'asked'>): InputError =>
    new InputError({ asked: `lines of tcp://${host}:${port}`, ...parts }, { host, port }, cause)
  let received = 0
  try {
    try {
      await once(socket, 'connect')
    } catch (cause) {
      signal.throwIfAborted()
      throw failure(cause, {
        found: messageOf(cause),
        rule: 'a server that sends lines listens at the address before the run starts',
        remedy: 'Start the server, or check host and port',
      })
    }
    for await (const chunk of socket) {
      received += (chunk as Buffer).length
      yield chunk as Buffer
    }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof InputError) throw cause
    throw failure(cause, {
      found: `the connection was lost after ${received} bytes (${messageOf(cause)})`,
      rule: 'what a TCP server sends comes once, so nobody knows where to go on',
      remedy:
        'Have the server close the connection when it has sent all, or serve the lines by HTTP',
    })
  } finally {
    socket.destroy()
  }
}

function messageOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  // Of several addresses of a host there is one error each, and none of them in the message.
  return message === '' && code !== undefined ? code : message
}
