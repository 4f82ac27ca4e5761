/** What a server says of the content that it sends: which version it is, how long, and which part of it comes. */
import type { IncomingMessage } from 'node:http'

/** As the server says it. Of all of the content, not of the range that it sends. */
export type Content = Readonly<Record<'ETag' | 'Last-Modified' | 'length', string | undefined>>

const NAMES = ['ETag', 'Last-Modified', 'length'] as const

export function contentOf({ statusCode, headers }: IncomingMessage): Content {
  const { etag, 'last-modified': modified, 'content-length': length } = headers
  const total = /^bytes .*\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]
  return { ETag: etag, 'Last-Modified': modified, length: statusCode === 200 ? length : total }
}

/** All that was said, to be kept. */
export function versionOf(content: Content): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const said = content[name]
      return said === undefined ? [] : [[name, said]]
    }),
  )
}

/** Whether an answer says where it ends; else it ends with its connection. */
export function hasEnd({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/** Whether a range begins at `offset` and ends where the content does, as far as anybody says where that is. */
export function isToTheEnd(range: string, offset: number, total: string | undefined): boolean {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(range) ?? []
  if (first !== String(offset)) return false
  return total === undefined || Number(last) + 1 === Number(total)
}

/** Where what is said now differs from what was said first. What is not said both times proves nothing. */
export function contradictionOf(first: Content, now: Content): string | undefined {
  for (const name of NAMES) {
    const [before, after] = [first[name], now[name]]
    if (before === undefined || after === undefined || before === after) continue
    return `${name} ${after}, and before ${before}`
  }
  return undefined
}
