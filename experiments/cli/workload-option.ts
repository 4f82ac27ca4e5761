/**
 * What a trial runs: a workload of the registry by its name, or with `--plan <module#export>` a plan of the user's own.
 *
 * A module lies in the checkout: every process of a run imports it by its path from there, and so does a replay.
 */
import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { HarnessError, PlanError } from '../../engines/core/errors.ts'
import { formatDuration } from '../../engines/core/plan/duration.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { NamedPlan, Plan } from '../../engines/core/plan/plan.ts'
import { WORKLOADS, workloadNamed } from '../../workloads/index.ts'
import { ownPlan, type PlanPlace, planPlaceOf } from '../../workloads/own-plan.ts'
import type { Workload } from '../../workloads/workload.ts'
import { checkout } from '../runner/command-io.ts'
import { checkPlanEnds } from '../runner/plan-apart.ts'
import { parseArgument, refusal } from './command-error.ts'
import type { TrialFlags } from './trial-flags.ts'

export const WORKLOAD_NAMES = WORKLOADS.map(({ name }) => name)

const EXAMPLE = 'workloads/examples/visitors.ts#visitors'

/** Errors: `ConfigurationError` for neither of both, for both, for a name that is none, and for a module that there is not. */
export function workloadGiven(
  name: string | undefined,
  { plan, input, resume }: Pick<TrialFlags, 'plan' | 'input' | 'resume'>,
): Workload {
  if (plan === undefined) {
    if (name !== undefined) {
      return workloadNamed(parseArgument('workload', name, WORKLOAD_NAMES))
    }
    throw refusal({
      asked: 'run',
      found: 'no workload',
      rule: 'It is called as run [options] <workload>, or with --plan <module#export>',
      remedy: 'npm start -- list shows what there is',
    })
  }
  if (name !== undefined) {
    throw refusal({
      asked: `${name} with --plan ${plan}`,
      found: 'a workload and a plan',
      rule: 'A run is of one of them',
      remedy: 'Drop one of them',
    })
  }
  const place = placeGiven(plan)
  if (input === undefined && resume === undefined) {
    throw refusal({
      asked: `--plan ${plan}`,
      found: 'no input',
      rule: 'A plan of your own has no input of its own',
      remedy: 'Name one by --input: a file, -, an address, or a synthetic one, like page-events',
    })
  }
  return ownPlan(place)
}

/** The module's path is taken from here, and kept as it is from the checkout. */
function placeGiven(text: string): PlanPlace {
  const asked = `--plan ${text}`
  const place = planPlaceOf(text)
  if (place === undefined || place.module === '' || place.export === '') {
    throw refusal({
      asked,
      found: 'no module and export',
      rule: 'A plan is named by its module and a function that it exports',
      remedy: `Write it like ${EXAMPLE}`,
    })
  }
  const module = relative(checkout, resolve(place.module))
  if (module.startsWith('..') || isAbsolute(module)) {
    throw refusal({
      asked,
      found: 'a module outside of the checkout',
      rule: 'Every process of a run imports it by its path from there',
      remedy: `Put it into the checkout, like ${EXAMPLE}`,
    })
  }
  if (!existsSync(resolve(place.module))) {
    throw refusal({
      asked,
      found: `no such file: ${module}`,
      rule: 'A module is named by its path, with its extension',
      remedy: 'Check the path',
    })
  }
  return { module, export: place.export }
}

/** What a plan of the user's own says when it is made. */
export interface MadePlan {
  /** Of its stream; none where it has no stream, for which it is refused later. */
  readonly interval?: string
  readonly warnings: readonly string[]
}

/**
 * Makes the plan of a name, as every process will.
 *
 * Errors: `PlanError` for a module that cannot be imported, an export that there is not or that makes no plan, for a function
 * that throws and for what is never done; what it refuses by a `HarnessError` of its own passes through.
 */
export async function makeOwnPlan(named: NamedPlan): Promise<MadePlan> {
  await checkPlanEnds(named)
  const read = new Set<string>()
  const plan = await loaded({ ...named, parameters: noting(named.parameters, read) })
  const unread = Object.keys(named.parameters).filter((name) => !read.has(name))
  const interval = intervalOf(plan)
  return {
    ...(interval === undefined ? {} : { interval }),
    warnings: unread.map(
      (name) =>
        `${named.export} of ${named.module} has not read its parameter ${name} when it was called. If no function of the plan does, it changes nothing.`,
    ),
  }
}

async function loaded(named: NamedPlan): Promise<Plan> {
  try {
    return await loadPlan(named)
  } catch (error) {
    if (error instanceof HarnessError) throw error
    throw new PlanError(
      {
        asked: `the plan ${named.export} of ${named.module}`,
        found: `its function threw ${error}`,
        rule: 'a plan is what a function makes of its parameters, in every process',
        remedy: 'Mend the function, or give it other parameters',
      },
      { module: named.module, export: named.export },
      error,
    )
  }
}

/** The parameters; who reads one, or asks which there are, is noted. */
function noting(
  parameters: NamedPlan['parameters'],
  read: Set<string>,
): Readonly<Record<string, unknown>> {
  return new Proxy(parameters, {
    get(target, name) {
      read.add(String(name))
      return Reflect.get(target, name)
    },
    ownKeys(target) {
      for (const name of Object.keys(target)) read.add(name)
      return Reflect.ownKeys(target)
    },
  })
}

function intervalOf({ nodes }: Plan): string | undefined {
  for (const node of nodes) {
    if (node.kind === 'source' && !node.static) return formatDuration(node.interval)
  }
  return undefined
}
