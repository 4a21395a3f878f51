/** What an event changed, from what to what. The rules are those of `differences.ts`. */

import type { ReadEvent } from '@annals/contract/event';
import { EyeOff, KeyRound, SquareSlash } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../look/button.tsx';
import { classes } from '../look/classes.ts';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import {
  type Change,
  type Difference,
  differenceOf,
  labelOf,
  type Piece,
  type Shown,
} from './differences.ts';

/** So many rows are shown of a structure or a text before somebody asks for all. */
const LEAVES_SHOWN = 50;
const LINES_SHOWN = 40;

export function Changes({ changes }: { changes: NonNullable<ReadEvent['changes']> }) {
  const changed = changes.filter((change) => !isUnchanged(change));
  const unchanged = changes.filter(isUnchanged);
  const { words, locale } = useReader();
  const [isWhole, setWhole] = useState(false);
  return (
    <div className="flex flex-col gap-2">
      <ul className="flex flex-col gap-2">
        {(isWhole ? changes : changed).map((change) => (
          <li key={change.path}>
            <OneChange change={change} />
          </li>
        ))}
      </ul>
      {unchanged.length > 0 && !isWhole && (
        <Button kind="quiet" className="self-start" onClick={() => setWhole(true)}>
          {words.showUnchanged(number(unchanged.length, locale))}
        </Button>
      )}
    </div>
  );
}

/** What is sent as a change although its value stayed. */
const isUnchanged = (change: Change): boolean =>
  'before' in change &&
  'after' in change &&
  JSON.stringify(change.before) === JSON.stringify(change.after);

function OneChange({ change }: { change: Change }) {
  return (
    <div
      className={classes(
        'grid grid-cols-[minmax(6rem,9rem)_1fr] gap-x-3 gap-y-1',
        '@max-narrow/log:grid-cols-1',
      )}
    >
      <div className="text-ink-2" title={change.path}>
        {labelOf(change)}
      </div>
      <div className="min-w-0">
        <DifferenceView difference={differenceOf(change)} />
      </div>
    </div>
  );
}

function DifferenceView({ difference }: { difference: Difference }) {
  const { words } = useReader();
  switch (difference.kind) {
    case 'secret':
      return (
        <Note icon={<KeyRound className="icon" aria-hidden="true" />}>{words.secretChanged}</Note>
      );
    case 'hidden':
      return (
        <Note icon={<EyeOff className="icon" aria-hidden="true" />}>{words.valuesHidden}</Note>
      );
    case 'scalar':
      return <Scalar before={difference.before} after={difference.after} />;
    case 'text':
      return <TextLines lines={difference.lines} />;
    case 'list':
      return <ListDifference difference={difference} />;
    case 'leaves':
      return <Leaves leaves={difference.leaves} />;
  }
}

function Note({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5 text-ink-2 italic">
      {icon}
      {children}
    </span>
  );
}

export function ShownValue({ shown }: { shown: Shown }) {
  const { words } = useReader();
  switch (shown.kind) {
    case 'text':
      return <span className="whitespace-pre-wrap">{shown.text}</span>;
    case 'erased':
      return (
        <Note icon={<SquareSlash className="icon" aria-hidden="true" />}>{words.erasedValue}</Note>
      );
    case 'not-set':
      return <i className="text-ink-3">{words.notSet}</i>;
    case 'null':
      return <i>{words.nullValue}</i>;
    case 'empty':
      return <i>{words.emptyText}</i>;
  }
}

const REMOVED = 'rounded bg-removed-tint px-1.5 text-removed';
const ADDED = 'rounded bg-added-tint px-1.5 text-added';

function Marked({ kind, children }: { kind: 'added' | 'removed'; children: ReactNode }) {
  const { words } = useReader();
  return (
    <div className={`flex gap-1.5 ${kind === 'added' ? ADDED : REMOVED}`}>
      <span aria-hidden="true">{kind === 'added' ? '+' : '−'}</span>
      <span className="sr-only">{kind === 'added' ? words.after : words.before}</span>
      <span className="min-w-0">{children}</span>
    </div>
  );
}

/** An erased value, or one that was never set, is no value: it has no colour of one. */
function Scalar({ before, after }: { before: Shown; after: Shown }) {
  return (
    <div className="grid grid-cols-2 gap-1.5 @max-narrow/log:grid-cols-1">
      <Marked kind="removed">
        <ShownValue shown={before} />
      </Marked>
      <Marked kind="added">
        <ShownValue shown={after} />
      </Marked>
    </div>
  );
}

const PIECES: Readonly<Record<Piece['mark'], string>> = {
  same: '',
  added: 'bg-added-tint text-added',
  removed: 'bg-removed-tint text-removed line-through',
};

function TextLines({ lines }: { lines: readonly (readonly Piece[])[] }) {
  const { words, locale } = useReader();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? lines : lines.slice(0, LINES_SHOWN);
  return (
    <div className="rounded border border-line px-2 py-1">
      {shown.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text have no other name.
        <p key={index} className="whitespace-pre-wrap">
          {line.map((piece, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: nor do its pieces.
            <PieceView key={at} piece={piece} />
          ))}
        </p>
      ))}
      {lines.length > shown.length && (
        <Button kind="quiet" onClick={() => setWhole(true)}>
          {words.showAll(number(lines.length, locale))}
        </Button>
      )}
    </div>
  );
}

function PieceView({ piece: { text, mark } }: { piece: Piece }) {
  if (mark === 'added') return <ins className={`no-underline ${PIECES.added}`}>{text}</ins>;
  if (mark === 'removed') return <del className={PIECES.removed}>{text}</del>;
  return <span>{text}</span>;
}

type ListOf = Extract<Difference, { kind: 'list' }>;

function ListDifference({
  difference: { added, removed, unchanged, hasOrderChanged },
}: {
  difference: ListOf;
}) {
  const { words, locale } = useReader();
  if (hasOrderChanged) return <span className="text-ink-2 italic">{words.orderChanged}</span>;
  return (
    <div className="flex flex-col gap-1">
      <span className="text-meta text-ink-2">
        {[
          added.length > 0 && `+${number(added.length, locale)}`,
          removed.length > 0 && `−${number(removed.length, locale)}`,
          unchanged > 0 && words.unchanged(number(unchanged, locale)),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {removed.map((item) => (
        <Marked key={`-${item}`} kind="removed">
          {item}
        </Marked>
      ))}
      {added.map((item) => (
        <Marked key={`+${item}`} kind="added">
          {item}
        </Marked>
      ))}
    </div>
  );
}

function Leaves({ leaves }: { leaves: Extract<Difference, { kind: 'leaves' }>['leaves'] }) {
  const { words, locale } = useReader();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? leaves : leaves.slice(0, LEAVES_SHOWN);
  return (
    <div className="flex flex-col gap-1.5">
      {shown.map(({ path, before, after }) => (
        <div key={path}>
          <div className="font-mono text-meta text-ink-3">{path}</div>
          <Scalar before={before} after={after} />
        </div>
      ))}
      {leaves.length > shown.length && (
        <Button kind="quiet" onClick={() => setWhole(true)}>
          {words.showAll(number(leaves.length, locale))}
        </Button>
      )}
    </div>
  );
}
