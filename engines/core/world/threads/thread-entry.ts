/**
 * The file that every thread of the world starts from.
 *
 * It turns the compile cache on for itself before it imports anything: without it each thread strips the types of every
 * module again, 250 ms a start instead of 80, and the main thread's setting does not reach it. Then it says where modules of the
 * repository lie, beside who imports them and with their extension: Node would ask the disk about each of some hundred files and
 * its folders first, a sixth of the CPU time of a start.
 */
import { enableCompileCache, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { workerData } from 'node:worker_threads'
import type { SourceThreadData } from './live/source-service.ts'
import type { ProcessThreadData } from './process-thread.ts'
import type { StorageThreadData } from './storage-service.ts'

export type ThreadData = ProcessThreadData | StorageThreadData | SourceThreadData

// The same directory as the preflight's, which the main thread may or may not have been started with.
enableCompileCache(fileURLToPath(new URL('../../../../node_modules/.cache/v8', import.meta.url)))

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL } = context
    if (parentURL === undefined || !/^\.\.?\/.*\.ts$/.test(specifier)) {
      return nextResolve(specifier, context)
    }
    const { href } = new URL(specifier, parentURL)
    return { url: href, format: 'module-typescript', shortCircuit: true }
  },
})

const data = workerData as ThreadData
if (data.role === 'process') {
  const { runProcessThread } = await import('./process-thread.ts')
  await runProcessThread(data)
} else if (data.role === 'source') {
  const { runSourceService } = await import('./live/source-service.ts')
  await runSourceService(data)
} else {
  const { runStorageService } = await import('./storage-service.ts')
  runStorageService(data)
}
