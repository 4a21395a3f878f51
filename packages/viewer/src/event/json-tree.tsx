/** JSON as a tree that folds, of any size: what is folded is not drawn. */
import { useState } from 'react';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';

/** Deeper levels begin folded. */
const OPEN_DEPTH = 2;
/** Items of one level that are shown before somebody asks for all. */
const ITEMS_SHOWN = 100;

export function JsonTree({
  value,
  name,
  depth = 0,
}: {
  value: unknown;
  name?: string;
  depth?: number;
}) {
  if (typeof value === 'object' && value !== null) {
    return <Branch value={value} name={name} depth={depth} />;
  }
  return (
    <div className="pl-4 font-mono text-meta">
      {name !== undefined && <span className="text-ink-3">{name}: </span>}
      <span>{JSON.stringify(value)}</span>
    </div>
  );
}

function Branch({
  value,
  name,
  depth,
}: {
  value: object;
  name: string | undefined;
  depth: number;
}) {
  const { words, locale } = useReader();
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH);
  const [isWhole, setWhole] = useState(false);
  const entries = Object.entries(value);
  const isList = Array.isArray(value);
  const shown = isWhole ? entries : entries.slice(0, ITEMS_SHOWN);
  return (
    <details
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      className="pl-4 font-mono text-meta"
    >
      <summary className="-ml-4 cursor-pointer">
        {name !== undefined && <span className="text-ink-3">{name}: </span>}
        <span className="text-ink-3">{isList ? `[${entries.length}]` : `{${entries.length}}`}</span>
      </summary>
      {isOpen &&
        shown.map(([key, inner]) => (
          <JsonTree key={key} value={inner} name={key} depth={depth + 1} />
        ))}
      {isOpen && entries.length > shown.length && (
        <button type="button" className="cursor-pointer text-accent" onClick={() => setWhole(true)}>
          {words.showAll(number(entries.length, locale))}
        </button>
      )}
    </details>
  );
}
