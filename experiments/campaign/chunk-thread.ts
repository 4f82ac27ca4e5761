/** What a thread of a campaign's pool runs. */
import { type ChunkResult, type ChunkTask, runChunk } from './chunk.ts'

export default function chunkOf(task: ChunkTask): Promise<ChunkResult> {
  return runChunk(task)
}
