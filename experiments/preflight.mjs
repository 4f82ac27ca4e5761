// Loaded before anything else, in every thread. Plain JavaScript, so that an old Node can still print the message.
import { readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

// Where the project brings a Node 24 of its own: the optional dependencies of package.json.
const BROUGHT = ['linux-x64', 'linux-arm64', 'win32-x64']

if (Number(process.versions.node.split('.')[0]) < 24) {
  const place = `${process.platform}-${process.arch}`
  const remedy = BROUGHT.includes(place)
    ? 'Run "npm ci" and then the npm scripts ("npm start", "npm test"): they use the Node that the project brings.'
    : `Install Node 24 or a later one: for ${place} the project brings none.`
  console.error(
    `Streamgauge runs TypeScript directly and needs Node >= 24; this is ${process.version}. ${remedy}`,
  )
  process.exit(1)
}
// A loop that V8 13.6 replaces by Maglev's code while it runs can leave two objects with one box for a number between them: what is written
// to the second is read from the first. In 2 % of processes a median of the bench was that of another row, after it was judged; without such
// code in none of 300, and in none with Node 26 (V8 14), which does not start everywhere. Threads inherit it, and manifests have it.
const v8Flags = readFileSync(new URL('./v8-flags.json', import.meta.url), 'utf8')
for (const flag of JSON.parse(v8Flags)) setFlagsFromString(flag)
// Without the cache every thread strips the types of every module again: 250 ms a start instead of 80.
nodeModule.enableCompileCache?.(
  fileURLToPath(new URL('../node_modules/.cache/v8', import.meta.url)),
)
// As in threads (`thread-entry.ts`): modules lie beside who imports them and with their extension. Node would ask the disk about each.
nodeModule.registerHooks?.({
  resolve(specifier, context, nextResolve) {
    const { parentURL } = context
    if (parentURL === undefined || !/^\.\.?\/.*\.ts$/.test(specifier)) {
      return nextResolve(specifier, context)
    }
    const { href } = new URL(specifier, parentURL)
    return { url: href, format: 'module-typescript', shortCircuit: true }
  },
})
