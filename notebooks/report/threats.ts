/**
 * Threats to validity, a paragraph for each figure (METHOD 24): from the manifest and the rows that the figure shows, with the
 * limits that came close. Nothing is said that these do not hold.
 */
import type { Manifest } from '../../results/manifest.ts'
import type { TrialRow } from '../../results/schema.ts'
import { durationText } from './format.ts'
import type { World } from './load.ts'
import { caseLabel, groupBy } from './summarize.ts'
import { ink } from './theme.ts'

export interface FigureRows {
  readonly shown: readonly TrialRow[]
  /** How many trials decided what is shown, and those whose output was not confirmed as right. */
  readonly decided: number
  readonly unconfirmed: readonly TrialRow[]
  /** Of one thread, where the figure uses them. */
  readonly baselines: readonly TrialRow[]
}

/** Doubts that other sentences of the paragraph state with numbers. */
const toldElsewhere: ReadonlySet<string> = new Set(['quick', 'more-threads-than-cores'])

const cellOf = (row: TrialRow): string => `${row.engine} on ${caseLabel(row)}`
const doubtsOf = ({ warnings = '' }: TrialRow): readonly string[] =>
  warnings.split(' ').filter((name) => name !== '')

/** Sentences, in the order in which a reader doubts. */
export function threatsOf(manifest: Manifest, world: World, rows: FigureRows): readonly string[] {
  const { shown } = rows
  return [
    ...(world === 'threads'
      ? [
          'Threads of one machine: no network, no other disks, one clock.',
          coresText(manifest, shown),
        ]
      : [
          `Simulated: as good as its calibration (${manifest.calibrationSha256?.slice(0, 12) ?? 'none'}).`,
        ]),
    lengthsText(shown),
    ...baselineTexts(rows.baselines),
    unconfirmedText(rows),
    doubtsText(shown),
    ...nearestTexts(shown),
    ...(world === 'threads' ? [stallsText(shown)] : []),
    ...manifest.warnings,
  ]
}

function coresText({ environment }: Manifest, rows: readonly TrialRow[]): string {
  const cores = environment.coresLimit ?? environment.cores
  const threadsOf = (row: TrialRow): number =>
    (row.workers ?? 0) + (row.cpu_ns_driver === undefined ? 0 : 1)
  const most = Math.max(...rows.map(threadsOf))
  const over = rows.filter((row) => threadsOf(row) > cores)
  if (over.length === 0) return `At most ${most} busy threads on ${cores} cores.`
  const engines = [...new Set(over.map(({ engine }) => engine))].join(', ')
  return `${over.length} of ${rows.length} trials (${engines}) have up to ${most} workers and drivers on ${cores} cores: they wait for a core.`
}

function lengthsText(rows: readonly TrialRow[]): string {
  const measured = span(rows.flatMap((row) => row.measured_ns ?? []).sort(ascending), durationText)
  const warmup = span(rows.flatMap((row) => row.warmup_ns ?? []).sort(ascending), durationText)
  const sizes = [...groupBy(rows, (row) => `${cellOf(row)} ${row.role}`).values()]
  const repeats = span(sizes.map(({ length }) => length).sort(ascending), String)
  const quick = rows.some((row) => doubtsOf(row).includes('quick'))
  return `Measured for ${measured} after ${warmup} of warm-up; trials for each engine, workload and role: ${repeats}${quick ? ' (quick: under 5 minutes or under 10 trials)' : ''}.`
}

function baselineTexts(rows: readonly TrialRow[]): readonly string[] {
  if (rows.length === 0) return []
  const sizes = [...groupBy(rows, (row) => `${caseLabel(row)} ${row.kernels}`).values()]
  return [
    `Measurements of each loop of one thread: ${span(sizes.map(({ length }) => length).sort(ascending), String)}.`,
  ]
}

function unconfirmedText({ decided, unconfirmed }: FigureRows): string {
  const trials = `of the ${decided} trials that decided this`
  if (unconfirmed.length === 0) return `Invalid or unconfirmed: none ${trials}.`
  const cells = [...new Set(unconfirmed.map(cellOf))].join(', ')
  return `Invalid or unconfirmed: ${unconfirmed.length} ${trials} (${cells}).`
}

