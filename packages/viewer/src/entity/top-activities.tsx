/** What somebody does most often, and from where. */
import { useQuery } from '@tanstack/react-query';
import { asQuery, type Lens, placeOf, withinOf } from '../log/question.ts';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';

const SHOWN = 8;
const SAMPLE = 200;

export function TopActivities({ lens }: { lens: Lens }) {
  const reader = useReader();
  const { client, tenantId, locale, words } = reader;
  const asked = { ...placeOf(reader, lens), ...asQuery(withinOf(lens, '')) };
  const { data: facets } = useQuery({
    queryKey: ['top-activities', tenantId, lens],
    queryFn: ({ signal }) =>
      client.events.facets({ ...asked, fields: ['action'], limit: SHOWN }, { signal }),
  });
  const { data: places = [] } = useQuery({
    queryKey: ['places', tenantId, lens],
    queryFn: async ({ signal }) => {
      const { events } = await client.events.search({ ...asked, limit: SAMPLE }, { signal });
      const counts = new Map<string, number>();
      for (const { context } of events) {
        const place = [context?.location, context?.ip].find((one) => typeof one === 'string');
        if (typeof place === 'string') counts.set(place, (counts.get(place) ?? 0) + 1);
      }
      return [...counts].sort((one, other) => other[1] - one[1]).slice(0, SHOWN);
    },
  });
  const values = facets?.facets[0]?.values ?? [];
  return (
    <div className="flex flex-wrap gap-8">
      <Ranking
        title={words.topActivities}
        rows={values.map(({ value, label, count }) => [label ?? value, count])}
        locale={locale}
      />
      {places.length > 0 && <Ranking title={words.places} rows={places} locale={locale} />}
    </div>
  );
}

function Ranking({
  title,
  rows,
  locale,
}: {
  title: string;
  rows: readonly (readonly [string, number])[];
  locale: string;
}) {
  return (
    <section aria-label={title} className="min-w-64">
      <h2 className="mb-1 text-sentence font-strong">{title}</h2>
      <ol>
        {rows.map(([label, count]) => (
          <li key={label} className="flex justify-between gap-4 border-b border-line py-0.5">
            <span>{label}</span>
            <span className="text-ink-3">{number(count, locale)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
