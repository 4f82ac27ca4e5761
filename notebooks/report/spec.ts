/** The one typing wall of Vega-Lite: its types want mutable arrays, while data here are readonly. */

type Mutable<T> = T extends (...parameters: never[]) => unknown
  ? T
  : { -readonly [Key in keyof T]: Mutable<T[Key]> }

/** The same value; the compiler still checks what it is. Vega-Lite copies a spec and changes nothing in it. */
export function mutable<T>(value: T): Mutable<T> {
  return value as Mutable<T>
}
