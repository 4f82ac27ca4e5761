/**
 * A local HTTP server that offers synthetic lines at a rate, without an end. It repeats one buffer, so that it costs next to
 * nothing, and stops with the connection.
 *
 * What is due and not taken waits nowhere: no more than one buffer lies in this process, and what the reader does not take stays
 * a number. So a reader that buffers finds as much to take as was offered.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { syntheticLines } from '../../workloads/input/lines.ts'

export interface LineFlood {
  readonly url: string
  stop(): Promise<void>
}

export interface LineFloodOptions {
  /** Offered from a connection's first instant on; infinite: as fast as the socket takes it. */
  readonly bytesPerSecond: number
  readonly elapsedMs: () => number
}

const LINES = 1_000
const PAUSE_MS = 1

export async function startLineFlood(options: LineFloodOptions): Promise<LineFlood> {
  const { bytes } = syntheticLines({ lines: LINES })
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    void pour(response, bytes, options)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/lines`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function pour(
  response: ServerResponse,
  bytes: Uint8Array,
  { bytesPerSecond, elapsedMs }: LineFloodOptions,
): Promise<void> {
  const start = elapsedMs()
  let written = 0
  while (!response.destroyed) {
    const due = (elapsedMs() - start) / 1e3
    if (written / bytesPerSecond > due) await delay(PAUSE_MS)
    else if (await left(response, bytes)) written += bytes.length
    else return
  }
}

/** Writes a piece and waits until it has left. Returns whether it could. */
function left(response: ServerResponse, piece: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const closed = (): void => resolve(false)
    response.once('close', closed)
    response.write(piece, (error) => {
      response.off('close', closed)
      resolve(!error)
    })
  })
}
