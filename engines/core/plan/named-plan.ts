/**
 * Plans by name: how a plan reaches a process. Closures do not cross threads or a driver's restart, so each process
 * imports the module, calls its export with the parameters, and checks the hash of what it built.
 */
import { PlanError } from '../errors.ts'
import type { NamedPlan, Plan } from './plan.ts'
import { hashPlan } from './plan-hash.ts'
import { staticPart } from './static-data.ts'
import { type Described, planOf } from './stream.ts'

/** What a plan's module exports: a function of the plan's parameters. */
export type PlanExport<P = Readonly<Record<string, unknown>>> = (parameters: P) => Described

const REPOSITORY = new URL('../../../', import.meta.url)

/**
 * Builds the plan that a name stands for.
 *
 * Errors: `PlanError` when the module cannot be imported, has no such function, or built a plan with another hash than
 * the name's. What the function itself throws passes through.
 */
export async function loadPlan(named: NamedPlan): Promise<Plan> {
  const asked = `the plan ${named.export} of ${named.module}`
  const url = new URL(named.module, REPOSITORY)
  if (!url.href.startsWith(REPOSITORY.href)) {
    throw new PlanError({
      asked,
      found: 'a path that leaves the repository',
      rule: 'a module is named relative to the repository’s root',
      remedy: `Name it like 'workloads/word-count/workload.ts'`,
    })
  }
  const module = await importModule(url, asked)
  const make = module[named.export]
  if (typeof make !== 'function') {
    throw new PlanError(
      {
        asked,
        found: make === undefined ? 'no export of this name' : `an export of type ${typeof make}`,
        rule: 'the export is a function from parameters to a stream or a plan',
        remedy: `Export one of: ${Object.keys(module).join(', ') || 'nothing is exported yet'}`,
      },
      { ...named },
    )
  }
  const plan = planOf((make as PlanExport)(named.parameters), asked)
  const hash = hashPlan(plan)
  if (named.hash !== undefined && named.hash !== hash) {
    throw new PlanError(
      {
        asked: `${asked} with the hash ${named.hash}`,
        found: `the hash ${hash}`,
        rule: 'every process of a run builds the same plan from the same source and parameters',
        remedy:
          'Start the run anew if the module changed; else make it depend on its parameters only',
      },
      { ...named, found: hash },
    )
  }
  return named.static === undefined ? plan : staticPart(plan, named.static)
}

/** The name of a plan with its hash filled in: what goes into a run's configuration. */
export async function namePlan(named: NamedPlan): Promise<NamedPlan> {
  return { ...named, hash: hashPlan(await loadPlan(named)) }
}

async function importModule(url: URL, asked: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url.href)) as Record<string, unknown>
  } catch (cause) {
    throw new PlanError(
      {
        asked,
        found: `the module cannot be imported (${cause instanceof Error ? cause.message : cause})`,
        rule: 'a module is named by its path from the repository’s root, with its extension',
        remedy: 'Check the path and that the module imports without errors',
      },
      { url: url.href },
      cause,
    )
  }
}
