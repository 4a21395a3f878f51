/** An event on a page of its own: to be linked to, read and printed on one sheet. */
import { useEffect, useId, useState } from 'react';
import { useEvent } from '../log/drawer.tsx';
import type { Lens } from '../log/question.ts';
import { placeOf } from '../log/question.ts';
import { TroubleNote, Waiting } from '../log/states.tsx';
import { troubleOf } from '../log/troubles.ts';
import { Button } from '../look/button.tsx';
import { copyText } from '../look/copy.ts';
import { useReader } from '../reader.tsx';
import { eventCurl, eventText } from './as-text.ts';
import { EventBody, titleOf } from './event.tsx';

interface Props {
  readonly id: string;
  readonly lens: Lens;
  readonly link: string | undefined;
  readonly onBack?: (() => void) | undefined;
  readonly onTitle?: (title: string) => void;
}

export function EventPage({ id, lens, link, onBack, onTitle }: Props) {
  const reader = useReader();
  const { words, apiUrl, tenantId, zone } = reader;
  const headingId = useId();
  const [said, setSaid] = useState('');
  const { data: event, error, refetch } = useEvent(id, lens, undefined);
  const title = event && titleOf(event, reader);
  useEffect(() => {
    if (title !== undefined) onTitle?.(title);
  }, [title, onTitle]);
  if (error)
    return <TroubleNote trouble={troubleOf(error, words)} onRetry={() => void refetch()} />;
  if (event === undefined) return <Waiting />;
  const copy = (text: string) => void copyText(text, words).then(setSaid);
  return (
    <div className="mx-auto w-full max-w-3xl overflow-auto">
      <div className="mb-3 flex flex-wrap gap-1.5 print:hidden">
        {onBack && <Button onClick={onBack}>{words.back}</Button>}
        <span className="grow" />
        {link !== undefined && <Button onClick={() => copy(link)}>{words.link}</Button>}
        <Button onClick={() => copy(eventText(event, titleOf(event, reader), reader, link))}>
          {words.copyText}
        </Button>
        <Button onClick={() => copy(eventCurl(apiUrl, id, placeOf(reader, lens)))}>
          {words.curl}
        </Button>
        <Button onClick={() => window.print()}>{words.print}</Button>
      </div>
      <EventBody event={event} lens={lens} headingId={headingId} />
      <p className="mt-4 hidden border-t border-line pt-2 text-meta print:block">
        {link}
        <br />
        {zone} · {tenantId}
      </p>
      <p className="sr-only" role="status" aria-live="polite">
        {said}
      </p>
    </div>
  );
}
