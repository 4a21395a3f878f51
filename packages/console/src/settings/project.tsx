/**
 * The definition of the project: shown, and replaced by a new one. Promises that nothing is applied
 * that was not checked first, word for word, against the version that is there.
 */
import { nameOfPart } from '@annals/contract/pointer';
import type { DefinitionChange } from '@annals/contract/projects';
import type { DefinedProject, DefinitionDiff } from '@annals/contract/routes';
import { AnnalsError, type Client, ConflictError } from '@annals/sdk';
import { State } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { TextArea } from '@annals/viewer/look/field.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { number } from '@annals/viewer/words/format';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { CopyButton } from '../copy-button.tsx';
import { Answered, Confirm, PlainPage, Section, useDoing } from '../parts.tsx';
import { useDefinedProject } from './roles.tsx';

export function ProjectDefinition() {
  const query = useDefinedProject();
  const [text, setText] = useState('');
  return (
    <PlainPage
      title="Project"
      intro={
        'The definition says what is recorded, what it is called, who sees what of it and how ' +
        'long it is kept. Keep it with your code; here it is shown, checked and applied.'
      }
    >
      <Answered query={query}>
        {(defined) => (
          <>
            <InEffect defined={defined} canEdit={text === ''} onEdit={setText} />
            <NewDefinition project={defined.project} text={text} onText={setText} />
          </>
        )}
      </Answered>
    </PlainPage>
  );
}

const YAML_WIDTH = 100;
const YAML = 'max-h-96 overflow-auto rounded border border-line p-2 font-mono text-meta';

function InEffect({
  defined,
  canEdit,
  onEdit,
}: {
  defined: DefinedProject;
  canEdit: boolean;
  onEdit: (text: string) => void;
}) {
  const { project, label, version, time_zone: zone, definition } = defined;
  const yaml = useQuery({
    queryKey: ['project', project, 'yaml', version],
    queryFn: async () => (await import('yaml')).stringify(definition, { lineWidth: YAML_WIDTH }),
    enabled: definition !== null,
  });
  return (
    <Section title={`${label} (${project})`}>
      {definition === null ? (
        <State>
          <p>This project has no definition: every event is recorded as it is sent.</p>
          <p>
            <code className="font-mono">annals init</code> writes one to start from. Put it in
            below, check it, and apply it.
          </p>
        </State>
      ) : (
        <>
          <p>
            Version {version}. Days are those of the time zone {zone}.
          </p>
          <Answered query={yaml}>
            {(text) => (
              <>
                <pre
                  // Scrolled by keys with the focus on it.
                  tabIndex={0}
                  role="region"
                  aria-label="The definition in effect"
                  className={YAML}
                >
                  {text}
                </pre>
                <div className="flex gap-2">
                  <CopyButton text={text} label="Copy" />
                  <Button
                    disabledWhy={canEdit ? undefined : 'A text stands below. Empty it first.'}
                    onClick={() => onEdit(text)}
                  >
                    Edit below
                  </Button>
                </div>
              </>
            )}
          </Answered>
        </>
      )}
    </Section>
  );
}

interface Fault {
  readonly path: string;
  readonly detail: string;
  /** In the text; undefined: of the whole. */
  readonly line: number | undefined;
}
/** What a check of a text has found. */
type Checked =
  | { readonly kind: 'faulty'; readonly text: string; readonly faults: readonly Fault[] }
  | {
      readonly kind: 'usable';
      readonly text: string;
      readonly definition: unknown;
      readonly diff: DefinitionDiff;
    };

/** References that stand for others: without a bound a small text could become a large one. */
const ALIASES_MOST = 100;

