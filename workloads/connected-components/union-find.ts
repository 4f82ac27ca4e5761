/** Components of a growing graph by sets that are united, for oracles: nothing goes around. */

/** Nodes are any numbers. */
export class UnionFind {
  /** Nodes in order of appearance; what follows is by their places. */
  readonly #nodes: number[] = []
  readonly #places = new Map<number, number>()
  readonly #parents: number[] = []
  /** Of a set's root: all that are in it, and the least node. */
  readonly #members: number[][] = []
  readonly #least: number[] = []
  /** What `changes` has told of each. */
  readonly #told: (number | undefined)[] = []
  /** Places whose least node may be another since then. */
  #touched: number[] = []

  unite(a: number, b: number): void {
    let [larger, smaller] = [this.#root(this.#placeOf(a)), this.#root(this.#placeOf(b))]
    if (larger === smaller) return
    if (this.#members[larger]!.length < this.#members[smaller]!.length) {
      ;[larger, smaller] = [smaller, larger]
    }
    const falls = this.#least[larger]! > this.#least[smaller]! ? larger : smaller
    for (const place of this.#members[falls]!) this.#touched.push(place)
    for (const place of this.#members[smaller]!) this.#members[larger]!.push(place)
    this.#members[smaller] = []
    this.#parents[smaller] = larger
    this.#least[larger] = Math.min(this.#least[larger]!, this.#least[smaller]!)
  }

  /** The least node that it is connected with; itself for one that has no edge. */
  leastOf(node: number): number {
    const place = this.#places.get(node)
    return place === undefined ? node : this.#least[this.#root(place)]!
  }

  /** Nodes whose least one is another than when they were told last, each once. */
  *changes(): Generator<readonly [node: number, least: number]> {
    const touched = this.#touched
    this.#touched = []
    for (const place of touched) {
      const least = this.#least[this.#root(place)]!
      if (this.#told[place] === least) continue
      this.#told[place] = least
      yield [this.#nodes[place]!, least]
    }
  }

  #placeOf(node: number): number {
    const known = this.#places.get(node)
    if (known !== undefined) return known
    const place = this.#nodes.length
    this.#places.set(node, place)
    this.#nodes.push(node)
    this.#parents.push(place)
    this.#members.push([place])
    this.#least.push(node)
    this.#told.push(undefined)
    this.#touched.push(place)
    return place
  }

  #root(place: number): number {
    let root = place
    while (this.#parents[root] !== root) root = this.#parents[root]!
    while (this.#parents[place] !== root) {
      const parent = this.#parents[place]!
      this.#parents[place] = root
      place = parent
    }
    return root
  }
}
