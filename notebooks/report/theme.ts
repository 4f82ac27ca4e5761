/**
 * How every figure looks: an engine has one colour *and* one shape *and* one dash, in all figures, for good.
 *
 * Colours are Okabe and Ito's, which the colour-blind can tell apart; shapes and dashes carry the same message in grey.
 * The font family is private: it is registered from a package, so a figure does not depend on the fonts of a machine.
 */
import type { Config } from 'vega-lite'

/** In figures only; the names after it are for viewers of the SVG that do not have it. */
export const fontFamily = 'Chart Sans'

export interface EngineStyle {
  readonly colour: string
  /** A name of Vega's symbols, or an SVG path in a square from −1 to 1. */
  readonly shape: string
  /** Lengths of strokes and gaps in px; empty for a solid line. */
  readonly dash: readonly number[]
}

const styles: Readonly<Record<string, EngineStyle>> = {
  timely: { colour: '#0072b2', shape: 'circle', dash: [] },
  dstream: { colour: '#d55e00', shape: 'square', dash: [7, 3] },
  'timely-rust': { colour: '#56b4e9', shape: 'triangle-up', dash: [2, 2] },
  spark: { colour: '#b8860b', shape: 'diamond', dash: [9, 3, 2, 3] },
  flink: { colour: '#cc79a7', shape: 'triangle-down', dash: [4, 2] },
}

/** Engines that nobody styled share one grey look: they are told apart by their labels, or get a style here. */
const unknownStyle: EngineStyle = { colour: '#666666', shape: 'cross', dash: [1, 3] }

export function styleOf(engine: string): EngineStyle {
  return styles[engine] ?? unknownStyle
}

/** Styled engines first, in their fixed order, then others by name: figures and legends agree. */
export function inOrder(engines: Iterable<string>): readonly string[] {
  const order = Object.keys(styles)
  const rank = (engine: string): number => {
    const index = order.indexOf(engine)
    return index < 0 ? order.length : index
  }
  return [...new Set(engines)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/** Domain and ranges of the three engine scales. */
export function engineScales(engines: readonly string[]): {
  readonly color: { readonly domain: string[]; readonly range: string[] }
  readonly shape: { readonly domain: string[]; readonly range: string[] }
  readonly dash: { readonly domain: string[]; readonly range: number[][] }
} {
  const domain = [...engines]
  const looks = engines.map(styleOf)
  return {
    color: { domain, range: looks.map(({ colour }) => colour) },
    shape: { domain, range: looks.map(({ shape }) => shape) },
    dash: { domain, range: looks.map(({ dash }) => (dash.length === 0 ? [1, 0] : [...dash])) },
  }
}

/** Colours of everything that is no engine. */
export const ink = {
  text: '#222222',
  soft: '#5c5c5c',
  baseline: '#111111',
  plainBaseline: '#8a8a8a',
  reference: '#7a7a7a',
  grid: '#e6e6e6',
} as const

const family = `${fontFamily}, DejaVu Sans, sans-serif`

export const config: Config = {
  background: 'white',
  padding: 14,
  font: family,
  view: { stroke: null },
  title: {
    anchor: 'start',
    frame: 'bounds',
    color: ink.text,
    fontSize: 15,
    fontWeight: 'bold',
    subtitleColor: ink.soft,
    subtitleFontSize: 11,
    subtitleLineHeight: 16,
    subtitlePadding: 6,
    offset: 14,
  },
  axis: {
    gridColor: ink.grid,
    domainColor: '#999999',
    tickColor: '#999999',
    labelColor: ink.text,
    titleColor: ink.text,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelPadding: 4,
  },
  legend: {
    orient: 'top',
    direction: 'horizontal',
    labelFontSize: 12,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelColor: ink.text,
    symbolSize: 90,
    symbolOpacity: 1,
    // A dashed outline would fray the shape.
    symbolStrokeWidth: 0,
    offset: 8,
    title: null,
  },
}
