/**
 * Leaf v1: the bytes of an event that its ledger commits to. Final: a stored event gives the same
 * leaf for ever, also after personal values were erased from it.
 *
 * A leaf is the RFC 8785 canonical JSON of the event, plus the log's origin, a nonce and the
 * number of the class policy, in which each personal value is replaced by the digest of a salted
 * disclosure (RFC 9901). So a leaf is a valid SD-JWT payload, and tells nothing that was erased.
 *
 * Owns: which values are personal under a policy, salts, disclosures, erasure. Never: randomness,
 * storage, limits. `leaf.vectors.json` holds golden vectors; whoever changes one breaks every log.
 */
import { base64urlText, sha256Text } from '#sha256';
import { canonicalJson } from './canonical.ts';
import type { Erased, StoredEvent } from './event.ts';
import { isErased, PSEUDONYM_PATTERN } from './values.ts';

/** Which entities are persons. Append-only: the number is in each leaf that was made under it. */
export interface ClassPolicy {
  readonly number: number;
  /** Entity types (of actors, those acted for, targets) whose id, name and e-mail are personal. */
  readonly persons: ReadonlySet<string>;
}

export const DEFAULT_POLICY: ClassPolicy = { number: 1, persons: new Set(['user', 'support']) };

/** What opens one digest of a leaf. */
export interface Disclosure {
  /** JSON Pointer of the value in the event. */
  readonly path: string;
  readonly name: string;
  /** Base64url of the canonical JSON of [salt, name, value]. */
  readonly disclosure: string;
  /** Base64url of SHA-256 of the disclosure, as it stands in an `_sd` of the leaf. */
  readonly digest: string;
}

const LEAF_VERSION = 1;
const NONCE_CONTEXT = 'annals/nonce/v1\n';
const SALT_CONTEXT = 'annals/salt/v1\n';
/** Characters of a nonce or salt: 132 bits; RFC 9901 asks for 128. */
const SALT_LENGTH = 22;
const SALT_PATTERN = /^[A-Za-z0-9_-]{22}$/;
const DIGEST_PATTERN = /^[A-Za-z0-9_-]{43}$/;
const PSEUDONYM = new RegExp(PSEUDONYM_PATTERN);

const KNOWN = {
  event: new Set([
    ...['id', 'occurred_at', 'received_at', 'event_type', 'action', 'operation', 'actor'],
    ...['on_behalf_of', 'targets', 'changes', 'outcome', 'source', 'context', 'reason'],
    ...['severity', 'metadata', 'labels'],
  ]),
  actor: new Set(['type', 'id', 'name', 'email', 'roles']),
  on_behalf_of: new Set(['type', 'id', 'name', 'email']),
  target: new Set(['type', 'id', 'name', 'email', 'role']),
  change: new Set(['path', 'before', 'after', 'label', 'secret']),
  outcome: new Set(['result', 'reason', 'code']),
  source: new Set(['initiator', 'application', 'component', 'channel']),
  context: new Set([
    ...['ip', 'user_agent', 'location', 'request_id', 'session_id', 'trace_id', 'correlation_id'],
  ]),
  reason: new Set(['text', 'ticket']),
} as const satisfies Record<string, ReadonlySet<string>>;

/**
 * The leaf of a stored event, whose UTF-8 is hashed with `leafHashOf`.
 * `secret` is the event's blind (22 characters of base64url) or what `eraseValues` put in its
 * place. Throws if the event has a field that leaf v1 does not know, a clear value of another type
 * than the schema's, a lone surrogate, an erased value although the secret is still the blind, or
 * a personal value whose salt is gone; and if the secret is malformed. Does not look at lengths,
 * nor inside personal values, where ingest refuses the names that SD-JWT reserves.
 */
export const leafOf = (
  event: StoredEvent,
  origin: string,
  policy: ClassPolicy,
  secret: string,
): string => {
  const leaf = JSON.stringify(leafValue(event, origin, policy, new Sealing(secret)));
  // JSON.stringify escapes lone surrogates instead of refusing them. The scan is cheap; only a
  // leaf that could hold one is read again.
  if (leaf.includes('\\ud')) canonicalJson(JSON.parse(leaf));
  return leaf;
};

