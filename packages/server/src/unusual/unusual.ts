/**
 * What is out of a person's own ordinary, as a view shows it. Owns watches, what they learn, what
 * they find, and what people say of it. Promises: off until somebody turns it on; whatever is told
 * of a person is made of events that the view shows; turning on and off and each judgement are in
 * the log first; turned off, nothing is left. Never compares a person with another one.
 */

import type { FindingState, Mute } from '@annals/contract/finding';
import { type OwnAction, type OwnTold, ownEvent } from '@annals/contract/own-events';
import type { Finding, Watch } from '@annals/contract/unusual';
import { BUILT_IN } from '@annals/contract/view';
import {
  digestOfView,
  isNotTheirs,
  type Principal,
  type Sight,
  type TenantPlace,
  tenantFor,
} from '../access/access.ts';
import { Fault, invalidBody } from '../fault.ts';
import { cursorAt, placeOf } from '../list-place.ts';
import type { FindingRow } from '../store/store.ts';
import { describeFinding, describeWatch, noticesOf, whyNot } from './finding-row.ts';
import { fresh } from './looking.ts';
import type { UnusualParts } from './parts.ts';
import { DAY_MS } from './rules.ts';
import { Work } from './work.ts';

export type { UnusualParts } from './parts.ts';

export interface UnusualPlace extends TenantPlace {
  readonly locale?: string | undefined;
}
export interface Judgement {
  readonly state: 'expected' | 'needs_a_look';
  readonly note?: string;
  readonly mute_for?: Mute;
}
const PAGE = 50;
const NO_FINDING = 'There is no such finding.';
const MUTE_DAYS = { P1D: 1, P7D: 7, P30D: 30, P90D: 90 } as const;
const ALWAYS_MS = Date.UTC(9999, 11, 31);

const mutedUntil = (mute: Mute, now: number): number =>
  mute === 'always' ? ALWAYS_MS : now + MUTE_DAYS[mute] * DAY_MS;

export class Unusual {
  readonly #parts: UnusualParts;
  readonly #work: Work;

  constructor(parts: UnusualParts) {
    this.#parts = parts;
    this.#work = new Work(parts);
  }

  /** Looks at what is closed, now and again. */
  start(): void {
    this.#work.start();
  }

  async stop(): Promise<void> {
    await this.#work.stop();
  }

  /** There may be something to look at. */
  nudge(): void {
    this.#work.nudge();
  }

  /** Each view that is or could be watched, of those whose findings the reader sees. */
  async list(principal: Principal, place: UnusualPlace): Promise<Watch[]> {
    const { tenant, sights } = await this.#sights(principal, place);
    const rows = await this.#parts.store.unusual.watches(tenant.tenant_no);
    return sights.map((sight) => {
      const row = rows.find(({ view }) => view === sight.view.name);
      return describeWatch(row, sight, place.locale);
    });
  }

  /** Recorded in the log before it is so. Throws `view_not_watchable`. */
  async put(
    principal: Principal,
    place: UnusualPlace,
    view: string,
    isOn: boolean,
  ): Promise<Watch> {
    const { store } = this.#parts;
    const sight = await this.#sight(principal, place, view);
    await this.#demandChange(principal, sight);
    const key = { tenant_no: sight.tenant.tenant_no, view };
    const known = await store.unusual.watch(key);
    if (isOn === (known !== undefined)) return describeWatch(known, sight, place.locale);
    const reason = isOn ? whyNot(sight) : undefined;
    if (reason !== undefined) throw new Fault('view_not_watchable', reason);
    const told = { targets: [{ type: 'view', id: view }] };
    await this.#tell(principal, sight, `annals.unusual.${isOn ? 'enabled' : 'disabled'}`, told);
    if (isOn) await this.#begin(sight);
    else await store.unusual.end(key);
    return describeWatch(await store.unusual.watch(key), sight, place.locale);
  }

