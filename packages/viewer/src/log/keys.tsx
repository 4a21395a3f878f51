/** Keys of one letter, and the list of them. They do nothing while somebody writes. */
import { type RefObject, useEffect } from 'react';
import { Dialog } from '../look/popup.tsx';
import { useReader } from '../reader.tsx';
import { KEYS, type KeyAction } from '../screens.ts';

/** Whether somebody writes where a key was pressed: then it is a letter. */
export function isWriting(event: Event): boolean {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  );
}

/** `root`: keys count only with the focus inside; null: anywhere on the page. */
export function useKeys(
  actions: Partial<Record<KeyAction, () => void>>,
  root: RefObject<HTMLElement | null> | null,
): void {
  const { hasKeys } = useReader();
  useEffect(() => {
    if (!hasKeys) return;
    const target: HTMLElement | Document = root === null ? document : (root.current ?? document);
    const onKey = (event: Event) => {
      if (!(event instanceof KeyboardEvent) || event.defaultPrevented) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (isWriting(event)) return;
      for (const [name, act] of Object.entries(actions)) {
        if (KEYS[name as KeyAction] !== event.key) continue;
        event.preventDefault();
        act();
        return;
      }
    };
    target.addEventListener('keydown', onKey);
    return () => target.removeEventListener('keydown', onKey);
  });
}

export function KeysDialog({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { words } = useReader();
  const actions = Object.keys(KEYS) as KeyAction[];
  return (
    <Dialog
      title={words.keysTitle}
      closeLabel={words.close}
      open={open}
      onOpenChange={onOpenChange}
    >
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        {actions.map((action) => (
          <div key={action} className="contents">
            <dt>
              <kbd className="rounded border border-line bg-paper px-1.5 font-mono">
                {KEYS[action]}
              </kbd>
            </dt>
            <dd>{words.keyActions[action]}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
