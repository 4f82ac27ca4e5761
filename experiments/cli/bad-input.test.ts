/**
 * Bad input on the command line: one line on standard error (what was asked, what was found, the rule, the remedy), exit
 * status 1, no stack, no run folder. All by what the program calls, in one process, and the first of some groups in the real program.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliResult, callAll, runCli, temporaryFolder } from './cli.fixture.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

const at = (name: string): string => join(folder.path, name)
const results = at('results')
writeFileSync(at('empty.txt'), '')
writeFileSync(at('long.txt'), `short\n${'x'.repeat(10_000_000)}\n`)
writeFileSync(at('file.txt'), 'a line\n')
writeFileSync(at('plan.json'), '["kill worker 1 at 1s", { "falt": "kill" }]')
writeFileSync(at('views.jsonl'), '{"url":"/a"}\n{"url":\n')
writeFileSync(at('views.csv'), 'url,user\n/a,u\n/b\n')
writeFileSync(at('half.gz'), gzipSync('a line\n').subarray(0, 12))
mkdirSync(at('hollow'))

const word = (options: string): readonly string[] => ['run', 'word-count', ...options.split(' ')]

const own = (name: string): readonly string[] => {
  return ['run', '--plan', `experiments/cli/own-plans.fixture.ts#${name}`, '--input', 'lines']
}

const refused: Readonly<Record<string, readonly (readonly [readonly string[], RegExp])[]>> = {
  names: [
    [['rnu'], /^error: rnu: no such command\. Commands are .*compare.*\. Did you mean run\.$/],
    [['frobnicate'], /^error: frobnicate: no such command\./],
    [['run'], /^error: run: no workload\. .*run .*<workload>/],
    [['run', 'word-cuont'], /^error: workload word-cuont: no such workload.*mean word-count\.$/],
    [['run', 'frobnicate'], /^error: workload frobnicate: .*one of grep, word-count/],
    [word('--engine timley'), /^error: --engine timley: no such engine.*Did you mean timely\.$/],
    [word('--world thread'), /^error: --world thread: no such world.*Did you mean threads\.$/],
    [word('--engin timely'), /^error: run --engin: no such option.*Did you mean --engine\.$/],
    [word('--kernels=row'), /^error: --kernels row: no such kernels/],
    [word('--tick'), /^error: run --tick: nothing after it/],
    [['run', 'grep', 'top-k'], /^error: run grep top-k: 2 arguments/],
    [word('--engine timely --engine dstream'), /^error: --engine dstream: --engine timely before/],
    [['--seedd', '3'], /^error: compare --seedd: no such option.*Did you mean --seed\.$/],
    [['compare', '--cases', 'grap'], /^error: --cases grap: .*Did you mean grep\.$/],
    [['bench', '--rows', 'word-count-timly'], /Did you mean word-count-timely\.$/],
    [['bench', '--all', '--rows', 'a-a'], /^error: --all: --rows a-a beside it\. .*Leave one/],
    [['list', 'engine'], /^error: kind engine: no such kind.*Did you mean engines\.$/],
  ],
  quantities: [
    [word('--rate 2000'), /^error: --rate 2000: no unit\. .*Write 2M\/s/],
    [word('--duration -5s'), /^error: --duration -5s: -5s is out of range\. .*in the range\.$/],
    [word('--rate 0/s'), /^error: --rate 0\/s: 0\/s is out of range/],
    [word('--rate 1.5/s'), /^error: --rate 1\.5\/s: a part of a record/],
    [word('--duration 10'), /^error: --duration 10: no unit/],
    [word('--duration 90h'), /^error: --duration 90h: .*out of range/],
    [word('--workers 0'), /^error: --workers 0: 0 is out of range/],
    [
      word('--workers 500'),
      /^error: --workers 500: .*from 1 to 24: .*4 GiB.*simulated takes 100\./,
    ],
    [word('--partitions 9000'), /^error: --partitions 9000: .*from 1 to 8192/],
    [word('--workers two'), /^error: --workers two: no number/],
    [word('--workers 8 --worker-memory 1GiB'), /1GiB for 8 workers: 8GiB\. .*fewer workers\.$/],
    [word('--seed banana'), /^error: --seed banana: no seed\. .*git hash/],
    [word('--seed 99999999999999999999'), /^error: --seed 9+: more than 64 bits/],
    [word('--speculation fast'), /^error: --speculation fast: no factor\. .*Write 1\.4, or off\.$/],
    [word('--speculation 1'), /^error: --speculation 1: 1 is out of range\. .*from 1\.1 to 100\./],
    [word('--flush-interval 0s'), /^error: --flush-interval 0s: 0ns is out of range.*from 100us/],
    [
      word('--interval 333us'),
      /^error: --interval 333us: a tick of 1us, .*A tick is from 100us to 1h\. .*--tick .* 333us\.$/,
    ],
    [
      word('--interval 1ns'),
      /^error: --interval 1ns: a tick of 1ns, .*--interval of 100us or more/,
    ],
    [word('--detector-timeout 1ms'), /^error: --detector-timeout 1ms: 1ms is out of range/],
  ],
  faults: [
    [
      [...word('--fault'), 'kil worker 1 at 1s'],
      /^error: --fault 'kil worker 1 at 1s': “kil”, no fault\. .*Did you mean kill\.$/,
    ],
    [
      [...word('--fault'), 'kill worker 7 at 1s'],
      /^error: the fault 'kill worker 7 at 1s': no worker 7\. The run has workers 0 to 1\./,
    ],
    [
      [...word('--fault'), 'kill worker 1 at 13s'],
      /^error: the fault 'kill worker 1 at 13s': an instant past the end, 13s\. .*12s after/,
    ],
    [
      [...word('--fault'), 'kill driver at 1s'],
      /^error: the fault 'kill driver at 1s': the timely engine\. .*Use --engine dstream/,
    ],
    [
      [...word('--fault'), 'contend worker 1 with 3 tasks from 1s'],
      /: the threads world\. .*Use --world simulated\.$/,
    ],
    [word(`--faults ${at('missing.json')}`), /^error: --faults .*missing\.json: it cannot be read/],
    [
      word(`--faults ${at('plan.json')}`),
      /^error: --faults .*plan\.json\[1\]: “falt”, no part of a fault\. .*Did you mean fault\.$/,
    ],
    [word('--racks 2'), /^error: --racks 2: no nodes\. .*Give --nodes, too\.$/],
    [word('--world simulated --nodes 4 --racks 2'), /^error: --racks 2: no fault of a rack\./],
  ],
  'workers that join or leave': [
    [word('--resize 4'), /^error: --resize '4': no number of workers.* Write '4 at 10s'\.$/],
    [[...word('--resize'), '0 at 1s'], /^error: --resize 0: 0 is out of range/],
    [[...word('--resize'), '3 at 10'], /^error: --resize 10: no unit/],
    [[...word('--resize'), '3 at 1s'], /^error: workers that join or leave: recovery none\./],
    [
      [...word('--recovery active-standby --resize'), '4 at 1s'],
      /^error: workers that join or leave: recovery active-standby\. .*logging or barrier-snapshots\.$/,
    ],
    [
      [...word('--recovery upstream-backup --resize'), '4 at 1s'],
      /^error: workers that join or leave: recovery upstream-backup\. .*logging or barrier-snapshots\.$/,
    ],
    [
      [...word('--engine dstream --resize'), '2 at 1s'],
      /^error: 2 workers at 1s: so many are there since 0ns\. .*choose another number\.$/,
    ],
    [
      [...word('--engine dstream --resize'), '3 at 20s'],
      /^error: 3 workers at 20s: the run begins at 0ns, and the last tick at 11\.9s\. /,
    ],
    [
      [...word('--engine dstream --ingest pushed --resize'), '3 at 1s'],
      /^error: workers that join or leave, with the ingest pushed: .*ingest at log\.$/,
    ],
    [
      [...word('--world simulated --nodes 2 --resize'), '3 at 1s'],
      /^error: --resize '3 at 1s' with --nodes: .*--workers in place of --nodes\.$/,
    ],
  ],
  'periods that the tick does not divide': [
    [
      word('--tick 300ms'),
      /^error: a tick of 300ms: a plan with an interval of 1s\. .*Take one of/,
    ],
    [word('--interval 1s --tick 2s'), /^error: a tick of 2s: a plan with an interval of 1s/],
    [
      word('--window 2500ms'),
      /length of 2500ms\. .*multiples of the plan’s interval, 1s.*2s or 3s/,
    ],
    [word('--window 4s --slide 1500ms'), /a slide of 1500ms\..*multiples of the plan’s interval/],
    [word('--window 2s --slide 4s'), /a slide of 4s and a length of 2s/],
    [word('--duration 10001ms'), /^error: --duration 10001ms: ticks of 10ms\. .*Take 10010ms/],
    [word('--window 4s --history 500ms'), /^error: --history 500ms: results every 1s/],
    [
      [
        'run',
        ...'top-k --warmup 0s --duration 1s --window 4s --slide 3s --world simulated'.split(' '),
      ],
      /^error: --duration 1s, in all a run of 1s: results every 3s\. .*Take a --duration of 3s/,
    ],
    [
      word('--recovery checkpoint --checkpoint-interval 15ms'),
      /a checkpoint every 15ms: ticks of 10ms/,
    ],
  ],
  'pushed input that does not fit': [
    [
      word('--engine timely --ingest pushed --recovery checkpoint'),
      /^error: --checkpoint-interval 10s .* on timely: .*MiB of input .*room for 48MiB\. .*Give --checkpoint-interval \d+ms, /,
    ],
    [
      word('--engine dstream --ingest pushed --rate 2M --interval 4s --tick 1s'),
      /^error: --tick 1s with --ingest pushed on dstream: .*room for 48MiB\. .*a shorter --tick, /,
    ],
  ],
  parameters: [
    [word('--set lenght=3s'), /^error: --set lenght=3s: no such parameter.*Did you mean length\.$/],
    [word('--set mode'), /^error: --set mode: no value/],
    [word('--set prefix=-1'), /prefix of word-count: "-1"\. it is a whole number from 0/],
    [word('--set mode=sliding'), /"sliding"\. it is one of running, window, window-inverse/],
    [word('--set slide=1s --slide 2s'), /^error: --slide 2s: slide is given already/],
    [word('--slide 2s'), /^error: --slide 2s: word-count in the mode running\..*Give --window/],
    [
      ['run', 'late-views', '--disorder', '2s@half'],
      /^error: --disorder 2s@half: a share of half\. .*Write 2s@25%\.$/,
    ],
    [['run', 'late-views', '--disorder', '3m'], /^error: --disorder 3m: 3m is out of range/],
    [
      word('--disorder 2s'),
      /^error: --disorder 2s: word-count, which reads no times\. .*late-views\.$/,
    ],
    [['run', 'grep', '--window', '3s'], /^error: --window 3s: grep has no window/],
  ],
  inputs: [
    [
      ['run', 'connected-components', '--set', 'format=u32x2'],
      /^error: the input edges for connected-components: a plan that reads pairs of integers\. .*Choose with --input: edge-pairs\.$/,
    ],
    [
      ['run', 'connected-components', '--input', 'edge-pairs', '--set', 'format=text'],
      /: a plan that reads lines\. edge-pairs has pairs of integers\. Choose with --input: edges, file\.$/,
    ],
    [word(`--input ${at('missing.txt')}`), /no such file or directory\. .*Check the path\.$/],
    [word(`--input ${at('file.txt/inner')}`), /it cannot be read \(ENOTDIR/],
    [word(`--input ${at('empty.txt')}`), /no line\. an input has at least one record/],
    [
      word(`--records 5 --input ${at('file.txt')}`),
      /^error: --records 5 with --input .*file\.txt: records that are there already\. .*Drop --records\.$/,
    ],
    [word('--records 5 --input state-of-the-union'), /: records that are there already\./],
    [
      word('--record-bytes 50 --input state-of-the-union'),
      /^error: --record-bytes 50 with --input state-of-the-union: records whose lengths are their own\. .*Take --input lines, or drop --record-bytes\.$/,
    ],
    [
      word(`--record-bytes 50 --input ${at('file.txt')}`),
      /^error: --record-bytes 50 with --input .*file\.txt: records whose lengths/,
    ],
    [
      ['run', 'page-views', '--record-bytes', '50'],
      /^error: --record-bytes 50 with --input page-events: .*as one likes\. Drop --record-bytes\.$/,
    ],
    [word('--record-bytes 15'), /^error: --record-bytes 15: 15 is .*from 16 to 1000000\./],
    [word('--record-bytes 1kB'), /^error: --record-bytes 1kB: unit “kB”\. A count is a whole/],
    [
      word('--record-bytes 1k --records 20M'),
      /^error: synthetic lines: 20000000 lines of 1000 bytes .*less than 4 GiB in all/,
    ],
    [word(`--input ${at('hollow')}`), /a directory without files/],
    [
      word(`--input ${at('long.txt')}`),
      /line 2 of .*: 10000000 bytes\. a record has at most 1048576/,
    ],
    [['run', 'word-count', '--input', ''], /^error: --input "": no name\. word-count reads /],
    [word('--input state-of-the-unoin'), /Did you mean state-of-the-union\.$/],
    [word('--input page-events'), /^error: --input page-events for word-count: records that it/],
  ],
  'plans of your own': [
    [
      word('--plan a.ts#plan --input lines'),
      /^error: word-count with --plan a\.ts#plan: a workload and a plan\. .*Drop one of them\.$/,
    ],
    [own('counts').slice(0, 3), /#counts: no input\. .*Name one by --input: /],
    [['run', '--plan', 'a.ts'], /^error: --plan a\.ts: no module and export\. .*visitors\.ts#/],
    [['run', '--plan', '#plan'], /^error: --plan #plan: no module and export\./],
    [['run', '--plan', 'a.ts#'], /^error: --plan a\.ts#: no module and export\./],
    [
      ['run', '--plan', 'plans/a.ts#plan', '--input', 'lines'],
      /^error: --plan plans\/a\.ts#plan: no such file: plans\/a\.ts\. .*Check the path\.$/,
    ],
    [
      ['run', '--plan', `${at('file.txt')}#plan`, '--input', 'lines'],
      /^error: --plan .*file\.txt#plan: a module outside of the checkout\. .*Put it into the checkout/,
    ],
    [
      ['run', '--plan', 'README.md#plan', '--input', 'lines'],
      /^error: the plan plan of README\.md: the module cannot be imported \(/,
    ],
    [own('cuonts'), /: no export of this name\. .*Export one of: .*counts/],
    [own('noFunction'), /: an export of type number\. the export is a function/],
    [own('noPlan'), /^error: the plan noPlan of .*: a value of type string\. a plan is made from/],
    [own('throwing'), /: its function threw Error: nothing to make of it\. .*Mend the function/],
    [own('uneven'), /length of 300ms\. .*multiples of the plan’s interval, 200ms/],
    [own('looping'), /^error: iterate \(node \d+\): the D-Stream engine\. .*Use --engine timely/],
    [
      [...own('looping'), '--engine', 'timely', '--recovery', 'barrier-snapshots'],
      /^error: iterate \(node \d+\): recovery barrier-snapshots\. .*Use --recovery checkpoint/,
    ],
    [
      [...own('looping'), '--engine', 'timely', '--recovery', 'upstream-backup'],
      /^error: iterate \(node \d+\): recovery upstream-backup\. .*Use --recovery checkpoint/,
    ],
    [
      word('--engine timely --recovery upstream-backup --replacement survivors'),
      /^error: recovery upstream-backup with the replacement survivors: .*at respawn, or use/,
    ],
    [
      word('--engine timely --recovery upstream-backup --ingest pushed'),
      /^error: recovery upstream-backup with the ingest pushed: .*at log, or use --recovery/,
    ],
    [
      word('--engine timely --recovery active-standby --workers 3'),
      /^error: recovery active-standby: 3 workers\. .*--workers 4\.$/,
    ],
    [
      word('--engine timely --recovery active-standby --save -'),
      /^error: --save - with --recovery active-standby: .*Save to a folder, /,
    ],
    [own('pairs'), /a plan that reads pairs of integers\. .*Choose with --input: ad-pairs, number/],
    [[...own('counts').slice(0, 3), '--input', 'page-event'], /Did you mean page-events\.$/],
    [[...own('counts'), '--set', 'longer'], /^error: --set longer: no value.*--set name=value\.$/],
    [[...own('counts'), '--interval', '333us'], /^error: --interval 333us: a tick of 1us/],
    [
      [...own('counts'), '--engine', 'timely', '--query', 'counts@1s'],
      /^error: the query of counts: the timely engine\./,
    ],
  ],
  'options of the engine that does not run': [
    [
      word('--engine dstream --recovery active-standby'),
      /^error: --recovery active-standby with --engine dstream: an option of timely\. .*by lineage, .*\. Drop --recovery, or take --engine timely\.$/,
    ],
    [
      word('--engine dstream --accumulation global'),
      /^error: --accumulation global with --engine dstream: .*Drop --accumulation, /,
    ],
    [
      word('--engine dstream --flush-interval 1ms'),
      /^error: --flush-interval 1ms with --engine dstream: .*Drop --flush-interval, /,
    ],
    [
      word('--engine timely --speculation 2'),
      /^error: --speculation 2 with --engine timely: an option of dstream\. .*take --engine dstream\.$/,
    ],
    [
      word('--engine timely --checkpoint-interval 1s'),
      /^error: --checkpoint-interval 1s with --recovery none on timely: .*Add --recovery checkpoint, /,
    ],
    [
      word('--engine timely --replacement survivors'),
      /^error: --replacement survivors with --recovery none on timely: .*Add --recovery checkpoint, /,
    ],
    [
      word('--engine timely --recovery active-standby --checkpoint-interval 1s'),
      /^error: --checkpoint-interval 1s with --recovery active-standby on timely: /,
    ],
  ],
  'live inputs': [
    [word('--input -'), /^error: --engine both with --input -: .*Add --engine timely/],
    [
      word('--input ftp://x/'),
      /^error: --input ftp:\/\/x\/: .*the scheme ftp\. .*the scheme http, https or tcp\. Write http:/,
    ],
    [word('--input http://'), /^error: --input http:\/\/: no address/],
    [
      word('--input tcp://host'),
      /^error: --input tcp:\/\/host: no address\. .*Write tcp:\/\/host:port\.$/,
    ],
    [
      word('--input tcp://127.0.0.1:1'),
      /^error: --engine both with --input tcp:.*what a TCP server sends can be read once/,
    ],
    [word('--follow'), /^error: --follow: no directory or file\. .*Name it by --input\.$/],
    [word('--follow --input -'), /^error: --follow with --input -: no directory or file/],
    [word('--follow --input lines'), /^error: --follow with --input lines: no directory/],
    [
      word(`--follow --input ${at('missing')}`),
      /^error: --follow with --input .*missing: no such file or directory\. .*make the directory\.$/,
    ],
    [
      word(`--follow --input ${at('hollow')} --rate 2k`),
      /^error: --rate 2k with --input .*hollow: a live input/,
    ],
    [word('--resume 2020-01-01T00-00-00-abcdef0'), /^error: --resume 2020.*: no such run/],
    [word('--resume latest --input -'), /^error: --resume latest with --input -: two inputs/],
    [word('--input http://a/b --rate 2k'), /^error: --rate 2k with --input http:\/\/a\/b: a live/],
    [word('--input - --engine timely --history 2s'), /^error: --history 2s with --input -/],
    [
      word('--input - --engine timely --record-bytes 50'),
      /^error: --record-bytes 50 with --input -: a live input\. .*Drop --record-bytes\.$/,
    ],
    [word('--input - --engine timely --disorder 2s'), /^error: --disorder 2s with --input -/],
    [word('--input http://a/b --world simulated'), /^error: --world simulated with.*Use --world/],
    [word('--input http://a/b --ingest pushed'), /^error: --ingest pushed with --input/],
    [
      word('--input http://a/b --recovery active-standby'),
      /^error: --recovery active-standby with --input .*Use --recovery checkpoint\.$/,
    ],
  ],
  'bounded runs': [
    [
      word('--bounded --duration 3s'),
      /^error: --duration 3s with --bounded: an input that is read once .*Drop --duration\.$/,
    ],
    [word('--bounded --warmup 1s'), /^error: --warmup 1s with --bounded/],
    [word('--bounded --history 1s'), /^error: --history 1s with --bounded/],
    [word('--bounded --disorder 2s'), /^error: --disorder 2s with --bounded/],
    [[...word('--bounded --resize'), '3 at 1s'], /^error: --resize 3 at 1s with --bounded/],
    [word('--bounded --tick 10ms'), /^error: --tick 10ms with --bounded: .*plan’s interval/],
    [word('--bounded --world simulated --scale 10'), /^error: --scale 10 with --bounded/],
    [word('--bounded --ingest pushed'), /^error: --ingest pushed with --bounded/],
    [
      word('--bounded --engine timely --input -'),
      /^error: --input - with --bounded: .*Write the lines into a file/,
    ],
    [
      word('--bounded --rate 2k'),
      /^error: --rate 2k with --bounded: .*does not depend on when records are due.*Drop --rate/,
    ],
    [
      word('--bounded --window 4s --rate 3/s'),
      /^error: a bounded input of 3 records a second over 8 partitions: .*8\/s or more/,
    ],
    [word('--iterations-as-jobs'), /^error: --iterations-as-jobs: a stream\. .*Add --bounded\.$/],
    [
      word('--bounded --iterations-as-jobs --engine timely'),
      /^error: --iterations-as-jobs with --engine timely: .*Take --engine dstream, or drop it\.$/,
    ],
    [
      word('--bounded --iterations-as-jobs'),
      /^error: --iterations-as-jobs: a plan without a loop\. .*Drop it\.$/,
    ],
    [
      ['run', 'connected-components', '--engine', 'dstream', '--bounded'],
      /^error: iterate \(node \d+\): the D-Stream engine\. .*: --bounded --iterations-as-jobs\.$/,
    ],
  ],
  formats: [
    [word('--format csv'), /^error: --format csv for lines: records that are made here/],
    [
      word(`--format csv --input ${at('file.txt')}`),
      /^error: --format csv for word-count: a plan that reads text\. .*Drop --format\.$/,
    ],
    [
      ['run', 'page-views', '--format', 'xml', '--input', at('file.txt')],
      /^error: --format xml: no such format.*json, csv, tsv/,
    ],
    [
      ['run', 'page-views', '--input', at('file.txt')],
      /file\.txt: no record: 1 row is malformed and no record\. line 1 of .*file\.txt: a line \(no JSON,/,
    ],
    [
      ['run', 'page-views', '--input', at('views.jsonl'), '--strict'],
      /^error: line 2 of .*views\.jsonl: \{"url":: no JSON, .*with --strict every row is a record/,
    ],
    [
      ['run', 'page-views', '--input', at('views.csv'), '--strict'],
      /^error: line 3 of .*views\.csv: \/b: 1 column, where there are 2\. with --strict/,
    ],
    [
      word(`--input ${at('half.gz')}`),
      /^error: lines of .*half\.gz: compressed bytes that are damaged or not complete/,
    ],
  ],
  clusters: [
    [word('--nodes 4'), /^error: --nodes 4: threads of this machine\. .*Add --world simulated\.$/],
    [word('--world simulated --cores 4'), /^error: --cores 4: no nodes/],
    [word('--world simulated --nodes 4 --workers 2'), /^error: --workers 2 with --nodes/],
    [
      word('--world simulated --scale 10 --set prefix=2'),
      /^error: a simulation at scale 10: .*no law/,
    ],
  ],
  calibrations: [
    [
      word('--calibration a.json'),
      /^error: --calibration a\.json: threads of.*--world simulated\.$/,
    ],
    [word('--world simulated --calibration a.json'), /^error: the calibration a\.json: ENOENT/],
    [
      word(`--world simulated --calibration ${at('file.txt')}`),
      /^error: the calibration .*: a text that is not JSON\. .*npm start -- micro\.$/,
    ],
  ],
  replays: [
    [['replay', '2020-01-01T00-00-00-abcdef0'], /^error: replay 2020.*: no such run/],
    [['replay', 'abcdef0'], /^error: replay abcdef0: a seed without a workload/],
    [['replay', '42', '--engine', 'timely'], /^error: replay 42 --engine: a seed without/],
    [['replay', 'latest', '--rate', '2k'], /^error: replay latest --rate: an option of a new run/],
    [
      ['replay', '42', '--workload', 'grep', '--world', 'threads'],
      /^error: replay 42 with --world threads/,
    ],
    [['replay', join('results', 'golden', 'compare')], /a run of compare\. .*Run the experiment/],
  ],
  results: [
    [
      word(`--world simulated --results ${at('file.txt')}`),
      /^error: open a run in .*: ENOTDIR\. .*another folder by --results\.$/,
    ],
    [[...word('--world simulated'), '--results', ''], /^error: --results "": no folder/],
    // Where the kernel keeps no folders, Node's own way of making them never ends.
    ...(existsSync('/proc/self')
      ? [
          [
            word('--world simulated --results /proc'),
            /^error: open a run in \/proc\/run: /,
          ] as const,
        ]
      : []),
  ],
}

/** With a folder for results, first, so that an option without a value stays the last word. */
function wordsOf(args: readonly string[]): readonly string[] {
  const [command, ...rest] = args
  const writes = ['run', 'replay'].includes(command!) && !args.includes('--results')
  return writes ? [command!, '--results', results, ...rest] : args
}

function expectRefusal({ status, out, err }: CliResult, message: RegExp): void {
  expect(err.trimEnd()).toMatch(message)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
  expect(out).toBe('')
  expect(status).toBe(1)
}

/** Refused by their words, by what the input would take, and by a disk. */
const IN_PROGRAM = ['names', 'pushed input that does not fit', 'results'] as const

describe.concurrent('in the program', () => {
  const firsts = IN_PROGRAM.map((name) => [name, ...refused[name]![0]!] as const)

  it.concurrent.each(firsts)('%s: %j', async (_, args, message) => {
    expectRefusal(await runCli(wordsOf(args)), message)
  })
})

/** What came of each, by its words. */
let called: ReadonlyMap<readonly string[], CliResult>
beforeAll(async () => {
  const commands = Object.values(refused).flatMap((cases) => cases.map(([args]) => args))
  const found = await callAll(commands.map(wordsOf))
  called = new Map(commands.map((args, place) => [args, found[place]!]))
})

describe.each(Object.entries(refused))('%s', (_, cases) => {
  it.each(cases)('%j', (args, message) => {
    expectRefusal(called.get(args)!, message)
  })
})

describe('afterwards', () => {
  it('no run was begun', () => expect(existsSync(results)).toBe(false))
})
