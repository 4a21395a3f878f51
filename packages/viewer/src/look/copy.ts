/** The clipboard. */

/** False where the browser does not let the page: in a frame, or without https. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
