/**
 * A figure: a Vega-Lite specification with its data inside, and its rendering to SVG and PNG without a browser.
 *
 * The font is registered before Vega is imported, because Vega measures text through the package `canvas`: without a font
 * every width is 0 and the layout collapses. A warning of Vega-Lite's is an error here: it says that the figure does not
 * show what its author meant. Equal specs give equal bytes, for one version of `canvas`.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { GlobalFonts } from 'canvas'
import type { TopLevelSpec } from 'vega-lite'
import { ResultError } from '../../engines/core/errors.ts'
import { config, fontFamily } from './theme.ts'

export interface Figure {
  /** File name without extension; kebab-case. */
  readonly name: string
  /** The question that it answers, for the gallery. */
  readonly question: string
  readonly spec: TopLevelSpec
}

export interface Rendering {
  readonly svg: string
  /** At twice the size. */
  readonly png: Uint8Array
}

type Vega = Awaited<ReturnType<typeof loadVega>>
let loading: Promise<Vega> | undefined

async function loadVega() {
  const fonts = join(
    createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json'),
    '..',
    'ttf',
  )
  for (const file of ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']) {
    if (!GlobalFonts.registerFromPath(join(fonts, file), fontFamily)) {
      throw new ResultError(
        {
          asked: 'draw a figure',
          found: `the font ${file} cannot be loaded`,
          rule: 'Figures use the font of the package dejavu-fonts-ttf, so that they are alike everywhere',
          remedy: 'Run npm ci',
        },
        { file },
      )
    }
  }
  return { vega: await import('vega'), lite: await import('vega-lite') }
}

/** Renders one figure after the other: Vega counts ids in a global. `ResultError` on any warning. */
export async function render(figure: Figure): Promise<Rendering> {
  loading ??= loadVega()
  const { vega, lite } = await loading
  const complaints: string[] = []
  const note = (...words: readonly unknown[]) => {
    complaints.push(words.map(String).join(' '))
    return logger
  }
  const quiet = () => logger
  const logger = {
    level: ((value?: number) => (value === undefined ? 3 : logger)) as never,
    error: note,
    warn: note,
    info: quiet,
    debug: quiet,
  }
  const compiled = lite.compile(figure.spec, { logger, config })
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger })
  try {
    await view.runAsync()
    vega.resetSVGDefIds()
    const svg = await view.toSVG()
    const canvas = (await view.toCanvas(2)) as unknown as {
      toBuffer(type: 'image/png'): Uint8Array
    }
    const png = canvas.toBuffer('image/png')
    if (complaints.length > 0) {
      throw new ResultError(
        {
          asked: `draw ${figure.name}`,
          found: complaints.join('; '),
          rule: 'A figure is drawn without a warning or not at all',
          remedy: 'Mend its specification in notebooks/report',
        },
        { figure: figure.name, complaints },
      )
    }
    return { svg, png }
  } finally {
    view.finalize()
  }
}
