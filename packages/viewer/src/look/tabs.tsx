/**
 * Tabs: one panel at a time, which alone asks anything; arrow keys go from tab to tab. Which one is
 * shown they keep themselves, or whoever gives `value` does.
 */
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';

export interface Tab {
  readonly value: string;
  readonly label: string;
  readonly panel: ReactNode;
}

export function Tabs({
  tabs,
  label,
  className = '',
  value: given,
  onChange,
}: {
  tabs: readonly Tab[];
  label: string;
  className?: string;
  value?: string;
  onChange?: (value: string) => void;
}) {
  const id = useId();
  const [own, setOwn] = useState(tabs[0]?.value);
  const value = given ?? own;
  const show = (tab: Tab | undefined) => {
    if (tab === undefined) return;
    setOwn(tab.value);
    onChange?.(tab.value);
  };
  const at = Math.max(
    0,
    tabs.findIndex((tab) => tab.value === value),
  );
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    show(tabs[next]);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  };
  return (
    <div className={className}>
      <div
        role="tablist"
        aria-label={label}
        className="mb-2 flex gap-4 border-b border-line print:hidden"
        onKeyDown={onKeyDown}
      >
        {tabs.map((tab, index) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={index === at}
            aria-controls={`${id}-panel`}
            tabIndex={index === at ? 0 : -1}
            className="tab"
            onClick={() => show(tab)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${tabs[at]?.value}`}
        className="flex min-h-0 grow flex-col"
      >
        {tabs[at]?.panel}
      </div>
    </div>
  );
}
