/**
 * Rebuilds every figure of a run from its CSV files alone, on a machine that never ran the experiment:
 * `npx node notebooks/render.ts results/compare/latest`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { HarnessError, ResultError } from '../engines/core/errors.ts'
import type { ReadOptions } from '../results/reader.ts'
import { render } from './report/figure.ts'
import { figuresOf } from './report/figures.ts'
import { loadRun } from './report/load.ts'

/**
 * Writes `figures/<name>.{vl.json,svg,png}` into the run's folder and returns the paths of the PNGs. Empty for a run whose
 * rows no figure shows. `ResultError` if the run is refused, a figure cannot be drawn, or the folder cannot be written.
 */
export async function renderRun(
  folder: string,
  options?: ReadOptions,
  into: string = join(folder, 'figures'),
): Promise<readonly string[]> {
  const figures = figuresOf(loadRun(folder, options))
  const pictures: string[] = []
  for (const figure of figures) {
    const { svg, png } = await render(figure)
    try {
      mkdirSync(into, { recursive: true })
      writeFileSync(join(into, `${figure.name}.vl.json`), specText(figure.spec))
      writeFileSync(join(into, `${figure.name}.svg`), `${svg}\n`)
      writeFileSync(join(into, `${figure.name}.png`), png)
    } catch (cause) {
      throw new ResultError(
        {
          asked: `write ${figure.name} into ${into}`,
          found: (cause as NodeJS.ErrnoException).code ?? String(cause),
          rule: "Figures are written into the run's folder",
          remedy: 'Permit writing there, or copy the run to another place',
        },
        { figure: figure.name },
        cause,
      )
    }
    pictures.push(join(into, `${figure.name}.png`))
  }
  return pictures
}

/** A spec as it is committed: one item of data a line would be longer than it helps, so plain JSON. */
export function specText(spec: object): string {
  return `${JSON.stringify(spec, null, 1)}\n`
}

if (import.meta.main) {
  const folders = process.argv.slice(2).filter((argument) => argument !== '--incomplete')
  try {
    if (folders.length === 0) throw new Error('Usage: npx node notebooks/render.ts <run folder> …')
    for (const folder of folders) {
      const pictures = await renderRun(folder, {
        incomplete: process.argv.includes('--incomplete'),
      })
      if (pictures.length === 0) console.log(`${folder}: no rows that a figure shows`)
      for (const picture of pictures) console.log(relative('.', picture))
    }
  } catch (error) {
    console.error(error instanceof HarnessError ? error.message : error)
    process.exitCode = 1
  }
}