/** Doubts that the rows themselves raise, by name: `experiments/runner/warnings.ts` has their causes. */
function doubtsText(rows: readonly TrialRow[]): string {
  const doubts = rows.flatMap((row) =>
    doubtsOf(row).flatMap((name) => (toldElsewhere.has(name) ? [] : { name, cell: cellOf(row) })),
  )
  if (doubts.length === 0) return 'No other doubt is raised by a row.'
  const texts = [...groupBy(doubts, ({ name }) => name)].map(
    ([name, same]) =>
      `${name} ${same.length} of ${rows.length} (${[...new Set(same.map(({ cell }) => cell))].join(', ')})`,
  )
  return `Doubts of the rows: ${texts.join('; ')}.`
}

/** What came closest to deciding otherwise. */
function nearestTexts(rows: readonly TrialRow[]): readonly string[] {
  const share = (value: number | undefined, whole: number | undefined, row: TrialRow) =>
    value === undefined || whole === undefined ? [] : [{ share: value / whole, row }]
  const [latest] = rows
    .flatMap((row) => share(row.latency_ns_p99, row.latency_bound_ns, row))
    .sort((a, b) => b.share - a.share)
  const [slowest] = rows
    .flatMap((row) => share(row.throughput_records_per_s, row.offered_records_per_s, row))
    .sort((a, b) => a.share - b.share)
  const [stalled] = rows
    .flatMap((row) => share(row.stall_ns_p99, row.latency_ns_p99, row))
    .sort((a, b) => b.share - a.share)
  const texts = [
    ...(latest ? [`p99 ${percent(latest.share)} of the bound (${cellOf(latest.row)})`] : []),
    ...(slowest
      ? [`pace ${percent(slowest.share)} of what was offered (${cellOf(slowest.row)})`]
      : []),
    ...(stalled
      ? [`p99 of stalls ${percent(stalled.share)} of the p99 latency (${cellOf(stalled.row)})`]
      : []),
  ]
  return texts.length === 0 ? [] : [`Nearest to a limit: ${texts.join('; ')}.`]
}

function stallsText(rows: readonly TrialRow[]): string {
  const [worst] = rows
    .filter((row) => row.stall_ns_max !== undefined)
    .sort((a, b) => b.stall_ns_max! - a.stall_ns_max!)
  const stolen = stolenText(rows)
  if (worst === undefined) return `Stalls of threads were not recorded. ${stolen}`
  return `Longest stall of a thread: ${durationText(worst.stall_ns_max!)} (${cellOf(worst)}). ${stolen}`
}

function stolenText(rows: readonly TrialRow[]): string {
  const [worst] = rows
    .filter((row) => row.stolen_share !== undefined)
    .sort((a, b) => b.stolen_share! - a.stolen_share!)
  if (worst === undefined) return 'What the host stole is not recorded apart.'
  return `Stolen by the host: at most ${percent(worst.stolen_share!)} of the CPU time (${cellOf(worst)}).`
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
const ascending = (a: number, b: number): number => a - b

/** `1.5 s`, or `500 ms to 2 s`; values are sorted. */
function span(values: readonly number[], text: (value: number) => string): string {
  const [low, high] = [values[0], values.at(-1)]
  if (low === undefined || high === undefined) return 'unknown'
  return low === high ? text(low) : `${text(low)} to ${text(high)}`
}

const LINE_HEIGHT = 14

/** The paragraph as a view to stand below a figure, wrapped at that many characters. */
export function threatsView(sentences: readonly string[], charactersMax: number) {
  const lines: string[] = ['']
  for (const word of sentences.join(' ').split(' ')) {
    const line = lines.at(-1)!
    if (line.length + 1 + word.length > charactersMax) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  const text = { type: 'text', align: 'left', baseline: 'top', fontSize: 10 } as const
  const x = { value: 0 } as const
  return {
    data: { values: [{}] },
    width: 10,
    height: LINE_HEIGHT * (lines.length + 1),
    layer: [
      {
        mark: { ...text, fontWeight: 'bold', color: ink.text },
        encoding: { x, y: { value: 0 }, text: { value: 'Threats to validity' } },
      },
      {
        mark: { ...text, lineHeight: LINE_HEIGHT, color: ink.soft },
        encoding: { x, y: { value: LINE_HEIGHT + 2 }, text: { value: lines } },
      },
    ],
  } as const
}
