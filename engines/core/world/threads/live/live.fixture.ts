/** Servers that stream lines and misbehave as told, and runs of page views that read from them: for this folder's tests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Worker } from 'node:worker_threads'
import { RowTally } from '../../../input/formats/row-tally.ts'
import type { LiveInput } from '../../../input/live-input.ts'
import { poolBytesOf } from '../../../input/pool.ts'
import { DigestSum, digestOfRows } from '../../../output/digest.ts'
import type { RunConfig } from '../../../run-config.ts'
import type { RunRecord, Trial } from '../../../system.ts'
import { milliseconds, seconds } from '../../../units.ts'
import { readingOf } from './live-reading.ts'

export interface Behaviour {
  /** Whether range requests are answered; default true. */
  readonly ranges?: boolean
  /** What the server says of its content's version; default an entity tag. */
  readonly version?: 'etag' | 'date' | 'none'
  /** Answers end with their connection, and do not say where. */
  readonly endless?: boolean
  /** What every answer says of its encoding. */
  readonly encoding?: string
  /** Answers every request with this status and nothing else. */
  readonly status?: number
  /** Bytes of the content at which connections die, the first that is still ahead of each one. */
  readonly dieAt?: readonly number[]
  /** Byte of the content at which the first connection falls silent. */
  readonly stallAt?: number
  /** What later connections send instead, as if the content had changed. */
  readonly later?: Buffer
  /**
   * Says how long the content is, and does not care whether it has changed: answers range requests whatever their
   * condition is, or says of all content that it is of the first version.
   */
  readonly careless?: 'condition' | 'version'
  /** The most bytes that a range request is answered with. */
  readonly rangeMax?: number
  /** Sends what lies from `at` on when `until`, asked there, has come: what a test waits for, never a time. */
  readonly hold?: { readonly at: number; readonly until: () => Promise<unknown> }
}

const DATES = ['Mon, 02 Jan 2006 15:04:05 GMT', 'Tue, 03 Jan 2006 15:04:05 GMT'] as const

/** No divisor of anything, so that pieces begin and end in the middle of lines. */
const SLICE = 1777

/** Sends as fast as a reader takes it; each piece waits for the one before to have left. */
export class LineServer {
  requests: (string | undefined)[] = []
  /** Bytes of the content that have left, over all connections. */
  sent = 0
  #server: Server
  #content: Buffer
  #behaviour: Behaviour

  constructor(content: Buffer, behaviour: Behaviour = {}) {
    this.#content = content
    this.#behaviour = behaviour
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {
      ranges = true,
      version = 'etag',
      status,
      dieAt = [],
      stallAt,
      later,
      careless,
      encoding,
      endless = false,
      rangeMax = Number.POSITIVE_INFINITY,
      hold,
    } = this.#behaviour
    const first = this.requests.length === 0
    this.requests.push(request.headers.range)
    if (status !== undefined) {
      response.writeHead(status).end()
      return
    }
    const content = first ? this.#content : (later ?? this.#content)
    const said = careless === 'version' ? this.#content : content
    const tag = `"${said.length}-${said.subarray(0, 20).toString('hex')}"`
    const validator = version === 'date' ? DATES[said === this.#content ? 0 : 1] : tag
    const condition = careless === 'condition' ? undefined : request.headers['if-range']
    const wanted = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    const from = ranges && wanted && (condition ?? validator) === validator ? Number(wanted[1]) : 0
    if (version === 'etag') response.setHeader('etag', validator)
    if (version === 'date') response.setHeader('last-modified', validator)
    const end = from > 0 ? Math.min(content.length, from + rangeMax) : content.length
    if (from > 0) {
      response.setHeader('content-range', `bytes ${from}-${end - 1}/${content.length}`)
    }
    if (encoding !== undefined) response.setHeader('content-encoding', encoding)
    if (careless !== undefined) response.setHeader('content-length', end - from)
    if (endless) response.useChunkedEncodingByDefault = false
    response.writeHead(from > 0 ? 206 : 200)
    const death = dieAt[this.requests.length - 1] ?? Number.POSITIVE_INFINITY
    const silence = first ? (stallAt ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
    const until = Math.min(end, death, silence)
    for (let at = from; at < until; ) {
      if (at === hold?.at) await hold.until()
      const bound = hold !== undefined && at < hold.at ? Math.min(hold.at, until) : until
      const piece = content.subarray(at, Math.min(at + SLICE, bound))
      if (!(await left(response, piece))) return
      this.sent += piece.length
      at += piece.length
    }
    if (silence === until) return
    if (death === until) response.destroy()
    else response.end()
  }
}

/** Writes a piece and waits until it has left. Returns whether it could. */
function left(response: ServerResponse, piece: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    response.once('close', () => resolve(false))
    response.write(piece, (error) => {
      response.removeAllListeners('close')
      resolve(!error)
    })
  })
}

