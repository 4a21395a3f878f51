/** Buttons: what is done, in a verb. Owns their look, and that a disabled one says why. */
import {
  type AnchorHTMLAttributes,
  type ButtonHTMLAttributes,
  cloneElement,
  type ReactElement,
  type ReactNode,
  type Ref,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { classes } from './classes.ts';
import { keepPlaced } from './place.ts';

type Kind = 'plain' | 'primary' | 'quiet' | 'danger';

const KINDS: Readonly<Record<Kind, string>> = {
  plain: 'border-control bg-raised text-ink hover:bg-accent-tint',
  primary: 'border-accent bg-accent text-on-accent hover:brightness-110',
  quiet: 'border-transparent text-ink-2 hover:bg-accent-tint hover:text-ink',
  danger: 'border-failure bg-raised text-failure hover:bg-failure-tint',
};
const BASE = classes(
  'inline-flex min-h-7 items-center justify-center gap-1.5 rounded border px-2.5 py-0.5',
  'text-body whitespace-nowrap cursor-pointer select-none transition-colors duration-100',
  '@max-narrow/log:min-h-11 @max-narrow/log:min-w-11',
  'aria-pressed:border-accent aria-pressed:bg-accent-tint aria-pressed:text-accent',
  'aria-expanded:bg-accent-tint disabled:cursor-not-allowed disabled:opacity-60',
  'aria-disabled:cursor-not-allowed aria-disabled:opacity-60',
);

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: Kind;
  readonly ref?: Ref<HTMLButtonElement>;
  /** Why it does nothing now: it stays in the tab order and says so. */
  readonly disabledWhy?: string | undefined;
}

export function Button({
  kind = 'plain',
  className = '',
  disabledWhy,
  onClick,
  popoverTarget,
  ...rest
}: ButtonProps) {
  const isOff = disabledWhy !== undefined;
  const button = (
    <button
      type="button"
      {...rest}
      {...(isOff ? { 'aria-disabled': true } : { onClick, popoverTarget })}
      className={`${BASE} ${KINDS[kind]} ${className}`}
    />
  );
  return isOff ? <Hint text={disabledWhy}>{button}</Hint> : button;
}

/** What leads somewhere, or is fetched, and looks as what does something. */
export function ButtonLink({ className = '', ...rest }: AnchorHTMLAttributes<HTMLAnchorElement>) {
  return <a {...rest} className={`${BASE} ${KINDS.plain} ${className}`} />;
}

const HOVER_MS = 300;

/** A text that stands beside what is hovered or has the focus. */
export function Hint({ text, children }: { text: string; children: ReactElement }) {
  const popup = useRef<HTMLSpanElement>(null);
  const id = useId();
  const [isShown, setShown] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const show = (afterMs: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setShown(true), afterMs);
  };
  const hide = () => {
    clearTimeout(timer.current);
    setShown(false);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    const element = popup.current;
    const anchor = element?.previousElementSibling;
    if (!isShown || !element || !anchor) return;
    element.showPopover();
    const end = keepPlaced(element, anchor);
    return () => {
      end();
      if (element.isConnected) element.hidePopover();
    };
  }, [isShown]);
  return (
    <span
      className="contents"
      onPointerEnter={({ pointerType }) => pointerType === 'mouse' && show(HOVER_MS)}
      onPointerLeave={hide}
      onPointerDown={hide}
      onFocus={({ target }) => target.matches(':focus-visible') && show(0)}
      onBlur={hide}
      onKeyDown={({ key }) => key === 'Escape' && hide()}
    >
      {cloneElement(children, describedBy(id, isShown))}
      <span
        ref={popup}
        id={id}
        popover="manual"
        role="tooltip"
        className="popup max-w-72 px-2 py-1 text-meta"
      >
        {text}
      </span>
    </span>
  );
}

const describedBy = (id: string, isShown: boolean): object =>
  isShown ? { 'aria-describedby': id } : {};

interface IconButtonProps extends ButtonProps {
  /** What it does: read out, and shown when hovered or focused. */
  readonly label: string;
  readonly children: ReactNode;
}

export function IconButton({ label, className = '', kind = 'quiet', ...rest }: IconButtonProps) {
  return (
    <Hint text={label}>
      <Button aria-label={label} kind={kind} className={`min-w-7 px-1 ${className}`} {...rest} />
    </Hint>
  );
}