/** YAML 1.2, of which JSON is a part. */
async function readYaml(text: string) {
  const { isNode, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (pointer: string): number | undefined => {
    const names = pointer.split('/').slice(1).map(nameOfPart);
    for (let length = names.length; length > 0; length--) {
      const node = document.getIn(names.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
  const faults: Fault[] = document.errors.map(({ message, pos }) => ({
    path: '',
    detail: message,
    line: lines.linePos(pos[0]).line,
  }));
  if (faults.length > 0) return { faults, value: undefined, lineOf };
  try {
    return { faults, value: document.toJS({ maxAliasCount: ALIASES_MOST }) as unknown, lineOf };
  } catch {
    const detail = `has more than ${ALIASES_MOST} aliases, or one that stands for itself`;
    return { faults: [{ path: '', detail, line: undefined }], value: undefined, lineOf };
  }
}

/** Throws what is no fault of the definition. */
async function check(client: Client, project: string, text: string): Promise<Checked> {
  const { faults, value, lineOf } = await readYaml(text);
  if (faults.length > 0) return { kind: 'faulty', text, faults };
  try {
    const diff = await client.projects.diff(project, value);
    return { kind: 'usable', text, definition: value, diff };
  } catch (error) {
    if (!(error instanceof AnnalsError) || error.code !== 'invalid_definition') throw error;
    const found = error.errors.map(({ path, detail }) => ({ path, detail, line: lineOf(path) }));
    return { kind: 'faulty', text, faults: found };
  }
}

function NewDefinition({
  project,
  text,
  onText,
}: {
  project: string;
  text: string;
  onText: (text: string) => void;
}) {
  const { client } = useReader();
  const [checked, setChecked] = useState<Checked>();
  const [ended, setEnded] = useState<Ended>();
  const { run, note, isBusy } = useDoing();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setEnded(undefined);
    setChecked(undefined);
    await run(async () => setChecked(await check(client, project, text)));
  };
  const end = (how: Ended) => {
    setChecked(undefined);
    setEnded(how);
    if (!how.isProblem) onText('');
  };
  const isSame = checked?.text === text;
  return (
    <Section title="New definition">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextArea
          label="Definition, as YAML or JSON"
          rows={16}
          required
          spellCheck={false}
          problem={
            isSame && checked.kind === 'faulty'
              ? 'It cannot be applied. What is wrong stands below.'
              : undefined
          }
          value={text}
          onChange={({ target }) => onText(target.value)}
        />
        {note}
        {ended && <p role={ended.isProblem ? 'alert' : 'status'}>{ended.text}</p>}
        <Button type="submit" kind="primary" className="self-start" disabled={isBusy}>
          Check
        </Button>
      </form>
      {checked && !isSame && (
        <p role="status">The text has changed since it was checked. Check it again.</p>
      )}
      {isSame && checked.kind === 'faulty' && <Faults faults={checked.faults} />}
      {isSame && checked.kind === 'usable' && (
        <Comparison project={project} checked={checked} onEnd={end} />
      )}
    </Section>
  );
}

/** How applying ended, for whoever asked for it. */
interface Ended {
  readonly text: string;
  readonly isProblem: boolean;
}

function Faults({ faults }: { faults: readonly Fault[] }) {
  return (
    <section aria-label="What is wrong">
      <h3 className="font-strong text-failure">What is wrong ({faults.length})</h3>
      <ul className="list-disc pl-5">
        {faults.map(({ path, detail, line }) => (
          <li key={`${path} ${line} ${detail}`}>
            {line !== undefined && `Line ${line}: `}
            {path !== '' && <code className="font-mono">{path}</code>} {detail}
          </li>
        ))}
      </ul>
    </section>
  );
}

type Effect = DefinitionChange['effect'];
const GROUPS: readonly { effect: Effect; title: string; mark: string; look: string }[] = [
  { effect: 'gain', title: 'Readers gain', mark: '+', look: 'text-added' },
  { effect: 'loss', title: 'Readers lose', mark: '−', look: 'text-removed' },
  { effect: 'other', title: 'Other changes', mark: '·', look: 'text-ink-3' },
];
/** The server counts no further. */
const EVENTS_COUNTED = 100_000;

const isRetention = ({ path }: DefinitionChange): boolean => path.startsWith('/retention');

function eventsText(change: DefinitionChange, locale: string): string {
  const { events } = change;
  if (events === undefined) return '';
  const counted = `${number(events, locale)} ${events === 1 ? 'event' : 'events'}`;
  const isLeast = events >= EVENTS_COUNTED;
  if (isRetention(change))
    return `It takes something from ${isLeast ? 'at least ' : ''}${counted}.`;
  return `${isLeast ? 'At least ' : ''}${counted} ${events === 1 ? 'leaves' : 'leave'} it.`;
}

/** What cannot be brought back, or is not seen any more. */
const isGrave = (change: DefinitionChange): boolean =>
  (isRetention(change) && change.effect === 'loss') || (change.events ?? 0) > 0;

function Comparison({
  project,
  checked: { definition, diff },
  onEnd,
}: {
  project: string;
  checked: Extract<Checked, { kind: 'usable' }>;
  onEnd: (how: Ended) => void;
}) {
  const { client } = useReader();
  const { version, changes, gaps } = diff;
  const apply = async () => {
    try {
      const { version: now } = await client.projects.put(project, { definition, version });
      onEnd({ text: `Version ${now} is in effect.`, isProblem: false });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const text = 'Somebody else changed it meanwhile, so nothing was applied. Check again.';
      onEnd({ text, isProblem: true });
    }
  };
  return (
    <div className="flex flex-col gap-3">
      <p role="status">
        {changes.length === 0
          ? `Nothing would change: version ${version} says the same.`
          : `Compared with ${version === 0 ? 'no definition' : `version ${version}`}.`}
      </p>
      {GROUPS.map(({ effect, ...group }) => (
        <Changes
          key={effect}
          {...group}
          changes={changes.filter((change) => change.effect === effect)}
        />
      ))}
      {gaps.length > 0 && (
        <section aria-label="Gaps">
          <h3 className="font-strong">Gaps ({gaps.length})</h3>
          <p className="text-ink-2">They stop nothing; readers get less, or something else.</p>
          <ul className="list-disc pl-5">
            {gaps.map(({ path, detail }) => (
              <li key={`${path} ${detail}`}>
                <code className="font-mono">{path}</code> {detail}
              </li>
            ))}
          </ul>
        </section>
      )}
      {changes.length > 0 && (
        <div>
          <Confirm
            label="Apply"
            title={`Apply to ${project}`}
            typed={project}
            kind={changes.some(({ effect }) => effect === 'loss') ? 'danger' : 'plain'}
            onConfirm={apply}
          >
            <BeforeApplying changes={changes} />
          </Confirm>
        </div>
      )}
    </div>
  );
}

function Changes({
  title,
  mark,
  look,
  changes,
}: Omit<(typeof GROUPS)[number], 'effect'> & { changes: readonly DefinitionChange[] }) {
  const { locale } = useReader();
  if (changes.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="font-strong">
        {title} ({changes.length})
      </h3>
      <ul>
        {changes.map((change) => (
          <li key={`${change.path} ${change.detail}`} className="flex gap-2" title={change.path}>
            <span aria-hidden="true" className={`w-3 shrink-0 text-center font-strong ${look}`}>
              {mark}
            </span>
            <span>
              {change.detail} {eventsText(change, locale)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The last word before it counts: what is lost by it. */
function BeforeApplying({ changes }: { changes: readonly DefinitionChange[] }) {
  const { locale } = useReader();
  const grave = changes.filter(isGrave);
  const losses = changes.filter(({ effect }) => effect === 'loss').length;
  return (
    <div className="flex flex-col gap-2">
      <p>
        {changes.length} {changes.length === 1 ? 'change counts' : 'changes count'} from the next
        question on{losses > 0 ? `; by ${losses} of them readers lose something` : ''}. To go back,
        apply the definition of before.
      </p>
      {grave.length > 0 && (
        <ul className="list-disc pl-5">
          {grave.map((change) => (
            <li key={`${change.path} ${change.detail}`}>
              {change.detail} {eventsText(change, locale)}
            </li>
          ))}
        </ul>
      )}
      {grave.some(isRetention) && (
        <p>
          A shorter retention takes effect after 7 days. Until then the old one can be put back;
          what is removed after that is gone.
        </p>
      )}
    </div>
  );
}
