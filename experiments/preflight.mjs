// Loaded before anything else, in every thread. Plain JavaScript, so that an old Node can still print the message.
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `Streamgauge runs TypeScript directly and needs Node >= 24; this is ${process.version}. ` +
      'Run "npm ci" and then the npm scripts ("npm start", "npm test"): they use the Node that the project brings.',
  )
  process.exit(1)
}
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
