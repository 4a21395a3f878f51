/**
 * What opens above the page: menus, panels, dialogs. Made of the browser's own `popover` and
 * `<dialog>`, which bring the top layer, closing by Escape or a click elsewhere and the way of the
 * focus back, in a shadow root too. Owns their look, their place and the keys inside.
 */
import { X } from 'lucide-react';
import {
  cloneElement,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import { keepPlaced } from './place.ts';

const FOCUSABLE = 'input, select, textarea, button, a[href], [tabindex="0"]';

interface Opening {
  readonly open?: boolean | undefined;
  readonly onOpenChange?: ((open: boolean) => void) | undefined;
}

/** An element that the browser opens and closes, and what the page wants of it. */
function usePopover({ open, onOpenChange }: Opening, focusOn: string) {
  const popup = useRef<HTMLDivElement>(null);
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const element = popup.current;
    if (element === null || open === undefined) return;
    if (open !== element.matches(':popover-open')) element.togglePopover(open);
  }, [open]);
  useEffect(() => {
    const element = popup.current;
    const root = element?.getRootNode();
    if (!isOpen || !element || !(root instanceof Document || root instanceof ShadowRoot)) return;
    const anchor = root.querySelector(`[data-opens="${CSS.escape(id)}"]`);
    const end = anchor ? keepPlaced(element, anchor) : undefined;
    element.querySelector<HTMLElement>(focusOn)?.focus({ preventScroll: true });
    return end;
  }, [isOpen, id, focusOn]);
  const onToggle = ({ newState }: { newState: string }) => {
    const isNow = newState === 'open';
    setOpen(isNow);
    if (isNow !== open) onOpenChange?.(isNow);
  };
  return { popup, id, isOpen, onToggle };
}

/** What makes a button open a popup: the browser does it, so that a second click closes it. */
const opener = (id: string, isOpen: boolean, kind: 'menu' | 'dialog') => ({
  popoverTarget: id,
  'data-opens': id,
  'aria-haspopup': kind,
  'aria-expanded': isOpen,
});

export interface MenuItem {
  readonly label: string;
  readonly onChoose?: () => void;
  readonly href?: string | undefined;
  readonly isChecked?: boolean | undefined;
}

const ITEM = classes(
  'flex min-h-7 w-full cursor-pointer items-center gap-2 rounded px-2 text-left text-ink',
  'hover:bg-accent-tint focus:bg-accent-tint focus:outline-none pointer-coarse:min-h-11',
);

/** Arrows, Home, End and first letters go from item to item. */
function onMenuKey(event: KeyboardEvent<HTMLElement>): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  const at = items.findIndex((item) => item.matches(':focus'));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  const isLetter = /^[\p{L}\d]$/u.test(event.key);
  const key = event.key.toLowerCase();
  const starts = (item: HTMLElement) => item.textContent?.trim().toLowerCase().startsWith(key);
  const target = isLetter
    ? [...items.slice(at + 1), ...items].find(starts)
    : to === undefined
      ? undefined
      : items[(to + items.length) % items.length];
  if (event.key === 'Tab') event.currentTarget.hidePopover();
  if (!target) return;
  event.preventDefault();
  event.stopPropagation();
  target.focus();
}

interface Opened extends Opening {
  readonly trigger: ReactElement;
  readonly label: string;
}

/** A menu of things to do; `trigger` opens it. */
export function Menu({
  trigger,
  items,
  label,
  ...opening
}: Opened & { items: readonly MenuItem[] }) {
  const { popup, id, isOpen, onToggle } = usePopover(opening, '[role="menuitem"]');
  const choose = (item: MenuItem) => {
    popup.current?.hidePopover();
    item.onChoose?.();
  };
  return (
    <>
      {cloneElement(trigger, opener(id, isOpen, 'menu'))}
      <div
        ref={popup}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        className="popup min-w-44 p-1"
        onToggle={onToggle}
        onKeyDown={onMenuKey}
      >
        {isOpen &&
          items.map((item) => (
            <MenuEntry key={item.label} item={item} onChoose={() => choose(item)} />
          ))}
      </div>
    </>
  );
}

function MenuEntry({ item, onChoose }: { item: MenuItem; onChoose: () => void }) {
  const content = (
    <>
      <span className="grow">{item.label}</span>
      {item.isChecked && <span aria-hidden="true">✓</span>}
    </>
  );
  const common = { role: 'menuitem', tabIndex: -1, className: ITEM } as const;
  if (item.href === undefined) {
    return (
      <button type="button" {...common} onClick={onChoose}>
        {content}
      </button>
    );
  }
  return (
    <a
      {...common}
      href={item.href}
      onClick={(event) => {
        // Another tab is the browser's to open.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onChoose();
      }}
    >
      {content}
    </a>
  );
}

/** A panel beside what opened it. */
export function Panel({
  trigger,
  label,
  children,
  className = '',
  focusOn = FOCUSABLE,
  ...opening
}: Opened & {
  children: ReactNode;
  className?: string;
  /** What has the focus first, as a selector. */
  focusOn?: string;
}) {
  const { popup, id, isOpen, onToggle } = usePopover(opening, focusOn);
  return (
    <>
      {cloneElement(trigger, opener(id, isOpen, 'dialog'))}
      <div
        ref={popup}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        className={`popup p-3 ${className}`}
        onToggle={onToggle}
      >
        {isOpen && children}
      </div>
    </>
  );
}

interface DialogProps {
  readonly title: string;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly children: ReactNode;
  readonly closeLabel: string;
  readonly className?: string;
}

/** A dialog over the page: nothing else can be used until it is closed. */
export function Dialog({
  title,
  open,
  onOpenChange,
  children,
  closeLabel,
  className = 'w-[480px]',
}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const titleId = useId();
  useEffect(() => {
    if (open && dialog.current?.open === false) {
      dialog.current.showModal();
      // Not the button that closes it, which is there first.
      body.current?.querySelector<HTMLElement>(FOCUSABLE)?.focus();
    }
    if (!open && dialog.current?.open === true) dialog.current.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      className={`popup modal p-4 ${className}`}
      // Of a dialog inside of this one, React tells it too.
      onClose={({ target }) => target === dialog.current && onOpenChange(false)}
      onClick={(event) => {
        // What is clicked is the dialog itself only beside its content.
        if (event.target === dialog.current && isOutside(event, dialog)) dialog.current?.close();
      }}
    >
      <div className="mb-3 flex items-start justify-between gap-2">
        <h2 id={titleId} className="text-sentence font-strong">
          {title}
        </h2>
        <IconButton label={closeLabel} onClick={() => dialog.current?.close()}>
          <X className="icon" aria-hidden="true" />
        </IconButton>
      </div>
      <div ref={body}>{open && children}</div>
    </dialog>
  );
}

function isOutside(
  { clientX, clientY }: { clientX: number; clientY: number },
  dialog: RefObject<HTMLElement | null>,
): boolean {
  const box = dialog.current?.getBoundingClientRect();
  if (box === undefined) return false;
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