/** Comes when a thread that this process starts from now on has ended: in a run with a kill, the killed worker's. */
export function firstThreadEnd(): Promise<unknown> {
  return new Promise((resolve) => {
    process.on('worker', function watch(worker: Worker) {
      worker.once('exit', () => {
        process.off('worker', watch)
        resolve(undefined)
      })
    })
  })
}

export function trialOf(
  engine: RunConfig['engine'],
  input: LiveInput,
  faults: Trial['faults'] = [],
): Trial {
  const config: RunConfig = {
    engine,
    plan: {
      module: 'workloads/page-views/workload.ts',
      export: 'plan',
      parameters: { interval: '100ms' },
    },
    workers: 2,
    partitions: 3,
    tick: milliseconds(50),
    input: { rate: 0, duration: seconds(30) },
    seed: 1,
    kernels: 'columns',
    keepRows: true,
    digests: true,
    replacement: 'respawn',
    detector: { heartbeat: milliseconds(50), timeout: milliseconds(500) },
    timely: {
      recovery: 'checkpoint',
      checkpointInterval: milliseconds(100),
      accumulation: 'local',
      flushInterval: milliseconds(10),
    },
    dstream: {
      checkpointInterval: milliseconds(100),
      batchesInFlightMax: 3,
      blockStoreBytesMax: 1024 * 1024,
    },
  }
  return { config, pool: poolBytesOf([]), input, faults, deadline: seconds(40) }
}

/**
 * What a source reads to its end, without a run around it: starting one is most of what it takes, and a source knows nothing of it.
 * Errors: those of a source, with which its run ends (`source-service.ts`).
 */
export async function readAlone(input: LiveInput): Promise<{ lines: string[]; resumes: number }> {
  const tally = new RowTally(input.format?.strict ?? false)
  const reading = readingOf(input, tally, new AbortController().signal)
  const lines: string[] = []
  for await (const { cut } of reading.arrivals()) {
    for (const record of cut.records) lines.push(Buffer.from(record).toString('utf8'))
  }
  return { lines, resumes: reading.resumes }
}

/** Small, so that starting a run costs little. */
export const SIZES = { workerRegionBytes: 16 * 1024 * 1024, driverRegionBytes: 4 * 1024 * 1024 }

/** Views by url, of what a run's rows say at its end. */
export function finalCounts(record: RunRecord): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { rows } of record.rows.toSorted((a, b) => a.tick - b.tick)) {
    for (const [url, count] of rows) counts[String(url)] = Number(count)
  }
  return counts
}

/** Views by url, of the lines themselves. */
export function viewsOf(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of lines) {
    const { url } = JSON.parse(line) as { url: string }
    counts[url] = (counts[url] ?? 0) + 1
  }
  return counts
}

/** Ticks whose commits are not what the arrived records say, recomputed from the log of the run alone. */
export function wrongTicks(record: RunRecord, tick: number): number[] {
  const { records, dueAt, duration } = record.input!
  const lines = linesOf(records.bytes)
  const counts = new Map<string, number>()
  const wrong: number[] = []
  let at = 0
  for (let end = tick; end <= duration; end += tick) {
    const changed = new Set<string>()
    for (; at < lines.length && dueAt[at]! < end; at++) {
      const { url } = JSON.parse(lines[at]!) as { url: string }
      counts.set(url, (counts.get(url) ?? 0) + 1)
      changed.add(url)
    }
    const found = new DigestSum()
    const seen = new Set<number>()
    for (const commit of record.commits) {
      if (commit.tick !== end || seen.has(commit.partition)) continue
      seen.add(commit.partition)
      found.add(commit)
    }
    const expected = digestOfRows([...changed].map((url) => [url, counts.get(url)!]))
    if (JSON.stringify(found.take()) !== JSON.stringify(expected)) wrong.push(end)
  }
  return wrong
}

export function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1)
}
