/** What `ticks` prints: paces and latencies by tick, and the ticks that follow from them. From rows, no clock. */
import { median } from '../../results/median.ts'
import {
  holdsHalf,
  type LoadTry,
  latencyNoise,
  latencyTick,
  NEAR_SHARES,
  NOISE_LEAST,
  nearLoad,
  paceNoise,
  type TickCell,
  type TickRow,
  type TickTries,
  throughputTick,
  tickCells,
} from '../../results/tick-choice.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import { type CompareCase, LATENCY_BOUND } from '../compare/cases.ts'
import { wrapped } from '../compare/report.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import { HALF_SHARE } from './ladder.ts'

export interface ChosenTicks {
  readonly cell: TickCell
  readonly throughput: TickTries | undefined
  readonly latency: TickTries | undefined
}

/** By the noise of each case. */
export function chosenTicks(rows: readonly TickRow[]): readonly ChosenTicks[] {
  return [...Map.groupBy(tickCells(rows), ({ caseName }) => caseName).values()].flatMap((cells) =>
    cells.map((cell) => ({
      cell,
      throughput: throughputTick(cell.ticks, paceNoise(cells)),
      latency: latencyTick(cell.ticks, latencyNoise(cells)),
    })),
  )
}

export function ruleLines(repeats: number): readonly string[] {
  const bound = formatDuration(LATENCY_BOUND)
  const [first, ...rest] = NEAR_SHARES
  return [
    'One rule for both engines, on one ladder. Medians of the tries; a try that was not held has no latency.',
    `For throughput: the tick that held the highest load (p99 ≤ ${bound}, no growing queue) in more than half of the tries; of those within the noise of it, the shortest. Loads are ${first} of the tick's own pace under overload, then ${rest.join(' and ')}.`,
    `For latency: of the ticks that held half load in every try, the one with the lowest p99; of those within the noise of it, the one with the lowest p50. Half load is ${HALF_SHARE.toFixed(2)} of what the tick for throughput held: compare looks above that.`,
    `Noise: largest try of a tick ÷ smallest, the median of a case, but at least ${NOISE_LEAST.pace} of paces and ${NOISE_LEAST.p99} of p99, which compare takes for no difference. Every tick is tried once, those that the rule compares ${repeats === 1 ? 'too' : `up to ${repeats} times at each load`}.`,
  ].flatMap((line) => wrapped(line))
}

/** A paragraph for each case that has rows. */
export function caseLines(compareCase: CompareCase, rows: readonly TickRow[]): readonly string[] {
  const chosen = chosenTicks(rows).filter(({ cell }) => cell.caseName === compareCase.name)
  if (chosen.length === 0) return []
  const cells = chosen.map(({ cell }) => cell)
  const halves = cells.flatMap(({ engine, ticks }) => {
    const [rate] = ticks.flatMap(({ half }) => half.map((one) => one.rate))
    return rate === undefined ? [] : [`${engine} ${formatRate(rate)}`]
  })
  const noise = `noise: paces ${timesText(paceNoise(cells))}, p99 ${timesText(latencyNoise(cells))}`
  return [
    '',
    ...wrapped(`${compareCase.label}. Half load: ${halves.join(', ') || 'not known'}; ${noise}.`),
    formatTable(
      [
        { title: 'engine', align: 'left' },
        { title: 'tick' },
        { title: 'pace', unit: 'overload' },
        { title: 'counted', unit: 'of tries' },
        { title: 'load', unit: 'held' },
        { title: 'p99', unit: 'of it' },
        { title: 'held', unit: 'of tries' },
        { title: 'p50', unit: 'half load' },
        { title: 'p99', unit: 'half load' },
        { title: 'held', unit: 'of tries' },
        { title: 'chosen for', align: 'left' },
      ],
      chosen.flatMap((one, index): TableRow[] => [
        ...(index > 0 ? [null] : []),
        ...one.cell.ticks.map((tries) => tickLine(one, tries)),
      ]),
    ),
  ]
}

function tickLine({ cell, throughput, latency }: ChosenTicks, tries: TickTries): TableRow {
  const { paces, overloads, near, half } = tries
  const load = nearLoad(tries)
  const failed = near.length > 0 ? 'not held' : undefined
  const chosen = [
    ...(tries === throughput ? ['throughput'] : []),
    ...(tries === latency ? ['latency'] : []),
  ]
  return [
    cell.engine,
    formatDuration(tries.tick),
    paces.length === 0 ? undefined : formatRate(median(paces)),
    `${paces.length} / ${overloads}`,
    load === undefined || load.tries.length === 0 ? failed : formatRate(load.rate),
    load && latencyText(load.tries, true, 'p99'),
    triesText(load && load.tries.length > 0 ? load.tries : near),
    latencyText(half, holdsHalf(tries), 'p50'),
    latencyText(half, holdsHalf(tries), 'p99'),
    triesText(half),
    chosen.join(', '),
  ]
}

function latencyText(
  tries: readonly LoadTry[],
  holds: boolean,
  of: 'p50' | 'p99',
): string | undefined {
  if (tries.length === 0) return undefined
  if (!holds) return 'not held'
  return formatDuration(Number(median(tries.map((one) => one[of])).toPrecision(3)))
}

const triesText = (tries: readonly LoadTry[]): string | undefined =>
  tries.length === 0 ? undefined : `${tries.filter(({ held }) => held).length} / ${tries.length}`

const timesText = (noise: number): string => `${noise.toFixed(2)}×`

/** As they stand in `compare/cases.ts`. */
export function tableOfTicks(rows: readonly TickRow[]): readonly string[] {
  const ms = (tries: TickTries | undefined): string => (tries ? `${tries.tick / 1e6}` : '?')
  const byCase = Map.groupBy(chosenTicks(rows), ({ cell }) => cell.caseName)
  return [...byCase].map(([caseName, chosen]) => {
    const ofEngines = chosen.map(
      ({ cell, throughput, latency }) => `${cell.engine}: ticks(${ms(throughput)}, ${ms(latency)})`,
    )
    return `  ${/^\w+$/.test(caseName) ? caseName : `'${caseName}'`}: { ${ofEngines.join(', ')} },`
  })
}

/** What the run leaves open, in words. */
export function openQuestions(rows: readonly TickRow[]): readonly string[] {
  return chosenTicks(rows).flatMap(({ cell, throughput, latency }) => {
    const { caseName, engine, ticks } = cell
    const whose = `${caseName}, ${engine}`
    const noneHeld = 'no tick of the ladder held'
    return [
      ...(throughput === undefined ? [`${whose}: ${noneHeld} a load near its pace.`] : []),
      ...(throughput !== undefined && latency === undefined
        ? [`${whose}: ${noneHeld} half load in every try.`]
        : []),
      ...(latency !== undefined && latency === ticks[0]
        ? [
            `${whose}: its tick for latency is the shortest of the ladder; a shorter one was not tried.`,
          ]
        : []),
    ]
  })
}