  async #begin(sight: Sight): Promise<void> {
    const { store } = this.#parts;
    const { tenant_no, project_no } = sight.tenant;
    const now = Date.now();
    const head = await store.heads.byTenant(tenant_no);
    await store.unusual.begin({
      ...{ tenant_no, project_no, view: sight.view.name, lens: digestOfView(sight), since: now },
      ...fresh(sight, head?.size ?? 0, now),
      ...{ next_at: now, paused: null, holder: null, beat_at: 0 },
    });
    this.nudge();
  }

  /** Of all views whose findings the reader sees, the latest first; a page may be short. */
  async findings(
    principal: Principal,
    place: UnusualPlace,
    asked: { state?: FindingState; cursor?: string; limit?: number },
  ): Promise<{ findings: Finding[]; next_cursor: string | null; notices: Watch['notices'] }> {
    const { store } = this.#parts;
    const { tenant, sights } = await this.#sights(principal, place);
    const { state, limit = PAGE } = asked;
    const page = { state, limit, after: placeOf(asked.cursor) };
    const rows = await store.unusual.findings(tenant.tenant_no, page);
    const watches = await store.unusual.watches(tenant.tenant_no);
    const names = new Map(sights.map((sight) => [sight.view.name, sight]));
    const shown = rows.flatMap((row) => {
      const sight = names.get(row.view);
      return sight && isShown(row, sight) ? [describeFinding(row, sight, place.locale)] : [];
    });
    const last = rows.length < limit ? undefined : rows.at(-1);
    return {
      findings: shown,
      next_cursor: last ? cursorAt({ at: last.from_at, id: last.finding_id }) : null,
      notices: noticesOf(watches.filter(({ view }) => names.has(view))),
    };
  }

  /** Recorded in the log before it is so. */
  async judge(
    principal: Principal,
    place: UnusualPlace,
    findingId: string,
    { state, note, mute_for }: Judgement,
  ): Promise<Finding> {
    const { store } = this.#parts;
    const { tenant, sights } = await this.#sights(principal, place);
    const row = await store.unusual.finding(tenant.tenant_no, findingId.toLowerCase());
    const sight = row && sights.find(({ view }) => view.name === row.view);
    if (!row || !sight || !isShown(row, sight)) throw new Fault('not_found', NO_FINDING);
    await this.#demandChange(principal, sight);
    if (mute_for !== undefined && state !== 'expected') {
      throw invalidBody('/mute_for', 'is only of what is expected');
    }
    const mute = mute_for ?? 'P30D';
    const isExpected = state === 'expected';
    await this.#tell(principal, sight, 'annals.unusual.judged', {
      targets: [{ type: 'finding', id: row.finding_id }],
      metadata: {
        ...{ view: row.view, kind: row.kind, judgement: state },
        ...(isExpected ? { mute_for: mute } : {}),
      },
      ...(note === undefined ? {} : { reason: { text: note } }),
    });
    const now = Date.now();
    const { type, id, name } = principal.actor;
    const fields: Partial<FindingRow> = {
      ...{ state, note: note ?? null, judged_at: now },
      judged_by: JSON.stringify({ type, ...(id && { id }), ...(name && { name }) }),
      muted_until: isExpected ? mutedUntil(mute, now) : null,
    };
    await store.unusual.judge(row, fields);
    return describeFinding({ ...row, ...fields }, sight, place.locale);
  }

  /** Throws what keeps the reader from all of them, if that is not its roles. */
  async #sights(principal: Principal, place: UnusualPlace) {
    const { access } = this.#parts;
    const { project, tenant } = await tenantFor(access, principal, place, 'findings');
    const { views = {} } = (await access.definitions.of(project))?.definition ?? {};
    const sights: Sight[] = [];
    let refused: unknown;
    for (const view of [...Object.keys(views), ...BUILT_IN.keys()]) {
      try {
        sights.push(await this.#sight(principal, place, view));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (!isNotTheirs(error) && error.code !== 'view_not_watchable') refused = error;
      }
    }
    if (sights.length === 0 && refused !== undefined) throw refused;
    return { tenant, sights };
  }

  async #sight(principal: Principal, place: UnusualPlace, view: string): Promise<Sight> {
    try {
      return await this.#parts.access.sight(principal, { ...place, view }, 'findings');
    } catch (error) {
      const isBound = error instanceof Fault && error.code === 'subject_required';
      if (!isBound) throw error;
      throw new Fault('view_not_watchable', 'The view is the log of one person or record.');
    }
  }

  /** Whoever has scopes in place of roles changes nothing by reading alone. */
  async #demandChange(principal: Principal, { project, tenant }: Sight): Promise<void> {
    if (principal.roles.length > 0) return;
    const { project_no: projectNo, tenant_no: tenantNo } = tenant;
    await this.#parts.access.demand(
      principal,
      { scope: 'manage', projectNo, tenantNo },
      { project },
    );
  }

  async #tell(
    principal: Principal,
    { tenant, view }: Sight,
    action: OwnAction,
    told: OwnTold,
  ): Promise<void> {
    const metadata = { view: view.name, ...told.metadata };
    const event = ownEvent(action, principal, { ...told, metadata });
    await this.#parts.recordOwn(tenant, [event]);
  }
}

/** What the view shows now as it did then, and within its limits. */
const isShown = ({ lens, from_at, to_at }: FindingRow, sight: Sight): boolean =>
  lens === digestOfView(sight) && from_at >= sight.limits.from && to_at <= sight.limits.to;
