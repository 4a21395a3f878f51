/** A download of the API, kept as a file of the browser: whole, or not at all. */
import type { Download } from '@annals/sdk';

export interface SaveProgress {
  readonly bytes: number;
}

/** How often progress is told, in bytes. */
const STEP_BYTES = 256 * 1_024;

/** Reads all of it first: a file that breaks off is never kept. */
export async function saveDownload(
  { body, contentType }: Download,
  name: string,
  onProgress: (progress: SaveProgress) => void,
): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let [bytes, told] = [0, 0];
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(new Uint8Array(next.value));
    bytes += next.value.byteLength;
    if (bytes - told < STEP_BYTES) continue;
    told = bytes;
    onProgress({ bytes });
  }
  const url = URL.createObjectURL(new Blob(parts, { type: contentType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the file over by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
