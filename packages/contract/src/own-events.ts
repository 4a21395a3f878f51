/**
 * What the log records of itself: who read it, and who changed what about it. One table of the
 * actions, with the words for them; no client may send them. Pure.
 */
import type { EventInput } from './event.ts';
import type { OPERATIONS } from './values.ts';

/** What the names of the log's own actions begin with. */
export const OWN_ACTIONS = 'annals.';

/** Types of the log's own events; `event_type:annals.access` asks who has read it. */
export const OWN_TYPES = {
  access: 'annals.access',
  administration: 'annals.administration',
  signIn: 'annals.sign_in',
} as const;

interface OwnKind {
  readonly type: (typeof OWN_TYPES)[keyof typeof OWN_TYPES];
  readonly operation: (typeof OPERATIONS)[number];
  /** By language: what it is called, and the sentence about it. */
  readonly en: readonly [label: string, sentence: string];
  readonly de: readonly [label: string, sentence: string];
}

const { access, administration, signIn } = OWN_TYPES;

export const OWN_EVENTS = {
  'annals.log.searched': {
    type: access,
    operation: 'read',
    en: ['Log searched', '{actor} searched the log'],
    de: ['Protokoll durchsucht', '{actor} hat das Protokoll durchsucht'],
  },
  'annals.log.followed': {
    type: access,
    operation: 'read',
    en: ['Log followed live', '{actor} followed the log live'],
    de: ['Protokoll live verfolgt', '{actor} hat das Protokoll live verfolgt'],
  },
  'annals.log.exported': {
    type: access,
    operation: 'export',
    en: ['Log exported', '{actor} exported the log'],
    de: ['Protokoll exportiert', '{actor} hat das Protokoll exportiert'],
  },
  'annals.export.downloaded': {
    type: access,
    operation: 'export',
    en: ['Exported file downloaded', '{actor} downloaded an exported file'],
    de: ['Exportierte Datei geladen', '{actor} hat eine exportierte Datei heruntergeladen'],
  },
  'annals.report.created': {
    type: administration,
    operation: 'create',
    en: ['Report saved', '{actor} saved the report {target}'],
    de: ['Bericht gespeichert', '{actor} hat den Bericht {target} gespeichert'],
  },
  'annals.report.changed': {
    type: administration,
    operation: 'update',
    en: ['Report changed', '{actor} changed the report {target}'],
    de: ['Bericht geändert', '{actor} hat den Bericht {target} geändert'],
  },
  'annals.report.deleted': {
    type: administration,
    operation: 'delete',
    en: ['Report removed', '{actor} removed the report {target}'],
    de: ['Bericht entfernt', '{actor} hat den Bericht {target} entfernt'],
  },
  'annals.report.stopped': {
    type: administration,
    operation: 'update',
    en: ['Report stopped', 'The report {target} was stopped'],
    de: ['Bericht angehalten', 'Der Bericht {target} wurde angehalten'],
  },
  'annals.report.delivered': {
    type: access,
    operation: 'export',
    en: ['Report delivered', 'A file of the report {target} was delivered'],
    de: ['Bericht zugestellt', 'Eine Datei des Berichts {target} wurde zugestellt'],
  },
  'annals.event.read': {
    type: access,
    operation: 'read',
    en: ['Event read', '{actor} read the event {target}'],
    de: ['Ereignis gelesen', '{actor} hat das Ereignis {target} gelesen'],
  },
  'annals.event.explained': {
    type: access,
    operation: 'read',
    en: ['Event explained', '{actor} asked why a role sees the event {target}'],
    de: ['Ereignis erklärt', '{actor} hat gefragt, warum eine Rolle das Ereignis {target} sieht'],
  },
  'annals.project.changed': {
    type: administration,
    operation: 'update',
    en: ['Project changed', '{actor} changed the project {target}'],
    de: ['Projekt geändert', '{actor} hat das Projekt {target} geändert'],
  },
  'annals.project.defined': {
    type: administration,
    operation: 'update',
    en: ['Definition applied', '{actor} applied a definition to the project {target}'],
    de: [
      'Definition angewendet',
      '{actor} hat eine Definition auf das Projekt {target} angewendet',
    ],
  },
  'annals.tenant.changed': {
    type: administration,
    operation: 'update',
    en: ['Tenant changed', '{actor} changed {changed} of the tenant'],
    de: ['Mandant geändert', '{actor} hat {changed} des Mandanten geändert'],
  },
  'annals.key.created': {
    type: administration,
    operation: 'create',
    en: ['API key made', '{actor} made the API key {target}'],
    de: ['API-Schlüssel erstellt', '{actor} hat den API-Schlüssel {target} erstellt'],
  },
  'annals.key.revoked': {
    type: administration,
    operation: 'revoke',
    en: ['API key revoked', '{actor} revoked the API key {target}'],
    de: ['API-Schlüssel widerrufen', '{actor} hat den API-Schlüssel {target} widerrufen'],
  },
  'annals.viewer_session.created': {
    type: administration,
    operation: 'create',
    en: ['Viewer session opened', '{actor} let {target:user} read the log'],
    de: ['Lesesitzung eröffnet', '{actor} hat {target:user} das Protokoll lesen lassen'],
  },
  'annals.viewer_session.revoked': {
    type: administration,
    operation: 'revoke',
    en: ['Viewer session ended', '{actor} ended the session of {target:user}'],
    de: ['Lesesitzung beendet', '{actor} hat die Sitzung von {target:user} beendet'],
  },
  'annals.viewer_key.created': {
    type: administration,
    operation: 'create',
    en: ['Viewer key registered', '{actor} registered the viewer key {target}'],
    de: ['Leseschlüssel registriert', '{actor} hat den Leseschlüssel {target} registriert'],
  },
  'annals.viewer_key.retired': {
    type: administration,
    operation: 'revoke',
    en: ['Viewer key retired', '{actor} retired the viewer key {target}'],
    de: ['Leseschlüssel zurückgezogen', '{actor} hat den Leseschlüssel {target} zurückgezogen'],
  },
  'annals.viewer_token.denied': {
    type: administration,
    operation: 'revoke',
    en: ['Viewer token denied', '{actor} denied a token of the viewer key {target}'],
    de: ['Lese-Token gesperrt', '{actor} hat ein Token des Leseschlüssels {target} gesperrt'],
  },
  'annals.person.invited': {
    type: administration,
    operation: 'grant',
    en: ['Person invited', '{actor} invited {target}'],
    de: ['Person eingeladen', '{actor} hat {target} eingeladen'],
  },
  'annals.person.joined': {
    type: administration,
    operation: 'create',
    en: ['Person joined', '{actor} joined'],
    de: ['Person beigetreten', '{actor} ist beigetreten'],
  },
  'annals.person.changed': {
    type: administration,
    operation: 'grant',
    en: ['Roles of a person changed', '{actor} changed the roles of {target}'],
    de: ['Rollen einer Person geändert', '{actor} hat die Rollen von {target} geändert'],
  },
  'annals.person.removed': {
    type: administration,
    operation: 'revoke',
    en: ['Person removed', '{actor} removed {target}'],
    de: ['Person entfernt', '{actor} hat {target} entfernt'],
  },
  'annals.person.reset': {
    type: administration,
    operation: 'update',
    en: ['Password link made', '{actor} made a link for a new password of {target}'],
    de: [
      'Passwort-Link erstellt',
      '{actor} hat einen Link für ein neues Passwort von {target} erstellt',
    ],
  },
  'annals.person.sessions_ended': {
    type: administration,
    operation: 'revoke',
    en: ['Person signed out everywhere', '{actor} signed {target} out everywhere'],
    de: ['Person überall abgemeldet', '{actor} hat {target} überall abgemeldet'],
  },
  'annals.person.signed_in': {
    type: signIn,
    operation: 'login',
    en: ['Signed in', '{actor} signed in'],
    de: ['Angemeldet', '{actor} hat sich angemeldet'],
  },
  'annals.person.sign_in_failed': {
    type: signIn,
    operation: 'login',
    en: ['Sign-in failed', 'Somebody failed to sign in'],
    de: ['Anmeldung fehlgeschlagen', 'Jemand konnte sich nicht anmelden'],
  },
  'annals.person.signed_out': {
    type: signIn,
    operation: 'logout',
    en: ['Signed out', '{actor} signed out'],
    de: ['Abgemeldet', '{actor} hat sich abgemeldet'],
  },
  'annals.person.session_ended': {
    type: signIn,
    operation: 'revoke',
    en: ['Own session ended', '{actor} ended a session'],
    de: ['Eigene Sitzung beendet', '{actor} hat eine Sitzung beendet'],
  },
  'annals.person.password_changed': {
    type: signIn,
    operation: 'update',
    en: ['Password changed', '{actor} changed the password'],
    de: ['Passwort geändert', '{actor} hat das Passwort geändert'],
  },
  'annals.person.totp_enabled': {
    type: signIn,
    operation: 'update',
    en: ['One-time codes enabled', '{actor} enabled one-time codes'],
    de: ['Einmalcodes aktiviert', '{actor} hat Einmalcodes aktiviert'],
  },
  'annals.person.totp_disabled': {
    type: signIn,
    operation: 'update',
    en: ['One-time codes disabled', '{actor} disabled one-time codes'],
    de: ['Einmalcodes deaktiviert', '{actor} hat Einmalcodes deaktiviert'],
  },
  'annals.person.linked': {
    type: signIn,
    operation: 'grant',
    en: ['Account linked', '{actor} linked an account of single sign-on'],
    de: ['Konto verknüpft', '{actor} hat ein Konto des Single Sign-on verknüpft'],
  },
  'annals.person.unlinked': {
    type: signIn,
    operation: 'revoke',
    en: ['Account unlinked', '{actor} unlinked an account of single sign-on'],
    de: ['Verknüpfung gelöst', '{actor} hat ein Konto des Single Sign-on gelöst'],
  },
  'annals.hold.placed': {
    type: administration,
    operation: 'create',
    en: ['Legal hold placed', '{actor} placed a legal hold'],
    de: ['Aufbewahrung angeordnet', '{actor} hat eine Aufbewahrung angeordnet'],
  },
  'annals.hold.released': {
    type: administration,
    operation: 'revoke',
    en: ['Legal hold released', '{actor} released a legal hold'],
    de: ['Aufbewahrung aufgehoben', '{actor} hat eine Aufbewahrung aufgehoben'],
  },
  'annals.retention.applied': {
    type: administration,
    operation: 'delete',
    en: ['Retention applied', 'What was kept for long enough was removed'],
    de: ['Aufbewahrungsfrist angewendet', 'Was lange genug aufbewahrt war, wurde entfernt'],
  },
  'annals.tenant.closed': {
    type: administration,
    operation: 'update',
    en: ['Tenant closed', '{actor} closed the tenant'],
    de: ['Mandant geschlossen', '{actor} hat den Mandanten geschlossen'],
  },
  'annals.tenant.reopened': {
    type: administration,
    operation: 'update',
    en: ['Tenant reopened', '{actor} reopened the tenant'],
    de: ['Mandant wieder geöffnet', '{actor} hat den Mandanten wieder geöffnet'],
  },
  'annals.unusual.enabled': {
    type: administration,
    operation: 'update',
    en: ['Unusual turned on', '{actor} turned on Unusual for the view {target}'],
    de: ['Ungewöhnliches eingeschaltet', '{actor} hat „Ungewöhnliches“ für {target} eingeschaltet'],
  },
  'annals.unusual.disabled': {
    type: administration,
    operation: 'update',
    en: ['Unusual turned off', '{actor} turned off Unusual for the view {target}'],
    de: ['Ungewöhnliches ausgeschaltet', '{actor} hat „Ungewöhnliches“ für {target} ausgeschaltet'],
  },
  'annals.unusual.judged': {
    type: administration,
    operation: 'update',
    en: ['Finding judged', '{actor} judged the finding {target}'],
    de: ['Fund beurteilt', '{actor} hat den Fund {target} beurteilt'],
  },
  'annals.erasure.completed': {
    type: administration,
    operation: 'delete',
    en: ['Person erased', '{actor} erased a person from the log'],
    de: ['Person gelöscht', '{actor} hat eine Person aus dem Protokoll gelöscht'],
  },
} as const satisfies Record<`annals.${string}`, OwnKind>;

