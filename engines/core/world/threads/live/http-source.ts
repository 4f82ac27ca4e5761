/**
 * The bytes of an HTTP(S) response, over as many connections as it takes.
 *
 *   connecting ──200──▶ reading ──complete──▶ ended
 *   reading ──lost or silent for too long──▶ resuming ──206 from where the next line begins──▶ reading
 *
 * A connection that is lost in the middle of a line takes the line with it: `lost` says where the next one begins, and the
 * server is asked for the rest with a Range request that it may only answer if the content is still the same: by an ETag or
 * its date (If-Range). A server that gave neither, or cannot do that, ends the run by name: to begin again would count lines
 * twice, and to go on in other content would count lines that never were. So does one that answers all the same and
 * contradicts what it said of the content first.
 */
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { type HarnessErrorParts, InputError } from '../../../errors.ts'

const LINE_FEED = 0x0a
const STALL_MS = 60_000
/** Connections that are lost one after the other without a single byte. */
const ATTEMPTS_MAX = 5
const BACKOFF_MS = 50
const REDIRECTS_MAX = 5

/** What a server says of its content, as it says it. Of all of it, not of the range that it sends. */
type Content = Readonly<Record<'ETag' | 'Last-Modified' | 'length', string | undefined>>

export interface HttpSourceOptions {
  readonly url: string
  readonly stallMs?: number | undefined
  readonly signal: AbortSignal
  /** The connection is lost. Returns the byte of the content at which to go on. */
  lost(): number
}

export class HttpSource {
  /** Connections after the first one. */
  resumes = 0
  #options: HttpSourceOptions
  #stallMs: number
  /** By the response that began it. */
  #content: Content = { ETag: undefined, 'Last-Modified': undefined, length: undefined }

  constructor(options: HttpSourceOptions) {
    this.#options = options
    this.#stallMs = options.stallMs ?? STALL_MS
  }