/** What opens the personal values that are not erased, sorted by path. Throws as `leafOf` does. */
export const disclosuresOf = (
  event: StoredEvent,
  policy: ClassPolicy,
  secret: string,
): Disclosure[] => {
  const opened: Disclosure[] = [];
  leafValue(event, '', policy, new Sealing(secret, opened));
  return opened.sort((one, other) => (one.path < other.path ? -1 : 1));
};

/** A personal value that is there, with its JSON Pointer. */
export interface PersonalValue {
  readonly path: string;
  readonly value: unknown;
}

/** Personal values of an event that are not erased. Throws as `leafOf` does, but for secrets. */
export const personalValuesOf = (event: StoredEvent, policy: ClassPolicy): PersonalValue[] => {
  const values: PersonalValue[] = [];
  const commit = (path: string, _name: string, value: unknown) => {
    if (!isErased(value)) values.push({ path, value });
    return '';
  };
  leafValue(event, '', policy, { nonce: '', pointers: [], commit });
  return values;
};

/**
 * The event without the personal values at `paths`, and the secret that opens what stays; the leaf
 * of the two is the same as before. Values already erased stay so. An id that is erased gets the
 * pseudonym for its path beside its digest, which the leaf does not hold. Throws RangeError for a
 * path that is not a personal value of the event (erasing nothing must not look like success), and
 * for a pseudonym that is none or is not for an id at `paths`. Otherwise throws as `leafOf` does.
 */
export const eraseValues = (
  event: StoredEvent,
  policy: ClassPolicy,
  secret: string,
  paths: ReadonlySet<string> | 'all',
  pseudonyms: ReadonlyMap<string, string> = NO_PSEUDONYMS,
): { event: StoredEvent; secret: string } => {
  const opened: Disclosure[] = [];
  const sealing = new Sealing(secret, opened);
  leafValue(event, '', policy, sealing);
  if (paths !== 'all') {
    const missing = [...paths].find((path) => !sealing.pointers.includes(path));
    if (missing !== undefined) throw new RangeError(`${missing} is not a personal value`);
  }
  for (const [path, pseudonym] of pseudonyms) {
    const isErasedId = path.endsWith(`/${PSEUDONYM_NAME}`) && (paths === 'all' || paths.has(path));
    if (!isErasedId) throw new RangeError(`${path} is not an id that is erased`);
    if (!PSEUDONYM.test(pseudonym)) throw new RangeError(`${pseudonym} is not a pseudonym`);
  }
  const salts: Record<string, string> = {};
  let copy: unknown = event;
  for (const { path, digest } of opened) {
    const as = pseudonyms.get(path);
    const marker = as === undefined ? { _erased: digest } : { _erased: digest, as };
    if (paths !== 'all' && !paths.has(path)) salts[path] = sealing.saltOf(path);
    else copy = replacedAt(copy, path.slice(1).split('/'), marker);
  }
  if (copy === event) return { event, secret };
  // The only cast: a marker may stand wherever `opened` had a value, so the copy is a stored event.
  return { event: copy as StoredEvent, secret: JSON.stringify({ nonce: sealing.nonce, salts }) };
};

const NO_PSEUDONYMS: ReadonlyMap<string, string> = new Map();
/** The one member of an entity whose marker may hold a pseudonym. */
const PSEUDONYM_NAME = 'id';

/** A copy of the node with the marker at the path, and everything beside the path shared. */
const replacedAt = (node: unknown, path: readonly string[], marker: Erased): unknown => {
  const [step, ...rest] = path;
  if (step === undefined || typeof node !== 'object' || node === null) return marker;
  const replaced = Object.entries(node).map(([key, member]) => [
    key,
    key === step ? replacedAt(member, rest, marker) : member,
  ]);
  return Array.isArray(node) ? replaced.map(([, member]) => member) : Object.fromEntries(replaced);
};

/** What the walk over an event needs: whoever commits to a value is told of it. */
interface Committing {
  readonly nonce: string;
  readonly pointers: string[];
  commit(path: string, name: string, value: unknown): string;
}

