/** One HTTP(S) request for lines or events, and those that the server sends it on to. */
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'

const REDIRECTS_MAX = 5

/** Lines first: where they are lost, a byte says where to go on. */
const ACCEPTED =
  'application/x-ndjson, text/csv, text/plain, text/event-stream;q=0.9, application/json;q=0.9, */*;q=0.8'

/** Redirects that lead nowhere: what was found, and the rule that it breaks. */
export class RedirectError extends Error {
  readonly rule: string

  constructor(found: string, rule: string) {
    super(found)
    this.rule = rule
  }
}

export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Rejects when a response does not come in time: then the request is destroyed. */
  inTime(response: Promise<IncomingMessage>): Promise<IncomingMessage>
}

/** Errors: `RedirectError`, and those of the connection. */
export async function requestHttp(
  url: string,
  { headers, signal, inTime }: HttpRequest,
): Promise<IncomingMessage> {
  const asked = { accept: ACCEPTED, 'accept-encoding': 'identity', ...headers }
  let target = new URL(url)
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const answered = Promise.withResolvers<IncomingMessage>()
    const get = target.protocol === 'https:' ? httpsGet : httpGet
    const request = get(target, { headers: asked, signal, agent: false }, answered.resolve)
    request.on('error', answered.reject)
    const response = await inTime(answered.promise).catch((late: unknown) => {
      request.destroy()
      throw late
    })
    const { statusCode = 0, headers: answer } = response
    if (statusCode < 300 || statusCode >= 400 || answer.location === undefined) return response
    response.destroy()
    target = new URL(answer.location, target)
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      throw new RedirectError(`a redirect to ${target}`, 'a redirect leads to http:// or https://')
    }
  }
  throw new RedirectError(
    `more than ${REDIRECTS_MAX} redirects, the last to ${target}`,
    `lines lie behind at most ${REDIRECTS_MAX} redirects`,
  )
}
