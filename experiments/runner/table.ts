/** The table that a run prints: aligned columns, a line of units, no dependency, no colour that a pipe would have to strip. */

export interface TableColumn {
  readonly title: string
  /** Stands below the title; left out where cells carry their own units. */
  readonly unit?: string
  /** Numbers to the right (default), words to the left. */
  readonly align?: 'left' | 'right'
}

/** Cells as text; undefined is missing and shown as a dash. `null` in place of a row is a ruled line between groups. */
export type TableRow = readonly (string | undefined)[] | null

/**
 * Lines of a table without a line feed at the end. A row has one cell for each column.
 *
 * Width counts code points: enough for the Latin, Greek and mathematical signs that results have.
 */
export function formatTable(columns: readonly TableColumn[], rows: readonly TableRow[]): string {
  const header = [columns.map(({ title }) => title)]
  if (columns.some(({ unit }) => unit)) header.push(columns.map(({ unit }) => unit ?? ''))
  const body = rows.map((row) => (row === null ? null : columns.map((_, at) => row[at] ?? '–')))
  const widths = columns.map((_, at) =>
    Math.max(...[...header, ...body].map((row) => (row ? widthOf(row[at]!) : 0))),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const space = ' '.repeat(widths[at]! - widthOf(cell))
        return columns[at]!.align === 'left' ? cell + space : space + cell
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [...header.map(line), rule, ...body.map((row) => (row ? line(row) : rule))].join('\n')
}

function widthOf(text: string): number {
  let width = 0
  for (const _ of text) width++
  return width
}
