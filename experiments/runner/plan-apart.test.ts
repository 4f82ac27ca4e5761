/** Plans of a user's own that are never made. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { checkout } from './command-io.ts'
import { checkPlanEnds } from './plan-apart.ts'

// Modules of plans lie in the checkout.
const folder = mkdtempSync(join(checkout, 'results', '.plans-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const planOf = (name: string, source: string) => {
  const path = join(folder, `${name}.ts`)
  writeFileSync(path, source)
  return { module: relative(checkout, path), export: 'plan', parameters: {} }
}

it.each([
  ['the function', 'export function plan() { for (;;); }'],
  ['the module', 'export const plan = () => 0\nfor (;;);'],
])('%s never returns: it is said, and the thread is gone', async (what, source) => {
  const named = planOf(`endless-${what.length}`, source)
  await expect(checkPlanEnds(named, { limitMs: 50 })).rejects.toThrow(
    /^the plan plan of \S+: it was not done within 50ms\. .* Look for a loop /,
  )
})

it('a module that waits for ever is told from one that works for long', async () => {
  const named = planOf('waits', 'await new Promise(() => {})\nexport const plan = () => 0')
  await expect(checkPlanEnds(named)).rejects.toThrow(/: it waits for what never comes\. /)
})

it('what is wrong otherwise is left to who makes the plan', async () => {
  await checkPlanEnds(planOf('throws', 'export function plan() { throw new Error("no") }'))
  await checkPlanEnds({ module: 'nowhere.ts', export: 'plan', parameters: {} })
})
