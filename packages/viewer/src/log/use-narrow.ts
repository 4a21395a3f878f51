import { type RefObject, useLayoutEffect, useState } from 'react';

/** The width of an element, in px, as it changes. A container has its own, whatever the window. */
export function useNarrow(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(() => globalThis.innerWidth);
  useLayoutEffect(() => {
    const of = element.current;
    if (of === null) return;
    setWidth(of.clientWidth);
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(entry.contentRect.width);
    });
    observer.observe(of);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
