/** `list`: what there is, generated from the registries, so that it cannot be out of date. */
import { Command } from 'commander'
import {
  CLAUSE_FORMS,
  FAULT_NAMES,
  FAULT_WORDS,
  type FaultName,
  type FaultWorld,
  formOf,
  ROLE_NAMES,
  ROLE_WORDS,
  takes,
} from '../../../engines/core/faults/fault-words.ts'
import { runsAsJobs } from '../../../engines/core/input/bounded-config.ts'
import { loadPlan } from '../../../engines/core/plan/named-plan.ts'
import {
  AS_JOBS,
  type EngineName,
  reasonAgainst,
  runs,
  runsPlan,
} from '../../../engines/core/plan/operator-support.ts'
import { FUNCTIONS, WORDS, type Word } from '../../../engines/core/plan/vocabulary.ts'
import { ENGINES } from '../../../engines/index.ts'
import { WORKLOADS } from '../../../workloads/index.ts'
import type { ParameterSpec } from '../../../workloads/parameters.ts'
import type { Workload } from '../../../workloads/workload.ts'
import { parseArgument } from '../command-error.ts'
import { inputsOf } from '../input-option.ts'

export const LISTS = [
  'workloads',
  'operators',
  'functions',
  'engines',
  'worlds',
  'faults',
  'experiments',
  'options',
] as const

const ENGINE_MEANINGS: Readonly<Record<(typeof ENGINES)[number], string>> = {
  timely: 'continuous operators: timely dataflow, after Naiad; commits at the end of an epoch',
  dstream:
    'micro-batches: discretized streams, after Spark Streaming; a driver starts a job a batch',
}

const WORLD_MEANINGS: readonly (readonly [FaultWorld, string])[] = [
  ['threads', 'worker threads, real time, shared memory: what is measured'],
  ['simulated', 'virtual clock, network and disks, from one seed: what is replayed byte for byte'],
]

const OWN_PLAN =
  '  or a plan of your own: run --plan <module#export>, over any input, judged by what its words mean'

/** `commands` are the program's, asked for when the command runs. */
export function listCommand(commands: () => readonly Command[]): Command {
  return new Command('list')
    .summary('show workloads, operators, functions, engines, worlds, faults, experiments, options')
    .description('Shows what there is: all of it, or one kind.')
    .argument('[kind]', LISTS.join(', '))
    .action(async (kind: string | undefined) => {
      const wanted = kind === undefined ? LISTS : [parseArgument('kind', kind, LISTS)]
      const lines = await Promise.all(wanted.map((each) => linesOf(each, commands())))
      const sections = lines.map((each, at) => [wanted[at], ...each].join('\n'))
      process.stdout.write(`${sections.join('\n\n')}\n`)
    })
}

async function linesOf(
  kind: (typeof LISTS)[number],
  commands: readonly Command[],
): Promise<readonly string[]> {
  switch (kind) {
    case 'workloads':
      return [...(await Promise.all(WORKLOADS.map(linesOfWorkload))).flat(), OWN_PLAN]
    case 'operators':
      return [...aligned(WORDS.flatMap(rowsOfWord)), ...ENGINES.flatMap(refusalsOf)]
    case 'functions':
      return aligned(Object.entries(FUNCTIONS))
    case 'engines':
      return aligned(ENGINES.map((name) => [name, ENGINE_MEANINGS[name]]))
    case 'worlds':
      return aligned(WORLD_MEANINGS)
    case 'faults':
      return linesOfFaults()
    case 'experiments':
      return aligned(commands.map((command) => [command.name(), command.summary()]))
    case 'options': {
      const run = commands.find((command) => command.name() === 'run')
      return aligned((run?.options ?? []).map(({ flags, description }) => [flags, description]))
    }
  }
}

/** Engines that run something, and whether the D-Stream engine does with options. */
function enginesText(isRunBy: (engine: EngineName) => boolean, asJobs: boolean): string {
  const without = asJobs && !isRunBy('dstream')
  return [...ENGINES.filter(isRunBy), ...(without ? [`dstream with ${AS_JOBS}`] : [])].join(', ')
}

function supportOf(word: Word): string {
  return enginesText((engine) => runs(engine, word), word.need === 'loops')
}

/** A word, and its options below it: they are run by who runs the word. */
function rowsOfWord(word: Word): readonly Row[] {
  const { options = {}, meaning } = word
  const own = Object.entries(options).map(([option, text]): Row => [`  ${option}`, text])
  const support = supportOf(word)
  return [[word.word, meaning] as const, ...own].map(([name, text]) => [
    name,
    `${text} (${support})`,
  ])
}

/** What an engine says of the words that it refuses. */
function refusalsOf(engine: EngineName): readonly string[] {
  return WORDS.flatMap((word) => {
    const reason = reasonAgainst(engine, word)
    return reason ? [`  ${engine} refuses ${word.word}: ${reason.rule}. ${reason.remedy}.`] : []
  })
}

const WORLDS = WORLD_MEANINGS.map(([world]) => world)

/** The grammar of fault plans, from the tables that they are read by. */
function linesOfFaults(): readonly string[] {
  const below = (title: string, rows: readonly Row[]): readonly string[] => [
    `  ${title}:`,
    ...aligned(rows).map((line) => `  ${line}`),
  ]
  return [
    ...aligned(
      FAULT_NAMES.map((name) => {
        const worlds = WORLDS.filter((world) => takes(world, name)).join(', ')
        return [formOf(name), `${FAULT_WORDS[name].meaning} (${worlds})`]
      }),
    ),
    ...FAULT_NAMES.flatMap(refusalOfFault),
    ...below(
      'who, one or several (worker 1, driver); links between them in both directions (worker 1 | rest), or in one (worker 1 > worker 0)',
      ROLE_NAMES.map((role) => {
        const { numbered, meaning } = ROLE_WORDS[role]
        return [numbered ? `${role} n` : role, meaning]
      }),
    ),
    ...below('when, since the start', CLAUSE_FORMS),
    ...below(
      'like',
      FAULT_NAMES.map((name) => [`--fault '${FAULT_WORDS[name].example}'`, '']),
    ),
  ].map((line) => line.trimEnd())
}

function refusalOfFault(name: FaultName): readonly string[] {
  const { only } = FAULT_WORDS[name]
  if (only === undefined) return []
  const others = WORLDS.filter((world) => world !== only.world)
  return others.map((world) => `  ${world} refuses ${name}: ${only.because}.`)
}

async function linesOfWorkload(workload: Workload): Promise<readonly string[]> {
  const plan = await loadPlan(workload.plan())
  const parameters = Object.entries(workload.parameters).map(
    ([name, spec]) => [`  ${name}`, `${spec.description} (${valuesOf(spec)})`] as const,
  )
  return [
    `  ${workload.name}: ${workload.description}`,
    `    inputs: ${inputsOf(workload).join(', ')}`,
    `    operators: ${workload.operators}`,
    `    engines: ${enginesText((engine) => runsPlan(engine, plan), runsAsJobs(plan))}`,
    ...aligned(parameters),
  ]
}

function valuesOf(spec: ParameterSpec): string {
  const kind = spec.kind === 'choice' ? spec.choices.join(' or ') : spec.kind
  return `${kind}; default ${spec.default}`
}

type Row = readonly [name: string, text: string]

function aligned(rows: readonly Row[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)
}
