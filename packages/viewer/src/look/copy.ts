/** The clipboard. */
import type { Words } from '../words/words.ts';

/** False where the browser does not let the page: in a frame, or without https. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Copies, and answers what there is to say of it: `done` where it went well. */
export const copyText = async (
  text: string,
  words: Pick<Words, 'copied' | 'copyFailed'>,
  done = words.copied,
): Promise<string> => ((await copied(text)) ? done : words.copyFailed);
