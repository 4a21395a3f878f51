/** What an erasure leaves: where a person is still mentioned or named, and what is elsewhere. */
import type { ErasureCertificate } from '@annals/contract/erasures';
import { PlaceLink } from '@annals/viewer/event/facts.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { number } from '@annals/viewer/words/format';
import { type ReactNode, useState } from 'react';

type Remaining = ErasureCertificate['remaining'];

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-1">
      <h3 className="font-strong">{title}</h3>
      {children}
    </section>
  );
}

/** Events of a list that are shown before somebody asks for all. */
const LISTED_FIRST = 10;

function Listed({ listing }: { listing: Remaining['mentions'] }) {
  const { locale } = useReader();
  const [isWhole, setWhole] = useState(false);
  const { searched, events, list } = listing;
  const shown = isWhole ? list : list.slice(0, LISTED_FIRST);
  const first = events > list.length ? `, of which these are the first ${list.length}` : '';
  const told = events === 0 ? 'Nowhere.' : `Events: ${number(events, locale)}${first}.`;
  return (
    <>
      {!searched && <p>Texts were not searched for it. A new dry run can.</p>}
      {(searched || events > 0) && <p className="text-ink-2">{told}</p>}
      <ul>
        {shown.map(({ id, paths }) => (
          <li key={id}>
            <PlaceLink place={{ kind: 'event', id }}>{id}</PlaceLink>{' '}
            <span className="font-mono text-meta">{paths.join(' ')}</span>
          </li>
        ))}
      </ul>
      {list.length > shown.length && (
        <Button className="self-start" onClick={() => setWhole(true)}>
          Show all {list.length}
        </Button>
      )}
    </>
  );
}

/** Where the person is still named beside what is erased; `children` are about the mentions. */
export function Remains({
  remaining: { mentions, clear, elsewhere, copies },
  children,
}: {
  remaining: Remaining;
  children?: ReactNode;
}) {
  return (
    <>
      <Part title="Mentioned in other values">
        <Listed listing={mentions} />
        {children}
      </Part>
      <Part title="Named where no erasure reaches">
        <Listed listing={clear} />
      </Part>
      <Part title="Named beside the log, to be changed by hand">
        {elsewhere.length === 0 && <p className="text-ink-2">Nowhere.</p>}
        {elsewhere.map(({ place, id, field }) => (
          <p key={`${place} ${id} ${field}`}>
            {place.replaceAll('_', ' ')} <span className="font-mono">{id}</span>: {field}
          </p>
        ))}
      </Part>
      <Part title="What cannot be recalled">
        {copies.map((copied) => (
          <p key={copied}>{copied}</p>
        ))}
      </Part>
    </>
  );
}