/** What one event's secret gives, and the commitments made with it, in the order they were made. */
class Sealing implements Committing {
  readonly nonce: string;
  /** JSON Pointers of all committed values, erased ones too. */
  readonly pointers: string[] = [];
  readonly #opened: Disclosure[] | undefined;
  readonly #saltPrefix: string | undefined;
  readonly #salts: ReadonlyMap<string, string>;

  constructor(secret: string, opened?: Disclosure[]) {
    this.#opened = opened;
    if (SALT_PATTERN.test(secret)) {
      this.nonce = sha256Text(NONCE_CONTEXT + secret).slice(0, SALT_LENGTH);
      this.#saltPrefix = `${SALT_CONTEXT}${secret}\n`;
      this.#salts = NO_SALTS;
    } else {
      const { nonce, salts } = readErasedSecret(secret);
      this.nonce = nonce;
      this.#salts = salts;
    }
  }

  saltOf(path: string): string {
    if (this.#saltPrefix !== undefined) {
      return sha256Text(this.#saltPrefix + path).slice(0, SALT_LENGTH);
    }
    const salt = this.#salts.get(path);
    if (salt === undefined) throw new TypeError(`${path} has no salt`);
    return salt;
  }

  /** Commits to a value: returns its digest. */
  commit(path: string, name: string, value: unknown): string {
    this.pointers.push(path);
    if (typeof value === 'object' && value !== null && '_erased' in value) {
      return this.#erasedDigest(path, name, value);
    }
    const disclosure = base64urlText(`["${this.saltOf(path)}","${name}",${canonicalJson(value)}]`);
    const digest = sha256Text(disclosure);
    this.#opened?.push({ path, name, disclosure, digest });
    return digest;
  }

  #erasedDigest(path: string, name: string, marker: { _erased: unknown; as?: unknown }): string {
    const digest = marker._erased;
    // Erasing replaces the blind. So while it is there, a marker is not ours: somebody sent it,
    // and taking it would commit to a digest that nobody ever opened.
    if (this.#saltPrefix !== undefined) throw new TypeError(`${path} was never erased`);
    if (typeof digest !== 'string' || !DIGEST_PATTERN.test(digest)) {
      throw new TypeError(`${path} is not the marker of an erased value`);
    }
    if (Object.keys(marker).length === 1) return digest;
    // Not in the leaf: it says nothing of the erased value. So it must not hold anything else.
    const isPseudonym = typeof marker.as === 'string' && PSEUDONYM.test(marker.as);
    if (name !== PSEUDONYM_NAME || !isPseudonym || Object.keys(marker).length !== 2) {
      throw new TypeError(`unknown field in ${path}`);
    }
    return digest;
  }
}

const NO_SALTS: ReadonlyMap<string, string> = new Map();

const readErasedSecret = (secret: string): { nonce: string; salts: Map<string, string> } => {
  const parsed: unknown = JSON.parse(secret);
  if (typeof parsed !== 'object' || parsed === null || !('nonce' in parsed && 'salts' in parsed)) {
    throw new TypeError('not the secret of an event');
  }
  const { nonce, salts } = parsed;
  if (typeof nonce !== 'string' || typeof salts !== 'object' || salts === null) {
    throw new TypeError('not the secret of an event');
  }
  const byPath = new Map<string, string>();
  for (const [path, salt] of Object.entries(salts)) {
    if (typeof salt !== 'string' || !SALT_PATTERN.test(salt)) {
      throw new TypeError(`the salt of ${path} is malformed`);
    }
    byPath.set(path, salt);
  }
  if (!SALT_PATTERN.test(nonce)) throw new TypeError('the nonce is malformed');
  return { nonce, salts: byPath };
};

/**
 * What native JSON.stringify prints as the leaf: every literal here and below has its keys sorted
 * by code unit, and undefined members are absent. That takes about half the time of a generic
 * canonical walk. It is canonical, and two events never share a leaf, because the checks let
 * nothing through but text, `true`, and such objects and arrays again.
 */
const leafValue = (
  event: StoredEvent,
  origin: string,
  policy: ClassPolicy,
  sealing: Committing,
): object => {
  const { persons } = policy;
  refuseUnknown(event, KNOWN.event, '');
  // In the order of their paths, so that `pii` is sorted as it grows, unless a list is long.
  const actor = actorValue(event.actor, persons, sealing);
  const changes = listOf(event.changes, '/changes', (change, path) =>
    changeValue(change, path, sealing),
  );
  const context = event.context === undefined ? undefined : contextValue(event.context, sealing);
  const labels = commitment(sealing, '/labels', 'labels', event.labels);
  const metadata = commitment(sealing, '/metadata', 'metadata', event.metadata);
  const onBehalfOf = listOf(event.on_behalf_of, '/on_behalf_of', (entity, path) => {
    refuseUnknown(entity, KNOWN.on_behalf_of, path);
    return entityValue(entity, path, persons, sealing);
  });
  const outcome = event.outcome === undefined ? undefined : outcomeValue(event.outcome, sealing);
  const reason = event.reason === undefined ? undefined : reasonValue(event.reason, sealing);
  const targets = listOf(event.targets, '/targets', (target, path) => {
    refuseUnknown(target, KNOWN.target, path);
    return entityValue(target, path, persons, sealing, clear(target.role, `${path}/role`));
  });
  if ([event.changes, event.on_behalf_of, event.targets].some(isLong)) sealing.pointers.sort();
  const pii = sealing.pointers.length === 0 ? undefined : sealing.pointers;
  return {
    _sd: digestsOf(labels, metadata),
    _sd_alg: pii && 'sha-256',
    action: clear(event.action, '/action'),
    actor,
    changes,
    context,
    event_type: clear(event.event_type, '/event_type'),
    id: clear(event.id, '/id'),
    log: origin,
    nonce: sealing.nonce,
    occurred_at: clear(event.occurred_at, '/occurred_at'),
    on_behalf_of: onBehalfOf,
    operation: clear(event.operation, '/operation'),
    outcome,
    pii,
    policy: policy.number,
    reason,
    received_at: clear(event.received_at, '/received_at'),
    severity: clear(event.severity, '/severity'),
    source: event.source === undefined ? undefined : sourceValue(event.source),
    targets,
    v: LEAF_VERSION,
  };
};

type Part<Name extends keyof StoredEvent> = NonNullable<StoredEvent[Name]>;
type Entity = Part<'on_behalf_of'>[number];

const actorValue = (
  actor: StoredEvent['actor'],
  persons: ReadonlySet<string>,
  sealing: Committing,
): object => {
  refuseUnknown(actor, KNOWN.actor, '/actor');
  const { roles } = actor;
  if (roles !== undefined) {
    listOf(roles, '/actor/roles', (role, path) => clear(role, path));
  }
  return entityValue(actor, '/actor', persons, sealing, undefined, roles);
};

/** An entity of any of the three places; its own fields were checked by the caller. */
const entityValue = (
  entity: Omit<Entity, 'type' | 'id'> & { type: string; id?: Entity['id'] },
  path: string,
  persons: ReadonlySet<string>,
  sealing: Committing,
  role?: string,
  roles?: readonly string[],
): object => {
  const type = clear(entity.type, `${path}/type`);
  if (persons.has(entity.type)) {
    const email = commitment(sealing, `${path}/email`, 'email', entity.email);
    const id = commitment(sealing, `${path}/id`, 'id', entity.id);
    const name = commitment(sealing, `${path}/name`, 'name', entity.name);
    return { _sd: digestsOf(email, id, name), role, roles, type };
  }
  const email = clear(entity.email, `${path}/email`);
  const id = clear(entity.id, `${path}/id`);
  return { email, id, name: clear(entity.name, `${path}/name`), role, roles, type };
};

const changeValue = (
  change: Part<'changes'>[number],
  path: string,
  sealing: Committing,
): object => {
  refuseUnknown(change, KNOWN.change, path);
  const { secret } = change;
  if (secret !== undefined && secret !== true) throw new TypeError(`${path}/secret is not true`);
  const after = commitment(sealing, `${path}/after`, 'after', change.after);
  const before = commitment(sealing, `${path}/before`, 'before', change.before);
  return {
    _sd: digestsOf(after, before),
    label: clear(change.label, `${path}/label`),
    path: clear(change.path, `${path}/path`),
    secret,
  };
};

const contextValue = (context: Part<'context'>, sealing: Committing): object => {
  refuseUnknown(context, KNOWN.context, '/context');
  const ip = commitment(sealing, '/context/ip', 'ip', context.ip);
  const location = commitment(sealing, '/context/location', 'location', context.location);
  const session = commitment(sealing, '/context/session_id', 'session_id', context.session_id);
  const agent = commitment(sealing, '/context/user_agent', 'user_agent', context.user_agent);
  return {
    _sd: digestsOf(ip, location, session, agent),
    correlation_id: clear(context.correlation_id, '/context/correlation_id'),
    request_id: clear(context.request_id, '/context/request_id'),
    trace_id: clear(context.trace_id, '/context/trace_id'),
  };
};

const outcomeValue = (outcome: Part<'outcome'>, sealing: Committing): object => {
  refuseUnknown(outcome, KNOWN.outcome, '/outcome');
  return {
    _sd: digestsOf(commitment(sealing, '/outcome/reason', 'reason', outcome.reason)),
    code: clear(outcome.code, '/outcome/code'),
    result: clear(outcome.result, '/outcome/result'),
  };
};

const reasonValue = (reason: Part<'reason'>, sealing: Committing): object => {
  refuseUnknown(reason, KNOWN.reason, '/reason');
  return {
    _sd: digestsOf(commitment(sealing, '/reason/text', 'text', reason.text)),
    ticket: clear(reason.ticket, '/reason/ticket'),
  };
};

const sourceValue = (source: Part<'source'>): object => {
  refuseUnknown(source, KNOWN.source, '/source');
  return {
    application: clear(source.application, '/source/application'),
    channel: clear(source.channel, '/source/channel'),
    component: clear(source.component, '/source/component'),
    initiator: clear(source.initiator, '/source/initiator'),
  };
};

/** The digest of a personal value; undefined if the event does not have it. */
const commitment = (
  sealing: Committing,
  path: string,
  name: string,
  value: unknown,
): string | undefined => (value === undefined ? undefined : sealing.commit(path, name, value));

/** The digests that are there, sorted by code unit; undefined if there is none. At most four. */
const digestsOf = (...digests: readonly (string | undefined)[]): string[] | undefined => {
  const present: string[] = [];
  for (const digest of digests) {
    if (digest === undefined) continue;
    // Insertion: for so few it takes a fraction of the time of the general sort.
    let place = present.length;
    for (; place > 0; place -= 1) {
      const before = present[place - 1];
      if (before === undefined || before <= digest) break;
      present[place] = before;
    }
    present[place] = digest;
  }
  return present.length === 0 ? undefined : present;
};

/** Pointers into a list are sorted as they come while its indexes have one digit. */
const isLong = (items: readonly unknown[] | undefined): boolean =>
  items !== undefined && items.length > 10;

const listOf = <Item>(
  items: readonly Item[] | undefined,
  path: string,
  make: (item: Item, path: string) => unknown,
): readonly unknown[] | undefined => {
  if (items === undefined) return undefined;
  if (!Array.isArray(items)) throw new TypeError(`${path} is not a list`);
  const values: unknown[] = [];
  for (let index = 0; index < items.length; index += 1) {
    values.push(make(items[index], `${path}/${index}`));
  }
  return values;
};

/** Text that stands in the leaf as it is. */
const clear = (value: unknown, path: string): string | undefined => {
  if (value === undefined || typeof value === 'string') return value;
  throw new TypeError(`${path} is not text`);
};

const refuseUnknown = (value: unknown, known: ReadonlySet<string>, path: string): void => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${path} is not an object`);
  }
  for (const key of Object.keys(value)) {
    if (!known.has(key)) throw new TypeError(`unknown field ${path}/${key}`);
  }
};
