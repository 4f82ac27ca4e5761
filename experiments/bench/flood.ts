/**
 * A local HTTP server that streams synthetic lines as fast as its socket takes them, without an end. It repeats one buffer,
 * so that it costs next to nothing, and stops with the connection.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { syntheticLines } from '../../workloads/input/lines.ts'

export interface Flood {
  readonly url: string
  stop(): Promise<void>
}

const LINES = 10_000

export async function startFlood(): Promise<Flood> {
  const { bytes } = syntheticLines({ lines: LINES })
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    pour(response, bytes)
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

function pour(response: ServerResponse, bytes: Uint8Array): void {
  if (response.destroyed) return
  // A callback for each buffer: no more than one waits here.
  response.write(bytes, (error) => {
    if (!error) pour(response, bytes)
  })
}
