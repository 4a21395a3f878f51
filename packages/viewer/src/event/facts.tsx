/** Facts as rows of label and value, and the people and records that an event names. */

import { idText, isErased, nameOf } from '@annals/contract/values';
import type { Lens } from '../log/question.ts';
import { classes } from '../look/classes.ts';
import { ValueIcon } from '../look/icons.tsx';
import { type Place, typeWord, useReader } from '../reader.tsx';

export interface FactRow {
  readonly label: string;
  readonly value: string | undefined;
  readonly isCode?: boolean;
}

export function Facts({ rows }: { rows: readonly FactRow[] }) {
  return (
    <dl className="grid grid-cols-[minmax(6rem,9rem)_1fr] gap-x-3 @max-narrow/log:grid-cols-1">
      {rows.map(({ label, value, isCode }) => (
        <div key={label} className="contents">
          <dt className="text-ink-2">{label}</dt>
          <dd
            className={classes(
              'min-w-0 whitespace-pre-wrap @max-narrow/log:mb-1',
              isCode ? 'font-mono text-meta leading-5' : '',
            )}
          >
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface Entity {
  readonly type: string;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly email?: unknown;
}

/** A person or record in a line, with the way to its own page. */
export function EntityLine({
  kind,
  entity,
  relation,
  lens,
}: {
  kind: 'actor' | 'record';
  entity: Entity;
  relation: string;
  lens: Lens;
}) {
  const reader = useReader();
  const { words } = reader;
  const id = idText(entity.id);
  const name = nameOf(entity);
  const email =
    typeof entity.email === 'string' && entity.email !== name ? entity.email : undefined;
  const typed = typeWord(kind, entity.type, reader);
  const place: Place | undefined = id === undefined ? undefined : { kind, type: entity.type, id };
  const shown = name ?? (isErased(entity.name) ? words.erased : typed);
  const details = [email, id].filter((one) => one !== undefined && one !== shown);
  return (
    <div className="flex flex-wrap items-center gap-x-1.5">
      {relation.trim() !== '' && <span className="text-ink-3">{relation.trim()}</span>}
      {kind === 'actor' && entity.type !== 'user' && (
        <span className="text-ink-3">
          <ValueIcon of="actor" value={entity.type} />
        </span>
      )}
      <PlaceLink place={place} view={lens.view}>
        {shown}
      </PlaceLink>
      {shown !== typed && <span className="text-ink-3">({typed})</span>}
      {details.length > 0 && (
        <span className="basis-full text-meta text-ink-2">
          {details.map((detail, at) => (
            <span key={detail}>
              {at > 0 && ' · '}
              <span className={detail === id ? 'font-mono' : ''}>{detail}</span>
            </span>
          ))}
        </span>
      )}
    </div>
  );
}

/** A link where there is a page to go to; else the text alone. */
export function PlaceLink({
  place,
  view,
  children,
}: {
  place: Place | undefined;
  view?: string;
  children: string;
}) {
  const { hrefOf, go } = useReader();
  if (place === undefined) return <span className="font-strong">{children}</span>;
  const href = hrefOf(place, view);
  return (
    <a
      href={href ?? '#'}
      className="font-strong text-accent hover:underline"
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(place, view);
      }}
    >
      {children}
    </a>
  );
}
