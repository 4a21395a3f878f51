/**
 * The roles of a project's definition: which views each may read, export and schedule, what it
 * manages, and the way to see a log as somebody with it does. Owns how the settings pages ask for
 * the definition; changes nothing.
 */
import type { Definition, RoleDefinition, ViewDefinition } from '@annals/contract/definition';
import type { HumanText } from '@annals/contract/human';
import { State } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { classes } from '@annals/viewer/look/classes';
import { Menu } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Answered, PlainPage } from '../parts.tsx';
import { tenantPath } from '../paths.ts';

const TENANT = '/signed-in/p/$project/$tenant' as const;

/** The project with its definition; one answer for all settings pages. */
export function useDefinedProject() {
  const { client } = useReader();
  const { project } = useParams({ from: TENANT });
  return useQuery({
    queryKey: ['project', project],
    queryFn: ({ signal }) => client.projects.get(project, { signal }),
  });
}

/** A text of a definition in a language, else in the first that it has. */
export function textIn(text: HumanText, locale: string): string {
  if (typeof text === 'string') return text;
  return text[locale] ?? Object.values(text)[0] ?? '';
}

/** What a page says that lives on roles, where there are none. */
export function NoDefinition() {
  const { project, tenant } = useParams({ from: TENANT });
  return (
    <State>
      <p>This project has no definition, so it has no roles and no views of its own.</p>
      <p>
        Begin with <code className="font-mono">annals init</code>, which writes one to start from.
        Apply it on the page{' '}
        <Link
          to="/p/$project/$tenant/settings/$page"
          params={{ project, tenant, page: 'project' }}
          search={{}}
          className="text-accent hover:underline"
        >
          Project
        </Link>
        , or with <code className="font-mono">annals project apply annals.yaml</code>.
      </p>
    </State>
  );
}

export function Roles() {
  const query = useDefinedProject();
  return (
    <PlainPage
      title="Roles"
      intro={
        'Who may do what with which view, as the definition of the project says. “Show as” ' +
        'opens a log: you then see what the role sees, and nothing else.'
      }
    >
      <Answered query={query}>
        {({ definition }) =>
          definition === null ? <NoDefinition /> : <Matrix definition={definition} />
        }
      </Answered>
    </PlainPage>
  );
}

type Capability = NonNullable<RoleDefinition['grants']>[string][number];
const LETTERS: readonly (readonly [Capability, letter: string, words: string])[] = [
  ['read', 'R', 'read'],
  ['export', 'E', 'export'],
  ['schedule', 'S', 'schedule'],
  ['findings', 'F', 'findings'],
];
const BINDINGS = { none: '', actor: 'Of one actor', record: 'Of one record' } as const;

/** Lines are drawn by the cells: those of a collapsed table do not stay with what stays. */
const CELL = 'border-b border-line px-3 py-2 align-top';
const FIRST = 'sticky left-0 bg-paper min-w-36 max-w-72 border-r';

