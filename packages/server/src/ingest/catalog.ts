/**
 * A project's catalog on the way in: which actions may be recorded, what it completes, which values
 * are never stored, and what metadata an action has.
 */
import type { Compiled, KnownAction } from '@annals/contract/compile';
import type { EventInput } from '@annals/contract/event';
import { nameOfPart } from '@annals/contract/pointer';
import { SECRET_REMOVED } from '@annals/contract/secrets';
import { describeShapeErrors } from '@annals/contract/shape-errors';
import { Compile } from 'typebox/schema';
import { startOfDay } from '../access/access.ts';
import { Refusal } from './check.ts';

type Change = NonNullable<EventInput['changes']>[number];
type Check = ReturnType<typeof Compile>;

interface MetadataVersion {
  /** Used for what happened from here on, in ms. */
  readonly from: number;
  readonly check: Check;
}

/** A pointer such as `/metadata/card/number` as its names behind the first. */
const namesOf = (pointer: string): string[] => pointer.split('/').slice(2).map(nameOfPart);

/** The value with another one in place of what the path leads to, if it leads to anything. */
function removedAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return SECRET_REMOVED;
  if (Array.isArray(value)) return value.map((item: unknown) => removedAt(item, [name, ...rest]));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === name ? removedAt(inner, rest) : inner,
  ]);
  return Object.fromEntries(entries);
}

const isWithin = (path: string, place: string): boolean =>
  path === place || path.startsWith(`${place}/`);

function withoutValues(change: Change): Change {
  const { before: _before, after: _after, ...kept } = change;
  return { ...kept, secret: true };
}

class CatalogRules {
  readonly #compiled: Compiled;
  readonly #refusesUnknown: boolean;
  /** Pointers of what is secret, by the part of an event that they are in. */
  readonly #secrets: Readonly<Record<'metadata' | 'labels' | 'changes', readonly string[]>>;
  readonly #metadata: ReadonlyMap<string, readonly MetadataVersion[]>;

  constructor(compiled: Compiled, metadata: ReadonlyMap<string, readonly MetadataVersion[]>) {
    const { unknown_actions, data_classes = {} } = compiled.definition;
    const secrets = Object.entries(data_classes).flatMap(([pointer, dataClass]) =>
      dataClass === 'secret' ? [pointer] : [],
    );
    const within = (part: string) => secrets.filter((pointer) => pointer.startsWith(`/${part}/`));
    this.#compiled = compiled;
    this.#refusesUnknown = unknown_actions === 'refuse';
    this.#secrets = {
      metadata: within('metadata'),
      labels: within('labels'),
      changes: within('changes').map((pointer) => pointer.slice('/changes'.length)),
    };
    this.#metadata = metadata;
  }

  knows(action: string): boolean {
    return this.#compiled.actions.has(action);
  }

  /** The event as the catalog has it. Throws Refusal `action_unknown`, `invalid_event`. */
  apply(event: EventInput, occurredAt: number): EventInput {
    const known = this.#compiled.actions.get(event.action);
    if (known === undefined && this.#refusesUnknown) {
      const detail = 'The project’s catalog does not have this action.';
      throw new Refusal('action_unknown', '/action', detail);
    }
    if (known) this.#checkMetadata(event, occurredAt);
    return this.#withoutSecrets(known ? completed(event, known) : event);
  }

  #checkMetadata({ action, metadata = {} }: EventInput, occurredAt: number): void {
    const versions = this.#metadata.get(action);
    const version = versions?.findLast(({ from }) => from <= occurredAt);
    if (version === undefined || version.check.Check(metadata)) return;
    const [error] = describeShapeErrors(version.check.Errors(metadata)[1]);
    const path = `/metadata${error?.path ?? ''}`;
    throw new Refusal('invalid_event', path, error?.detail ?? 'is not as the catalog has it');
  }

  #withoutSecrets(event: EventInput): EventInput {
    const { metadata, labels, changes } = this.#secrets;
    if (metadata.length + labels.length + changes.length === 0) return event;
    let kept = event;
    for (const part of ['metadata', 'labels'] as const) {
      for (const pointer of this.#secrets[part]) {
        const value = kept[part];
        if (value) kept = { ...kept, [part]: removedAt(value, namesOf(pointer)) };
      }
    }
    if (changes.length === 0 || !kept.changes) return kept;
    const isSecret = ({ path }: Change) => changes.some((place) => isWithin(path, place));
    return {
      ...kept,
      changes: kept.changes.map((change) => (isSecret(change) ? withoutValues(change) : change)),
    };
  }
}

/** What the catalog knows of the action and the event does not say. */
function completed(event: EventInput, { eventType, action }: KnownAction): EventInput {
  const { operation } = action;
  if (event.event_type !== undefined && (event.operation !== undefined || !operation)) return event;
  return {
    ...event,
    event_type: event.event_type ?? eventType,
    ...(operation === undefined ? {} : { operation: event.operation ?? operation }),
  };
}

async function metadataOf(compiled: Compiled): Promise<Map<string, MetadataVersion[]>> {
  const found = new Map<string, MetadataVersion[]>();
  for (const [name, { action }] of compiled.actions) {
    const versions: MetadataVersion[] = [];
    for (const { from, schema } of action.metadata ?? []) {
      const start = from === undefined ? 0 : await startOfDay(from, compiled.timeZone);
      versions.push({ from: start, check: Compile(schema) });
    }
    if (versions.length > 0) found.set(name, versions);
  }
  return found;
}

/** Rules made once a definition. */
export class Catalogs {
  readonly #rules = new WeakMap<Compiled, Promise<CatalogRules>>();

  /** Undefined: everything may be recorded, as it comes. */
  of(compiled: Compiled | undefined): Promise<CatalogRules> | undefined {
    if (compiled === undefined) return undefined;
    const known = this.#rules.get(compiled);
    if (known) return known;
    const made = metadataOf(compiled).then((metadata) => new CatalogRules(compiled, metadata));
    this.#rules.set(compiled, made);
    return made;
  }
}