export type OwnAction = keyof typeof OWN_EVENTS;

/** An event of the log itself; `at` is when it happened, in ms, if that is not now. */
export interface OwnEvent extends Omit<EventInput, 'tenant_id' | 'occurred_at' | 'action'> {
  readonly action: OwnAction;
  readonly at?: number;
}

/** Whoever does it, and how it reached the server. */
export interface Doer {
  readonly kind: 'key' | 'person' | 'viewer';
  readonly actor: EventInput['actor'];
  readonly request?: {
    readonly id: string;
    readonly ip: string;
    readonly userAgent: string | undefined;
  };
}

export type OwnTold = Pick<EventInput, 'targets' | 'changes' | 'metadata' | 'reason' | 'outcome'>;

/** What somebody did with the log, as it is recorded. */
export function ownEvent(
  action: OwnAction,
  { kind, actor, request }: Doer,
  told: OwnTold,
): OwnEvent {
  const { type, operation } = OWN_EVENTS[action];
  return {
    action,
    event_type: type,
    operation,
    actor,
    outcome: { result: 'success' },
    source: { initiator: kind === 'key' ? 'api' : 'user', application: 'annals' },
    ...(request
      ? {
          context: {
            ip: request.ip,
            ...(request.userAgent ? { user_agent: request.userAgent } : {}),
            request_id: request.id,
          },
        }
      : {}),
    ...told,
  };
}

/** Names and sentences of the log's own actions, in the language nearest to a locale. */
export function ownWords(locale: string) {
  const language = locale.split('-')[0] === 'de' ? 'de' : 'en';
  const entries = Object.entries<OwnKind>(OWN_EVENTS);
  return {
    activities: Object.fromEntries(entries.map(([name, kind]) => [name, kind[language][0]])),
    sentences: Object.fromEntries(
      entries.map(([name, kind]) => [name, [kind[language][1], `{actor}: ${kind[language][0]}`]]),
    ),
  };
}
