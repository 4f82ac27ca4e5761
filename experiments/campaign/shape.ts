/**
 * How much of a test a trial is: its nodes, its ticks, and how many of its faults hit work in flight. A campaign whose median trial
 * has less than this has tested little, however many it has run.
 */
export const SHAPE_MIN = { nodes: 3, ticks: 20, 'hits in flight': 1 } as const

export type Measure = keyof typeof SHAPE_MIN

export const MEASURES = Object.keys(SHAPE_MIN) as readonly Measure[]

export type Shape = Readonly<Record<Measure, number>>

/** By value: trials that have it. */
export type Counts = Readonly<Record<string, number>>

export type ShapeCounts = Readonly<Record<Measure, Counts>>

export function addShape(
  counts: Partial<Record<Measure, Record<string, number>>>,
  shape: Shape,
): void {
  for (const measure of MEASURES) {
    const values = counts[measure] ?? {}
    counts[measure] = values
    const value = shape[measure]
    values[value] = (values[value] ?? 0) + 1
  }
}

/** Of all chunks: the median of each measure, the lower one of two; 0 where nothing was measured. */
export function medianShape(chunks: readonly Partial<ShapeCounts>[]): Shape {
  const medians = MEASURES.map((measure) => {
    return [measure, medianOf(chunks.map((counts) => counts[measure] ?? {}))] as const
  })
  return Object.fromEntries(medians) as Shape
}

/** Measures whose median is below what it is to be. */
export function lacking(medians: Shape): readonly Measure[] {
  return MEASURES.filter((measure) => medians[measure] < SHAPE_MIN[measure])
}

function medianOf(chunks: readonly Counts[]): number {
  const totals = new Map<number, number>()
  let all = 0
  for (const counts of chunks) {
    for (const [value, count] of Object.entries(counts)) {
      totals.set(Number(value), (totals.get(Number(value)) ?? 0) + count)
      all += count
    }
  }
  let before = 0
  for (const [value, count] of [...totals].sort(([a], [b]) => a - b)) {
    before += count
    if (2 * before >= all) return value
  }
  return 0
}
