/**
 * How fast loops are: the components of a whole graph beside one thread, one more edge of it, and a round with nothing to do.
 *
 * A whole graph is a bounded run, and its rate that of its edges until its answer; the loops of one thread run before it and
 * after it, and it is divided by their mean. What a round takes is the time from an interval's end to its commit by the rounds
 * in it: what begins and ends an interval is in it too. Where rounds count, an idle worker looks for work for a while before
 * it parks, since to wake a thread takes longer than a round.
 */
import { milliseconds, seconds } from '../../engines/core/units.ts'
import type { CommandIo } from '../runner/command-io.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import type { TrialJournal } from '../runner/trial-journal.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import type { Elsewhere } from './earlier-runs.ts'
import type { BenchRow } from './rows.ts'
import { type BenchScale, specOfSubject, subjectNamed } from './subjects.ts'

/** Names of measures. Those of loops are the loops' own. */
export const WHOLE_GRAPH = 'timely components'
export const ONE_EDGE = 'timely one edge p50'
export const ROUND = 'timely round p50'

interface GraphRequest {
  readonly rows: readonly BenchRow[]
  readonly repeats: number
  readonly scale: BenchScale
  readonly seed: number
}

/** Trials that `measureGraphs` will run. */
export function graphTrials({ rows, repeats }: Pick<GraphRequest, 'rows' | 'repeats'>): number {
  return repeats * [WHOLE_GRAPH, ONE_EDGE, ROUND].filter((name) => isMeasured(rows, name)).length
}

function isMeasured(rows: readonly BenchRow[], measure: string): boolean {
  return rows.some(({ numerator }) => numerator === measure)
}

/** Round by round. One in which a whole graph did not count has no value of it, and the rows say so. */
export async function measureGraphs(
  io: Pick<CommandIo, 'signal' | 'baseline'>,
  journal: TrialJournal,
  request: GraphRequest,
  to: Elsewhere,
): Promise<void> {
  const graphs = new GraphMeasurement(io, journal, request, to)
  for (let round = 0; round < request.repeats; round++) {
    if (isMeasured(request.rows, WHOLE_GRAPH)) await graphs.whole()
    if (isMeasured(request.rows, ONE_EDGE)) await graphs.oneEdge()
    if (isMeasured(request.rows, ROUND)) await graphs.rounds()
  }
  for (const { name, numerator } of request.rows) {
    if (numerator !== WHOLE_GRAPH) continue
    const counted = to.values.get(numerator)?.length ?? 0
    if (counted > 0 && counted < request.repeats) {
      to.notes.set(name, `${counted} of ${request.repeats} rounds counted`)
    }
  }
}

const EDGES = 1_000_000
/** Of the graph to which one is added. */
const EDGES_BEFORE = 100_000
const ROUNDS = 1_000
const PAIRS = { format: 'u32x2' }
const SPIN = 100_000
/**
 * Of loops that go around again and again. Until V8 has compiled all that a round goes through a worker stands still now and then, and
 * the other with it; and all of it is compiled anew where instants leave 31 and 32 bits of nanoseconds, at 2.1 and 4.3 s.
 */
const LOOP_WARMUP = seconds(5)

class GraphMeasurement {
  readonly #io: Pick<CommandIo, 'signal' | 'baseline'>
  readonly #journal: TrialJournal
  readonly #request: GraphRequest
  readonly #to: Elsewhere

  constructor(
    io: Pick<CommandIo, 'signal' | 'baseline'>,
    journal: TrialJournal,
    request: GraphRequest,
    to: Elsewhere,
  ) {
    this.#io = io
    this.#journal = journal
    this.#request = request
    this.#to = to
  }

