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
 * contradicts what it said of the content first. Of a stream of events, `lost` says which was the last, by its id; the server
 * is told (Last-Event-ID) and sends what came after it.
 */
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type HarnessErrorParts, InputError } from '../../../errors.ts'
import type { Mark } from '../../../input/formats/record-cutter.ts'
import type { InputPlace } from '../../../input/live-input.ts'
import {
  type Content,
  contentOf,
  contradictionOf,
  hasEnd,
  isToTheEnd,
  versionOf,
} from './http-content.ts'
import { RedirectError, requestHttp } from './http-request.ts'

const LINE_FEED = 0x0a
const STALL_MS = 60_000
/** Connections that are lost one after the other without a single byte. */
const ATTEMPTS_MAX = 5
const BACKOFF_MS = 50

export interface HttpSourceOptions {
  readonly url: string
  readonly stallMs?: number | undefined
  readonly signal: AbortSignal
  /** Where an earlier run ended. */
  readonly from?: InputPlace | undefined
  /** The connection is lost. Returns where to go on. */
  lost(): Mark
}

export class HttpSource {
  /** Connections after the first one. */
  resumes = 0
  /** Whether these are server-sent events. Known with the first bytes. */
  isEvents = false
  #options: HttpSourceOptions
  #stallMs: number
  /** By the response that began it. */
  #content: Content

  constructor(options: HttpSourceOptions) {
    this.#options = options
    this.#stallMs = options.stallMs ?? STALL_MS
    const version: Readonly<Record<string, string | undefined>> = options.from?.version ?? {}
    const { ETag, 'Last-Modified': modified, length } = version
    this.#content = { ETag, 'Last-Modified': modified, length }
  }

  /** What the server said of the content. */
  get version(): Readonly<Record<string, string>> {
    return versionOf(this.#content)
  }

  /** Yields what arrives. Asks for no more while the caller is busy. */
  async *chunks(): AsyncGenerator<Buffer> {
    let attempts = 0
    let reason = ''
    let response: IncomingMessage | undefined = await this.#first()
    for (;;) {
      if (isNothing(response)) {
        response.destroy()
        return
      }
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
      const mark = this.#options.lost()
      this.#checkResumable(mark, reason)
      response = undefined
      while (response === undefined) {
        attempts += 1
        if (attempts > ATTEMPTS_MAX) {
          throw this.#notResumed(mark, `${reason}, ${ATTEMPTS_MAX} times`)
        }
        await delay(BACKOFF_MS * 2 ** (attempts - 1), undefined, { signal: this.#options.signal })
        try {
          response = await this.#request(mark)
        } catch (error) {
          this.#options.signal.throwIfAborted()
          reason = messageOf(error)
        }
      }
      this.resumes += 1
      this.#checkResumed(response, mark, reason)
    }
  }

  /** What identifies the content: an entity tag, or else its date. */
  get #validator(): string | undefined {
    const { ETag: tag, 'Last-Modified': modified } = this.#content
    // A weak tag does not promise the same bytes.
    return tag?.startsWith('W/') ? modified : (tag ?? modified)
  }

  async #first(): Promise<IncomingMessage> {
    const mark = this.#options.from?.mark ?? 0
    let response: IncomingMessage
    try {
      response = await this.#request(mark)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (error instanceof RedirectError) {
        const remedy = 'Give the address where the lines are'
        throw this.#failure(mark, { found: error.message, rule: error.rule, remedy })
      }
      throw this.#failure(mark, {
        found: messageOf(error),
        rule: 'a server that streams lines listens at the address before the run starts',
        remedy: 'Start the server, or check host and port',
      })
    }
    this.isEvents = areEvents(response)
    if (mark !== 0) {
      this.#checkResumed(response, mark, 'the run before ended there')
      return response
    }
    const { statusCode = 0 } = response
    if (statusCode !== 200) {
      response.destroy()
      throw this.#failure(mark, {
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

  /** Whether it is known what to ask for. */
  #checkResumable(mark: Mark, reason: string): void {
    if (mark === undefined || (this.isEvents && typeof mark === 'number' && mark > 0)) {
      throw this.#notResumed(mark, `${reason}, and the last event has no id to go on from`)
    }
    if (typeof mark === 'number' && mark > 0 && this.#validator === undefined) {
      const missing = 'neither ETag nor Last-Modified says whether the rest is still the same'
      throw this.#notResumed(mark, `${reason}, and ${missing}`)
    }
  }

  /** Lets pass the rest of the content, and the answer that there is no more (416; of events 204). */
  #checkResumed(response: IncomingMessage, mark: Mark, reason: string): void {
    if (typeof mark === 'string') {
      this.#checkEvents(response, mark, reason)
      return
    }
    const offset = mark ?? 0
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
    throw this.#notResumed(mark, found)
  }

  #checkEvents(response: IncomingMessage, mark: string, reason: string): void {
    const { statusCode } = response
    if (statusCode === 204 || (statusCode === 200 && areEvents(response))) return
    response.destroy()
    const what =
      statusCode === 200 ? 'something that is no stream of events' : `status ${statusCode}`
    throw this.#notResumed(mark, `${reason}, and then ${what}`)
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

  async #request(mark: Mark): Promise<IncomingMessage> {
    const { url, signal } = this.#options
    const headers: Record<string, string> = {}
    if (typeof mark === 'string') headers['last-event-id'] = mark
    if (typeof mark === 'number' && mark > 0) {
      headers.range = `bytes=${mark}-`
      if (this.#validator !== undefined) headers['if-range'] = this.#validator
    }
    return requestHttp(url, { headers, signal, inTime: (response) => this.#inTime(response) })
  }

  #cutOff(): InputError {
    return this.#failure(0, {
      found: 'the connection was closed in a line, and the answer had neither a length nor chunks',
      rule: 'the end of such an answer cannot be told from a lost connection, but by a line feed',
      remedy: 'Let the server end its last line, or say how long the content is',
    })
  }

  #notResumed(mark: Mark, found: string): InputError {
    return this.#failure(mark, {
      found,
      rule:
        mark === undefined || typeof mark === 'string'
          ? 'a lost stream of events is resumed by the id of the last one, so that none counts twice'
          : 'a lost connection is resumed with a range request, so that no line counts twice',
      remedy: 'Check the server, or save what it sends and read the file',
    })
  }

  #failure(mark: Mark, parts: Omit<HarnessErrorParts, 'asked'>): InputError {
    const { url } = this.#options
    const where = typeof mark === 'string' ? ` behind the event ${mark}` : ` from byte ${mark} on`
    const asked = `lines of ${url}${mark === 0 || mark === undefined ? '' : where}`
    return new InputError({ asked, ...parts }, { url, mark })
  }
}

function areEvents({ headers }: IncomingMessage): boolean {
  return /^text\/event-stream\b/i.test(headers['content-type'] ?? '')
}

/** The answer to who asks for more of what has ended. */
function isNothing({ statusCode }: IncomingMessage): boolean {
  return statusCode === 416 || statusCode === 204
}

function messageOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET' || message === 'aborted') return 'the connection was lost'
  return code === undefined ? message : `${message} (${code})`
}
