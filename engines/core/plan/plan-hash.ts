/**
 * The hash of a plan: its structure, the texts of its functions, the kernels they call.
 *
 * Processes rebuild a plan from its name; the hash tells that they built the same. It must not depend on *how* a process
 * was given its source: Node blanks types out, a bundler prints the program anew. So a function's text is reduced to what
 * both keep: its words and operators, without comments, blanks, quotes, brackets and separators. Captured values are not
 * seen: they come from the parameters, which are part of the name.
 */
import { createHash } from 'node:crypto'
import type { Plan, PlanFunction } from './plan.ts'

/** 16 hexadecimal digits, equal in every process that builds the plan from the same source. */
export function hashPlan(plan: Plan): string {
  const text = JSON.stringify(plan.nodes, (_name, value: unknown) =>
    typeof value === 'function' ? functionText(value as PlanFunction) : value,
  )
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function functionText(f: PlanFunction): string {
  if (f.kernel !== undefined) return `kernel ${JSON.stringify(f.kernel)}`
  return (
    String(f)
      .replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*/g, '')
      // What a bundler puts before an imported name.
      .replace(/(?:\(0,\s*)?__vi(?:te)?_(?:ssr_)?import_\d+__(?:\.default)?\.?/g, '')
      // 1_000 or 1e3, 0x10 or 16.
      .replace(/\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b/gi, (digits) =>
        String(Number(digits.replaceAll('_', ''))),
      )
      .replace(/[\s;,(){}'"`]+/g, '')
  )
}