  async whole(): Promise<void> {
    const { scale } = this.#request
    const input = { kind: 'edge-pairs', records: EDGES } as const
    const before = await this.#loops(input)
    const { verdict, processedPerSecond } = await this.#trial('components of a whole graph', {
      workload: 'connected-components',
      parameters: PAIRS,
      input,
      bounded: true,
      // One interval has all edges.
      tick: seconds(1),
      history: { duration: seconds(1), rate: 0 },
      rate: 0,
      warmup: 0,
      measured: 0,
      grace: 10 * scale.grace,
      // The oracle has digests of all rows: to keep the rows would take longer than to find them.
      showRows: 0,
    })
    const after = await this.#loops(input)
    if (verdict !== 'valid') return
    this.#add(WHOLE_GRAPH, processedPerSecond)
    for (const [loop, rate] of before) {
      const again = after.get(loop)
      if (again !== undefined) this.#add(loop, (rate + again) / 2)
    }
  }

  /** Of edges that come one by one, when most of the graph is there. */
  async oneEdge(): Promise<void> {
    const rate = 100
    const outcome = await this.#trial('one more edge', {
      workload: 'connected-components',
      parameters: { ...PAIRS, interval: '1ms' },
      input: { kind: 'edge-pairs', records: 2 * EDGES_BEFORE },
      tick: milliseconds(1),
      history: { duration: milliseconds(50), rate: 20 * EDGES_BEFORE },
      warmup: LOOP_WARMUP,
      rate,
      spin: SPIN,
    })
    // Of one that falls behind it would be the latency of a queue.
    const isKept = whyNotSustained(outcome, Number.POSITIVE_INFINITY, rate) === ''
    this.#add(ONE_EDGE, isKept ? outcome.latency!.p50 : Number.POSITIVE_INFINITY)
  }

  async rounds(): Promise<void> {
    // Shorter than an interval: only then is there a close of one.
    const tick = milliseconds(100)
    const { verdict, closeLatency } = await this.#trial('rounds with nothing to do', {
      workload: 'barrier',
      // As Naiad's loop, which has a vertex a worker. The first two records that go around are one on each.
      parameters: { interval: '200ms', rounds: ROUNDS, tokens: 2 },
      partitions: 2,
      rate: 1_000,
      tick,
      spin: SPIN,
      warmup: LOOP_WARMUP,
    })
    const isClosed = verdict === 'valid' && closeLatency !== undefined
    this.#add(ROUND, isClosed ? closeLatency.p50 / ROUNDS : Number.POSITIVE_INFINITY)
  }

  #trial(label: string, change: Partial<TrialSpec>): Promise<TrialOutcome> {
    this.#io.signal.throwIfAborted()
    const { repeats, scale, seed } = this.#request
    const { tick = milliseconds(1), rate = 0 } = change
    const headline = specOfSubject(subjectNamed('timely'), { rate, scale, seed, tick })
    const spec = {
      ...headline,
      timely: { ...headline.timely, recovery: 'none' },
      workerMemoryBytes: 2 * headline.workerMemoryBytes!,
      ...change,
    } as const
    const note = { role: 'control', cell: label, label, repeats } as const
    return this.#journal.run(spec, note, graphTrials(this.#request))
  }

  /** Edges a second, by loop. Of one that miscounts there is none. */
  async #loops(input: TrialSpec['input']): Promise<ReadonlyMap<string, number>> {
    const workload = 'connected-components'
    this.#io.signal.throwIfAborted()
    this.#journal.says(`one thread on ${workload} …`)
    const durationMs = this.#request.scale.baselineMs
    const asked = { workload, parameters: PAIRS, input, durationMs }
    const { rates, residentBytesMax, stolenShare } = await this.#io.baseline(asked)
    const { repeats } = this.#request
    for (const rate of rates) {
      const { loop } = rate
      const note = { role: 'baseline', cell: loop, label: loop, repeats } as const
      this.#journal.addBaseline(workload, rate, note, {
        resident_bytes_max: residentBytesMax,
        stolen_share: stolenShare,
      })
    }
    const right = rates.filter(({ wrong }) => wrong === '')
    return new Map(right.map(({ loop, recordsPerSecond }) => [loop, recordsPerSecond]))
  }

  #add(measure: string, value: number): void {
    const { values } = this.#to
    values.set(measure, [...(values.get(measure) ?? []), value])
  }
}
