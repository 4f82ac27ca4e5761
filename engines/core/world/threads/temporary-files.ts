/** What goes wrong with the files of a run that go with it: they lie in the system's folder for what is temporary. */
import { StorageError } from '../../errors.ts'

/** The error of a file or folder of the run at `path`; `asked` says what was to be done with it, and ends before `in <path>`. */
export function temporaryFault(asked: string, path: string, cause: unknown): StorageError {
  const { code, message } = cause as NodeJS.ErrnoException
  return new StorageError(
    {
      asked: `${asked} in ${path}`,
      found: code ?? message,
      rule: 'what a run keeps for itself lies in its temporary folder until it has ended',
      remedy: 'Make room there, or name another folder by TMPDIR',
    },
    { path },
    cause,
  )
}
