/** The text of `results/README.md`, from the schema. A test compares the two; `npx vitest run results -u` rewrites the file. */
import type { z } from 'zod'
import type { Column } from './column.ts'
import { columnGroups } from './column.ts'
import { environmentSchema, manifestSchema } from './manifest.ts'
import { SCHEMA_VERSION, tableMeanings, tableNames, tables } from './schema.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')

function columnTable(columns: readonly Column[]): string {
  const lines = ['| column | group | type | unit | meaning |', '|---|---|---|---|---|']
  for (const group of columnGroups) {
    for (const column of columns.filter((candidate) => candidate.group === group)) {
      const { name, type, unit, meaning, required, values } = column
      const closed = values ? ` One of ${values.map((value) => `\`${value}\``).join(', ')}.` : ''
      const kind = required ? `${type}, required` : type
      lines.push(`| \`${name}\` | ${group} | ${kind} | ${unit} | ${cell(meaning + closed)} |`)
    }
  }
  return lines.join('\n')
}

function fieldTable(schema: z.ZodObject): string {
  const lines = ['| field | meaning |', '|---|---|']
  for (const [name, field] of Object.entries(schema.shape)) {
    lines.push(`| \`${name}\` | ${cell((field as z.ZodType).description ?? '')} |`)
  }
  return lines.join('\n')
}

/** Markdown, ending in a line feed. */
export function describeResults(): string {
  const sections = tableNames.map(
    (table) => `## ${table}.csv

${tableMeanings[table]}

${columnTable(tables[table])}`,
  )
  return `# Results

<!-- Generated from schema.ts and manifest.ts by readme.ts; \`npx vitest run results -u\` rewrites it. -->

A run is a folder that is complete in itself: \`results/<experiment>/<run-id>/\`, with \`latest\` linked to the newest
complete one. Schema version ${SCHEMA_VERSION}.

| file | holds |
|---|---|
| \`manifest.json\` | what was run, where, from which commit, with which doubts |
| \`trials.csv\` | one row for each trial: factors, measures, verdict |
| \`latency.csv\` | latency distributions |
| \`timeline.csv\` | trials over time |
| \`faults.csv\` | planned faults, their witnesses, the phases of recovery |
| \`table.txt\` | experiments: what was printed at the end |
| \`history.jsonl\`, \`outcomes.json\` | runs of \`run\` and \`replay\`: events in order; counters, and the hashes that a replay is held against |
| \`rows.json\`, \`conditions.json\` | \`bench\`: its rows with intervals and verdicts; what the paces were measured under |
| \`calibration.json\`, \`micro.json\` | \`micro\`: the costs of the machine (\`validate\` has them too), and each benchmark behind them |
| \`residuals.json\`, \`in-situ.json\` | \`validate\`: simulation against threads, pair by pair; what the costs were multiplied by |
| \`launchers.json\` | \`compare\`: the processes that started it, up to npm, and the memory of each; null where the system does not tell |
| \`progress.jsonl\`, \`summary.json\` | \`fuzz\`: each chunk that is done; how many seeds each engine and mode ran, and what was seen |
| \`figures/\` | \`compare\`, \`ticks\` and the experiments around faults: drawn from their tables and nothing else: \`npx node notebooks/render.ts <folder>\` |

- **A missing value is an empty cell, never zero.** Latencies are whole nanoseconds. A name ends in its unit, and only a
  statistic (\`p99\`, \`max\`, \`low\`) may follow it.
- **A trial that failed has a row too**, without the measures that it has not. A trial whose verdict is not \`valid\` has
  no throughput worth the name: figures leave it out and say how many they left out.
- **A folder appears whole.** While a run goes on, its rows are in the hidden sibling \`.<run-id>.running\`. After an
  interruption the run is there, marked \`incomplete\`; readers refuse it unless asked. Its last trial is \`aborted\`: on
  threads with the measures of the ticks that were whole, else without; one with live input is \`completed\` with what had arrived. Other schema versions are refused.
- \`golden/\` is synthetic data for tests, and says so in its manifest and on its figures. [\`reference/\`](reference/README.md)
  holds published runs. Everything else under \`results/\` stays out of git.

${sections.join('\n\n')}

## manifest.json

Unknown is \`null\`, never a guess.

${fieldTable(manifestSchema)}

\`environment\`:

${fieldTable(environmentSchema)}
`
}
