/**
 * Builds the kernels: `npm run kernels` writes `kernels.wasm`, which is committed, so that users need no compiler.
 *
 * The binary depends on the sources and on the compiler's version only; a test builds it again and compares bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))

const OPTIONS = [
  ...['-O3', '--runtime', 'stub', '--noAssert'],
  ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory'],
  // The maximum must be at least that of any memory that is handed in.
  ...['--sharedMemory', '--importMemory', '--maximumMemory', '65536'],
]

/** What is used of the compiler's interface. */
type Compile = (
  options: readonly string[],
  host: {
    readFile(name: string): string | null
    writeFile(name: string, contents: string | Uint8Array): void
    listFiles(): readonly string[]
    stderr: { write(text: string | Uint8Array): void }
  },
) => Promise<{ readonly error: Error | null }>

/** Compiles the kernels in memory, from the sources as they are or as `edit` gives them. Takes about two seconds. */
export async function buildKernels(
  edit: (name: string, source: string) => string = (_, source) => source,
): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>()
  let messages = ''
  // Imported by a name that the type checker does not follow: the compiler's types declare globals of another language.
  const compiler = 'assemblyscript/asc'
  const { main } = (await import(compiler)) as { main: Compile }
  const { error } = await main(
    ['kernels.as.ts', '--outFile', 'kernels.wasm', '--baseDir', folder, ...OPTIONS],
    {
      readFile: (name) => {
        try {
          return edit(name, readFileSync(new URL(name, import.meta.url), 'utf8'))
        } catch {
          return null
        }
      },
      writeFile: (name, contents) => {
        files.set(name, typeof contents === 'string' ? Buffer.from(contents) : contents)
      },
      listFiles: () => [],
      stderr: {
        write: (text) => {
          messages += String(text)
        },
      },
    },
  )
  const binary = files.get('kernels.wasm')
  if (error || !binary) throw new Error(`the kernels do not compile\n${messages}`, { cause: error })
  return binary
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const binary = await buildKernels()
  writeFileSync(new URL('kernels.wasm', import.meta.url), binary)
  console.log(`kernels.wasm: ${binary.length} bytes`)
}
