/** Redirects that lead nowhere end an input by a rule of their own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { InputError } from '../../../errors.ts'
import { HttpSource } from './http-source.ts'

it.each([
  [
    'without an end',
    '/again',
    /^lines of http:.*: more than 5 redirects, the last to http:.*\/again\. lines lie behind at most 5 redirects\. Give the address where the lines are\.$/,
  ],
  [
    'out of the web',
    'file:///etc/hostname',
    /: a redirect to file:\/\/\/etc\/hostname\. a redirect leads to http:\/\/ or https:\/\/\. Give/,
  ],
])('%s', async (_, location, message) => {
  const server = createServer((_request, response) => {
    response.writeHead(302, { location }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const source = new HttpSource({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      signal: new AbortController().signal,
      lost: () => 0,
    })
    const error: unknown = await source
      .chunks()
      .next()
      .catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(InputError)
    expect(error).toHaveProperty('message', expect.stringMatching(message))
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
