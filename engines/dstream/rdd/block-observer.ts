/**
 * Who is told of blocks as they are made and as they are read back: what checks that lineage is sound (`lineage-check.ts`).
 * A run that is measured has no observer.
 */
import type { Bytes, Region } from '../../core/columns/memory.ts'
import { PagedBytes } from '../../core/columns/paged-bytes.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import type { TableFactory } from '../../core/tables/table.ts'
import type { DStreamGraph } from '../graph.ts'
import type { BlockContent } from './block-content.ts'
import { Shares } from './output-share.ts'
import type { BlockId, RddId } from './rdd.ts'

/** Copies of a block's rows, in pieces; of shuffle rows, those for each destination, else all as one. */
export type BlockCopy = readonly (readonly Uint8Array[])[]

export interface BlockObserver {
  /** `decode` gives the rows of pieces, in the order in which they lie there. */
  seen(
    block: BlockId,
    copy: BlockCopy,
    decode: (pieces: readonly Uint8Array[]) => readonly unknown[],
  ): void
}

interface Showing {
  readonly graph: DStreamGraph
  readonly lowered: Lowered
  readonly region: Region
}

/** What a block store calls with each block. */
export function shownTo(
  observer: BlockObserver,
  showing: Showing,
): (block: BlockId, content: BlockContent) => void {
  const { memory } = showing.region
  const paged = new PagedBytes()
  const copyOf = ({ pointer, length }: Bytes): Uint8Array => {
    const copy = paged.take(length)
    copy.set(memory.bytes(pointer, length))
    return copy
  }
  return (block, content) => {
    const decode = (pieces: readonly Uint8Array[]) => rowsOf(showing, block.rdd, pieces)
    observer.seen(block, copiesOf(content, copyOf), decode)
  }
}

function copiesOf(content: BlockContent, copyOf: (piece: Bytes) => Uint8Array): BlockCopy {
  if (content.kind === 'table') {
    const pieces: Uint8Array[] = []
    content.table.visitRows((piece) => void pieces.push(copyOf(piece)))
    return [pieces]
  }
  const { rows } = content
  return Array.from({ length: rows.destinations }, (_, to) => {
    const own: Uint8Array[] = []
    rows.visit(to, (piece) => void own.push(copyOf(piece)))
    return own
  })
}

function rowsOf(
  { graph, lowered, region }: Showing,
  rdd: RddId,
  pieces: readonly Uint8Array[],
): readonly unknown[] {
  const tables = tablesOf(graph, lowered, rdd)
  if (tables === undefined) {
    const shares = new Shares()
    for (const piece of pieces) shares.add(piece)
    const { digest, rows } = shares.take()
    return [digest, ...rows]
  }
  return pieces.flatMap((piece) => {
    const pointer = region.allocate(piece.length)
    region.memory.u8.set(piece, pointer)
    const rows = tables.decode({ pointer, length: piece.length })
    region.free(pointer, piece.length)
    return rows
  })
}

/** Who knows the format of an RDD's rows; nobody knows that of an output's shares. */
function tablesOf(graph: DStreamGraph, lowered: Lowered, rdd: RddId): TableFactory | undefined {
  const { kind, operator, path } = graph.rdds[rdd]!
  if (kind !== 'shuffle') return lowered.tables(operator, kind === 'partial' ? 'arrived' : 'state')
  const { to } = graph.dataflow.paths[path!]!
  if (to.kind === 'output') return undefined
  const reader = graph.dataflow.operators[to.operator]!
  // What a global topK gathers is not what it makes.
  const gathers = reader.kind === 'topK' && reader.phase === 'global'
  return lowered.tables(gathers ? operator : to.operator, 'arrived')
}
