/**
 * The options that describe a trial, declared once: `run` and `replay` take them, `list` and the help show them.
 *
 * Texts stay texts here; `trial-request.ts` reads them, so that every refusal has one form.
 */
import type { Command } from 'commander'
import { VALUE_FORMATS } from '../../engines/core/input/formats/input-format.ts'
import { ARRIVED_BYTES_MAX } from '../../engines/core/input/live-input.ts'
import { LINE_BYTES, LINES_DEFAULTS } from '../../workloads/input/lines.ts'
import { NAMED_INPUTS } from './input-option.ts'
import { formatSize } from './options.ts'
import { DEFAULTS, WORLDS } from './trial-defaults.ts'

/** As commander gives them. */
export interface TrialFlags {
  readonly engine?: string
  readonly world?: string
  readonly workers?: string
  readonly resize?: readonly string[]
  readonly partitions?: string
  readonly nodes?: string
  readonly cores?: string
  readonly racks?: string
  readonly scale?: string
  readonly calibration?: string
  readonly bounded?: boolean
  readonly iterationsAsJobs?: boolean
  readonly rate?: string
  readonly duration?: string
  readonly warmup?: string
  readonly history?: string
  readonly disorder?: string
  readonly tick?: string
  readonly plan?: string
  readonly interval?: string
  readonly window?: string
  readonly slide?: string
  readonly set?: readonly string[]
  readonly input?: string
  readonly records?: string
  readonly recordBytes?: string
  readonly format?: string
  readonly strict?: boolean
  readonly follow?: boolean
  readonly resume?: string
  readonly ingest?: string
  readonly seed?: string
  readonly kernels?: string
  readonly recovery?: string
  readonly checkpointInterval?: string
  readonly accumulation?: string
  readonly flushInterval?: string
  readonly replacement?: string
  readonly speculation?: string
  readonly heartbeat?: string
  readonly detectorTimeout?: string
  readonly fault?: readonly string[]
  readonly faults?: string
  readonly workerMemory?: string
  readonly grace?: string
  readonly showRows?: string
  readonly query?: readonly string[]
  readonly save?: string
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

/** A flag's name as it is typed, without the dashes before it. */
export function dashed(flag: string): string {
  return flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** Adds the options to a command. Flag, what it takes, what it means with its default. */
export function addTrialOptions(command: Command): Command {
  const group = (title: string): Command => command.optionsGroup(title)
  group('Engine and world:')
    .option('--engine <name>', 'timely, dstream or both, one after the other (default: both)')
    .option('--world <name>', `${WORLDS.join(' or ')} (default: threads)`)
    .option('--workers <count>', 'worker threads, or simulated workers (default: 2)')
    .option(
      '--resize <workers at instant>',
      "workers join or leave, like '4 at 10s' after the start; may be repeated",
      collect,
    )
    .option('--partitions <count>', 'logical partitions (default: 4 × workers)')
    .option('--nodes <count>', 'simulated: nodes of one process each, instead of workers')
    .option('--cores <count>', 'simulated: of each node, with a partition each (default: 1)')
    .option('--racks <count>', 'simulated: over so many its nodes are spread, for faults of one')
    .option('--scale <count>', 'simulated: records that each computed one stands for (default: 1)')
    .option(
      '--calibration <file>',
      "simulated: the costs of a machine, micro's calibration.json (default: nominal costs)",
    )
    .option(
      '--tick <duration>',
      "timely's epoch, D-Stream's batch; divides the interval (default: 10ms timely, 100ms dstream)",
    )
    .option('--kernels <kind>', 'columns or plain (default: columns)')
  group('Load and input:')
    .option('--bounded', 'all of the input once, and one final answer')
    .option(
      '--iterations-as-jobs',
      'dstream, bounded: a job for each round of the loop (default: a loop is refused)',
    )
    .option('--rate <rate>', 'records a second, like 2M/s or 500k (default: 100k/s)')
    .option(
      '--duration <duration>',
      'the measured interval; of what arrives, the longest that it may take (default: 10s, live 1h)',
    )
    .option(
      '--warmup <duration>',
      'before it, at the same rate; 0s for none (default: 2s, live 0s)',
    )
    .option(
      '--history <duration[@rate]>',
      'due before the clock starts, so that windows are full (default: none)',
    )
    .option(
      '--disorder <duration[@share]>',
      `records happened up to so long before they are due, this share of them, like 2s@25% (default: none; of what is given, ${DEFAULTS.disorderShare})`,
    )
    .option(
      '--input <input>',
      `a file, a directory, - (standard input), an http(s):// or tcp:// address that streams rows (of what arrives at most ${formatSize(ARRIVED_BYTES_MAX)}), or ${NAMED_INPUTS.join(', ')} (default: the workload's first)`,
    )
    .option(
      '--format <format>',
      `of values, ${VALUE_FORMATS.join(', ')} (default: by the ending of the name, else the plan's)`,
    )
    .option('--strict', 'a row that is malformed ends the run (default: it is counted and shown)')
    .option('--follow', 'a directory or file that grows: goes on with what is added to it')
    .option(
      '--resume <run>',
      'go on with the live input of a run where that one ended: a run id, its folder, or latest',
    )
    .option('--records <count>', 'records that a synthetic input repeats (default: its own)')
    .option(
      '--record-bytes <count>',
      `length of each record of the input lines, without its line feed, from ${LINE_BYTES.min} to ${LINE_BYTES.max} bytes (default: ${LINES_DEFAULTS.lineBytes})`,
    )
    .option('--ingest <kind>', 'log or pushed (default: log)')
    .option('--seed <seed>', 'up to 64 bits, or a git hash (default: 1)')
  group('Workload:')
    .option(
      '--plan <module#export>',
      "a plan of your own in place of a workload, like workloads/examples/visitors.ts#visitors; judged by the plan's interpreter; needs --input",
    )
    .option('--interval <duration>', 'interval of the stream (default: 1s)')
    .option('--window <duration>', 'length of the window')
    .option('--slide <duration>', 'slide of the window')
    .option('--set <name=value>', 'a parameter of workload or plan; may be repeated', collect)
  group('Recovery and faults:')
    .option(
      '--recovery <mode>',
      'timely: none, checkpoint, barrier-snapshots, logging, upstream-backup or active-standby (default: none)',
    )
    .option('--checkpoint-interval <duration>', 'a multiple of the tick (default: 10s)')
    .option('--replacement <kind>', 'a dead worker: respawn or survivors (default: respawn)')
    .option(
      '--speculation <factor>',
      'dstream: a task that takes so many times the median of its job stage gets a second copy; off for none (default: 1.4)',
    )
    .option('--heartbeat <duration>', 'distance of heartbeats (default: 100ms)')
    .option('--detector-timeout <duration>', 'silence that makes a suspect (default: 800ms)')
    .option(
      '--fault <fault>',
      "like 'kill worker 1 at 3s' after the start; may be repeated (list faults shows all)",
      collect,
    )
    .option('--faults <file>', 'a fault plan: a JSON list of such lines, or of objects')
  group('Tuning:')
    .option('--accumulation <level>', 'timely: none, local, global or both (default: local)')
    .option('--flush-interval <duration>', 'timely: rows wait at most this long (default: 10ms)')
    .option(
      '--worker-memory <size>',
      'for state and messages of each worker (default: 96MiB threads, 32MiB simulated)',
    )
    .option('--grace <duration>', 'how long a run may go on after its input (default: 30s)')
  group('Output:')
    .option(
      '--query <query>',
      "dstream: ask a table while it runs, like 'counts@1500ms', 'counts every 500ms top 5' (or count), 'counts@2s key river'; may be repeated",
      collect,
    )
    .option(
      '--show-rows <count>',
      'print the last rows; of a bounded run, rows of its answer (default: 0, bounded 10)',
    )
    .option(
      '--save <folder>',
      'write all rows to files as they are committed; or to standard output, with -: then the report goes to standard error',
    )
  return command
}