function Matrix({ definition }: { definition: Definition }) {
  const { locale } = useReader();
  const views = Object.entries(definition.views);
  const roles = Object.entries(definition.roles);
  if (roles.length === 0) {
    return <State>The definition has no roles. Add some to it to say who may see what.</State>;
  }
  return (
    <>
      <p className="text-ink-2">
        {LETTERS.map(([, letter, words]) => (
          <span key={letter} className="mr-4">
            <span className="font-mono font-strong text-ink">{letter}</span> {words}
          </span>
        ))}
        <span>— nothing</span>
      </p>
      {/* Only what scrolls by itself keeps its head; keys scroll it with the focus on it. */}
      <div
        role="region"
        aria-label="Roles and views"
        tabIndex={0}
        className="max-h-[75vh] overflow-auto border-t border-line"
      >
        <table className="border-separate border-spacing-0 text-left">
          <thead className="text-meta">
            <tr>
              <th scope="col" className={classes(CELL, FIRST, 'top-0 z-20 font-strong text-ink-2')}>
                Role
              </th>
              {views.map(([name, view]) => (
                <ViewHead key={name} name={name} view={view} />
              ))}
            </tr>
          </thead>
          <tbody>
            {roles.map(([name, role]) => (
              <tr key={name}>
                <th scope="row" className={classes(CELL, FIRST, 'z-10 font-normal')}>
                  <RoleHead name={name} role={role} views={views} />
                </th>
                {views.map(([view, { label }]) => (
                  <td key={view} className={CELL} title={textIn(label, locale)}>
                    <Grants has={role.grants?.[view] ?? []} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function ViewHead({ name, view }: { name: string; view: ViewDefinition }) {
  const { locale } = useReader();
  const binding = BINDINGS[view.binding ?? 'none'];
  return (
    <th
      scope="col"
      className={classes(CELL, 'sticky top-0 z-10 min-w-28 bg-paper font-normal text-ink-2')}
    >
      <span className="block font-strong">{textIn(view.label, locale)}</span>
      <span className="block font-mono">{name}</span>
      {binding !== '' && <span className="block">{binding}</span>}
    </th>
  );
}

function Grants({ has }: { has: readonly Capability[] }) {
  const held = LETTERS.filter(([capability]) => has.includes(capability));
  const spoken = held.length === 0 ? 'nothing' : held.map(([, , words]) => words).join(', ');
  return (
    <>
      <span className="sr-only">{spoken}</span>
      <span aria-hidden="true" className="flex gap-1.5 font-mono">
        {held.length === 0 && <span className="text-ink-3">—</span>}
        {held.length > 0 &&
          LETTERS.map(([capability, letter]) => (
            // In its own place also where another is missing: columns are read downwards.
            <span key={letter} className={has.includes(capability) ? '' : 'invisible'}>
              {letter}
            </span>
          ))}
      </span>
    </>
  );
}

interface RoleProps {
  readonly name: string;
  readonly role: RoleDefinition;
  readonly views: readonly (readonly [string, ViewDefinition])[];
}

function RoleHead({ name, role, views }: RoleProps) {
  const { locale } = useReader();
  const { manage = [], viewer, description } = role;
  return (
    <div className="flex flex-col items-start gap-0.5">
      <span className="font-strong">{textIn(role.label, locale)}</span>
      <span className="font-mono text-meta text-ink-3">{name}</span>
      {description !== undefined && (
        <span className="text-meta text-ink-2">{textIn(description, locale)}</span>
      )}
      {viewer === true && <span className="text-meta">For the product’s own users</span>}
      {manage.length > 0 && (
        <span className="text-meta text-ink-2">Manages {manage.join(', ')}</span>
      )}
      <ShowAs name={name} role={role} views={views} />
    </div>
  );
}

function ShowAs({ name, role, views }: RoleProps) {
  const { locale } = useReader();
  const navigate = useNavigate();
  const place = useParams({ from: TENANT });
  const readable = views.filter(
    ([view, { binding = 'none' }]) =>
      binding === 'none' && role.grants?.[view]?.includes('read') === true,
  );
  const show = (view: string) =>
    void navigate({
      to: '/p/$project/$tenant/log/$view',
      params: { ...place, view },
      search: { as: name },
    });
  const label = `Show as ${textIn(role.label, locale)}`;
  const [only, ...others] = readable;
  if (only === undefined) {
    return <span className="text-meta text-ink-3">Reads no whole log that could be shown</span>;
  }
  if (others.length === 0) {
    return (
      <Button className="mt-1" aria-label={label} onClick={() => show(only[0])}>
        Show as
      </Button>
    );
  }
  const items = readable.map(([view, { label: text }]) => ({
    label: textIn(text, locale),
    onChoose: () => show(view),
    href: `${tenantPath(place, `log/${view}`)}?as=${encodeURIComponent(name)}`,
  }));
  return (
    <Menu
      label={label}
      items={items}
      trigger={
        <Button className="mt-1" aria-label={label}>
          Show as…
        </Button>
      }
    />
  );
}
