/** Tabs: one panel at a time, which alone asks anything; arrow keys go from tab to tab. */
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
}: {
  tabs: readonly Tab[];
  label: string;
  className?: string;
}) {
  const id = useId();
  const [value, setValue] = useState(tabs[0]?.value);
  const at = Math.max(
    0,
    tabs.findIndex((tab) => tab.value === value),
  );
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    setValue(tabs[next]?.value);
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
            onClick={() => setValue(tab.value)}
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
