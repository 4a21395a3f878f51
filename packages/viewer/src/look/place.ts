/**
 * Where a popup stands: below what it belongs to, above where there is more room, always inside
 * of the window. For elements of the top layer, which no ancestor moves or cuts.
 */
const MARGIN = 8;
const GAP = 4;

/** Puts it there, and says so by `data-placed`: until then it is not seen. */
export function place(popup: HTMLElement, anchor: Element, isAsWide: boolean): void {
  const { left, top, bottom, width } = anchor.getBoundingClientRect();
  const { innerWidth, innerHeight } = window;
  if (isAsWide) popup.style.width = `${width}px`;
  popup.style.maxHeight = '';
  const [below, above] = [innerHeight - bottom - GAP - MARGIN, top - GAP - MARGIN];
  const wanted = popup.scrollHeight;
  const isBelow = wanted <= below || below >= above;
  const room = Math.max(0, isBelow ? below : above);
  popup.style.maxHeight = `${room}px`;
  const height = Math.min(wanted, room);
  const most = Math.max(MARGIN, innerWidth - popup.offsetWidth - MARGIN);
  popup.style.left = `${Math.min(Math.max(MARGIN, left), most)}px`;
  popup.style.top = `${isBelow ? bottom + GAP : top - GAP - height}px`;
  popup.dataset['placed'] = '';
}

/** Keeps it in its place while the page moves; returns how to end that. */
export function keepPlaced(popup: HTMLElement, anchor: Element, isAsWide = false): () => void {
  const again = () => place(popup, anchor, isAsWide);
  again();
  const observer = new ResizeObserver(again);
  observer.observe(popup);
  addEventListener('resize', again);
  addEventListener('scroll', again, { capture: true, passive: true });
  return () => {
    observer.disconnect();
    removeEventListener('resize', again);
    removeEventListener('scroll', again, { capture: true });
    delete popup.dataset['placed'];
  };
}
