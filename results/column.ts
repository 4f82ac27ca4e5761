/**
 * A column of a results table, as data: name, group, type, unit, meaning.
 *
 * The type of a row is derived from its columns, so the schema is written once: the compiler, the writer, the reader and
 * the README all read the same lines.
 */

/** In this order in every table: who, under which conditions, what was measured, how it ended. */
export const columnGroups = ['identity', 'factor', 'measure', 'outcome'] as const
export type ColumnGroup = (typeof columnGroups)[number]

export type ColumnType = 'text' | 'integer' | 'number' | 'boolean'

export interface Column {
  /** snake_case; the unit is the last word, and only a statistic (`p99`, `max`, `low`) may follow it. */
  readonly name: string
  readonly group: ColumnGroup
  readonly type: ColumnType
  /** Empty where a number counts nothing (a seed, an index) or the value is text. */
  readonly unit: string
  readonly meaning: string
  /** A row without it is refused. All others may be missing: an empty cell, never zero. */
  readonly required: boolean
  /** Closed list of values, where there is one. */
  readonly values: readonly string[] | null
}

/** `text` means any; a list is closed. */
type Kind = ColumnType | readonly string[]
type TypeOf<K extends Kind> = K extends ColumnType ? K : 'text'
type ValuesOf<K extends Kind> = K extends ColumnType ? null : K

interface ColumnOf<N extends string, K extends Kind, R extends boolean> extends Column {
  readonly name: N
  readonly type: TypeOf<K>
  readonly required: R
  readonly values: ValuesOf<K>
}

/** A group's constructor of optional columns; a unit is `''` where there is none. */
function columnsOf<R extends boolean>(group: ColumnGroup, required: R) {
  return <const N extends string, const K extends Kind>(
    name: N,
    kind: K,
    unit: string,
    meaning: string,
  ): ColumnOf<N, K, R> => ({
    name,
    group,
    type: (typeof kind === 'string' ? kind : 'text') as TypeOf<K>,
    unit,
    meaning,
    required,
    values: (typeof kind === 'string' ? null : kind) as ValuesOf<K>,
  })
}

export const identity = columnsOf('identity', true)
export const requiredFactor = columnsOf('factor', true)
export const factor = columnsOf('factor', false)
export const measure = columnsOf('measure', false)
export const requiredMeasure = columnsOf('measure', true)
export const outcome = columnsOf('outcome', false)
export const requiredOutcome = columnsOf('outcome', true)

type ValueOf<C extends Column> = C['values'] extends readonly string[]
  ? C['values'][number]
  : C['type'] extends 'text'
    ? string
    : C['type'] extends 'boolean'
      ? boolean
      : number

type RequiredIn<T extends readonly Column[]> = Extract<T[number], { readonly required: true }>
type OptionalIn<T extends readonly Column[]> = Exclude<T[number], { readonly required: true }>

/** A row of a table with these columns. What is missing is absent or `undefined`. */
export type RowOf<T extends readonly Column[]> = {
  readonly [C in RequiredIn<T> as C['name']]: ValueOf<C>
} & {
  readonly [C in OptionalIn<T> as C['name']]?: ValueOf<C> | undefined
}
