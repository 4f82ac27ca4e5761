/** Servers of events and of plain connections that misbehave as told: for this folder's tests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as NetServer,
  type Socket,
} from 'node:net'

export interface EventBehaviour {
  /** Whether events have ids; default true. */
  readonly ids?: boolean
  /** Events after which connections die, the first that is still ahead of each one. */
  readonly dieAfter?: readonly number[]
  /** What a request for the rest is answered with instead. */
  readonly later?: { readonly status: number; readonly type?: string }
}

/** Sends the data of an event for each line; goes on behind the last event that a request says it has. */
export class EventServer {
  /** Of each request: the last event that it says it has. */
  requests: (string | undefined)[] = []
  #server: Server
  #lines: readonly string[]
  #behaviour: EventBehaviour

  constructor(lines: readonly string[], behaviour: EventBehaviour = {}) {
    this.#lines = lines
    this.#behaviour = behaviour
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer({ headers }: IncomingMessage, response: ServerResponse): void {
    const { ids = true, dieAfter = [], later } = this.#behaviour
    const last = headers['last-event-id'] as string | undefined
    this.requests.push(last)
    if (last !== undefined && later !== undefined) {
      response.writeHead(later.status, later.type ? { 'content-type': later.type } : {}).end()
      return
    }
    const from = last === undefined ? 0 : Number(last) + 1
    const death = dieAfter[this.requests.length - 1]
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    const text = this.#lines
      .slice(from, death)
      .map((line, index) => `${ids ? `id: ${from + index}\n` : ''}data: ${line}\n\n`)
      .join('')
    if (death === undefined) response.end(text)
    // In the middle of an event.
    else response.write(`${text}id: ${death}\ndata: half`, () => response.destroy())
  }
}

/** Sends all of its content to each who connects, as fast as it is read, and closes. */
export class TcpServer {
  /** Bytes that have left, over all connections. */
  sent = 0
  #server: NetServer
  #content: Buffer
  #sockets = new Set<Socket>()

  constructor(content: Buffer) {
    this.#content = content
    this.#server = createTcpServer((socket) => void this.#answer(socket))
  }

  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port }
  }

  /** Breaks all connections. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    // Who has taken enough hangs up.
    socket.on('error', () => {})
    const end = this.#content.length
    for (let at = 0; at < end; at += PIECE_BYTES) {
      const piece = this.#content.subarray(at, Math.min(at + PIECE_BYTES, end))
      if (!(await left(socket, piece))) return
      this.sent += piece.length
    }
    socket.end()
  }
}

/** No divisor of anything, so that pieces begin and end in the middle of lines. */
const PIECE_BYTES = 17_777

/** Writes a piece and waits until it has left. Returns whether it could. */
function left(socket: Socket, piece: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = (): void => resolve(false)
    socket.once('close', gone)
    socket.write(piece, (error) => {
      socket.off('close', gone)
      resolve(!error)
    })
  })
}
