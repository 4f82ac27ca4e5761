/** The files of a directory, or one file as if it were alone in its directory. */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { InputError } from '../../../errors.ts'

export interface FoundFile {
  /** In its directory. */
  readonly name: string
  readonly path: string
  /** Of a device and a file on it. */
  readonly inode: string
}

export class FolderView {
  readonly directory: string
  #path: string
  /** The only file that is looked at. */
  #only: string | undefined

  /** Errors: `InputError` where there is neither a directory nor a file. */
  constructor(path: string) {
    this.#path = path
    const stats = this.#attempt(() => statSync(path))
    this.#only = stats.isDirectory() ? undefined : basename(path)
    this.directory = stats.isDirectory() ? path : dirname(path)
  }

  /** Regular files by name in byte order, without those whose name starts with a dot; directories in it are not searched. */
  files(): readonly FoundFile[] {
    const names = this.#attempt(() => readdirSync(this.directory))
    return names
      .filter((name) => (this.#only === undefined ? !name.startsWith('.') : name === this.#only))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .flatMap((name) => {
        const path = join(this.directory, name)
        // It may be gone by now.
        const stats = this.#attempt(() => statSync(path, { throwIfNoEntry: false }))
        return stats?.isFile() ? [{ name, path, inode: `${stats.dev}:${stats.ino}` }] : []
      })
  }

  #attempt<T>(look: () => T): T {
    try {
      return look()
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      throw new InputError(
        {
          asked: `lines of ${this.#path}, as it grows`,
          found: code === 'ENOENT' ? 'no such file or directory' : `it cannot be read (${message})`,
          rule: 'a directory that grows is there and readable as long as the run lasts',
          remedy: code === 'ENOENT' ? 'Check the path' : 'Check what it is and who may read it',
        },
        { path: this.#path, code },
        cause,
      )
    }
  }
}
