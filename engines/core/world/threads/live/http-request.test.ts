/** A request that is given up on lets go of its connection. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { requestHttp } from './http-request.ts'

it('is destroyed when its answer does not come in time', async () => {
  const asked = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  // It never answers.
  const server = createServer(({ socket }) => {
    socket.once('close', closed.resolve)
    asked.resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const answer = requestHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
      headers: {},
      signal: new AbortController().signal,
      async inTime(response) {
        response.catch(() => {})
        await asked.promise
        throw new Error('nothing came')
      },
    })
    await expect(answer).rejects.toThrow('nothing came')
    await closed.promise
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