  /** Yields what arrives. Asks for no more while the caller is busy. */
  async *chunks(): AsyncGenerator<Buffer> {
    let attempts = 0
    let reason = ''
    let response: IncomingMessage | undefined = await this.#first()
    for (;;) {
      this.#checkEncoding(response)
      let isWhole = false
      let endsInLine = false
      try {
        for await (const chunk of this.#read(response)) {
          attempts = 0
          endsInLine = chunk.at(-1) !== LINE_FEED
          yield chunk
        }
        isWhole = response.complete
        reason = 'the connection was lost'
      } catch (error) {
        this.#options.signal.throwIfAborted()
        reason = messageOf(error)
      }
      if (isWhole) {
        if (endsInLine && !hasEnd(response)) throw this.#cutOff()
        return
      }
      const offset = this.#options.lost()
      if (offset > 0 && this.#validator === undefined) {
        const missing = 'neither ETag nor Last-Modified says whether the rest is still the same'
        throw this.#notResumed(offset, `${reason}, and ${missing}`)
      }
      response = undefined
      while (response === undefined) {
        attempts += 1
        if (attempts > ATTEMPTS_MAX) {
          throw this.#notResumed(offset, `${reason}, ${ATTEMPTS_MAX} times`)
        }
        await delay(BACKOFF_MS * 2 ** (attempts - 1), undefined, { signal: this.#options.signal })
        try {
          response = await this.#request(offset)
        } catch (error) {
          this.#options.signal.throwIfAborted()
          reason = messageOf(error)
        }
      }
      this.resumes += 1
      this.#checkResumed(response, offset, reason)
      if (response.statusCode === 416) {
        response.destroy()
        return
      }
    }
  }

  /** What identifies the content: an entity tag, or else its date. */
  get #validator(): string | undefined {
    const { ETag: tag, 'Last-Modified': modified } = this.#content
    // A weak tag does not promise the same bytes.
    return tag?.startsWith('W/') ? modified : (tag ?? modified)
  }

  async #first(): Promise<IncomingMessage> {
    let response: IncomingMessage
    try {
      response = await this.#request(0)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      throw this.#failure(0, {
        found: messageOf(error),
        rule: 'a server that streams lines listens at the address before the run starts',
        remedy: 'Start the server, or check host and port',
      })
    }
    const { statusCode = 0 } = response
    if (statusCode !== 200) {
      response.destroy()
      throw this.#failure(0, {
        found: `status ${statusCode}`,
        rule: 'a server that has the lines answers with status 200',
        remedy: statusCode >= 500 ? 'Look into the server’s log' : 'Check the path of the address',
      })
    }
    this.#content = contentOf(response)
    return response
  }

  /** The request asks for the lines as they are; a server may send something else all the same. */
  #checkEncoding(response: IncomingMessage): void {
    const encoding = response.headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() === 'identity') return
    response.destroy()
    throw this.#failure(0, {
      found: `content-encoding ${encoding}, where identity was asked for`,
      rule: 'lines are read as they are sent',
      remedy: 'Switch compression off for this address',
    })
  }

  /** Lets pass the rest of the content, and the answer that there is no more (416). */
  #checkResumed(response: IncomingMessage, offset: number, reason: string): void {
    const { statusCode, headers } = response
    const content = contentOf(response)
    // Nothing was taken: from the beginning is where to go on, whatever it is now.
    if (offset === 0 && statusCode === 200) {
      this.#content = content
      return
    }
    const range = headers['content-range'] ?? ''
    const total = content.length ?? this.#content.length
    const isRest =
      (statusCode === 206 && isToTheEnd(range, offset, total)) ||
      (statusCode === 416 && content.length === String(offset))
    const contradiction = contradictionOf(this.#content, content)
    if (isRest && contradiction === undefined) return
    response.destroy()
    const answer = `status ${statusCode}${range === '' ? '' : ` with ${range}`}`
    const found =
      statusCode === 200
        ? `${reason}, and the server sends it only from the beginning, or it has changed`
        : `${reason}, and then ${isRest ? `other content: ${contradiction}` : answer}`
    throw this.#notResumed(offset, found)
  }

  /** The bytes of one response. Throws when none come for too long. */
  async *#read(response: IncomingMessage): AsyncGenerator<Buffer> {
    const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    try {
      for (;;) {
        const next = await this.#inTime(chunks.next())
        if (next.done) return
        yield next.value
      }
    } finally {
      response.destroy()
    }
  }

  async #inTime<T>(awaited: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      const message = `nothing came for ${this.#stallMs} ms`
      timer = setTimeout(() => reject(new Error(message)), this.#stallMs)
    })
    // Whichever of the two is late may fail unheard.
    awaited.catch(() => {})
    try {
      return await Promise.race([awaited, silence])
    } finally {
      clearTimeout(timer)
    }
  }

  async #request(offset: number): Promise<IncomingMessage> {
    const { url, signal } = this.#options
    const headers: Record<string, string> = { 'accept-encoding': 'identity' }
    if (offset > 0) {
      headers.range = `bytes=${offset}-`
      if (this.#validator !== undefined) headers['if-range'] = this.#validator
    }
    let target = new URL(url)
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const response = await this.#inTime(
        new Promise<IncomingMessage>((resolve, reject) => {
          const get = target.protocol === 'https:' ? httpsGet : httpGet
          get(target, { headers, signal, agent: false }, resolve).on('error', reject)
        }),
      )
      const { statusCode = 0, headers: answer } = response
      if (statusCode < 300 || statusCode >= 400 || answer.location === undefined) return response
      response.destroy()
      target = new URL(answer.location, target)
    }
    throw new Error(`more than ${REDIRECTS_MAX} redirects`)
  }

  #cutOff(): InputError {
    return this.#failure(0, {
      found: 'the connection was closed in a line, and the answer had neither a length nor chunks',
      rule: 'the end of such an answer cannot be told from a lost connection, but by a line feed',
      remedy: 'Let the server end its last line, or say how long the content is',
    })
  }

  #notResumed(offset: number, found: string): InputError {
    return this.#failure(offset, {
      found,
      rule: 'a lost connection is resumed with a range request, so that no line counts twice',
      remedy: 'Check the server, or save what it sends and read the file',
    })
  }

  #failure(offset: number, parts: Omit<HarnessErrorParts, 'asked'>): InputError {
    const { url } = this.#options
    const asked = offset === 0 ? `lines of ${url}` : `lines of ${url} from byte ${offset} on`
    return new InputError({ asked, ...parts }, { url, offset })
  }
}

/** Whether an answer says where it ends; else it ends with its connection. */
function hasEnd({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

function contentOf({ statusCode, headers }: IncomingMessage): Content {
  const { etag, 'last-modified': modified, 'content-length': length } = headers
  const total = /^bytes .*\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]
  return { ETag: etag, 'Last-Modified': modified, length: statusCode === 200 ? length : total }
}

/** Whether a range begins at `offset` and ends where the content does, as far as anybody says where that is. */
function isToTheEnd(range: string, offset: number, total: string | undefined): boolean {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(range) ?? []
  if (first !== String(offset)) return false
  return total === undefined || Number(last) + 1 === Number(total)
}

/** Where what is said now differs from what was said first. What is not said both times proves nothing. */
function contradictionOf(first: Content, now: Content): string | undefined {
  for (const name of ['ETag', 'Last-Modified', 'length'] as const) {
    const [before, after] = [first[name], now[name]]
    if (before === undefined || after === undefined || before === after) continue
    return `${name} ${after}, and before ${before}`
  }
  return undefined
}

function messageOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET' || message === 'aborted') return 'the connection was lost'
  return code === undefined ? message : `${message} (${code})`
}
