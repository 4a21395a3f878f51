/** `client.people` and `client.me`: who may do what. Owns the mapping of these calls to routes. */
import type {
  Me,
  NewMembership,
  OneTimeLink,
  Person,
  PersonSession,
  ROUTES,
} from '@annals/contract/routes';
import type { Static } from 'typebox';
import { answerOf, type CallOptions, type Wiring } from './call.ts';
import { path } from './http.ts';

type Routes = typeof ROUTES;
export type Invitation = Static<Routes['invitePerson']['body']>;
/** Somebody invited; the answer is the only time the link is shown. Hand it on: no mail goes. */
export type Invited = Static<Routes['invitePerson']['answers'][201]>;
export type PeopleQuery = Omit<Static<Routes['listPeople']['query']>, 'project'>;
/** Whose people: with `tenant_id`, only those of the tenant. */
export interface PeopleOptions extends CallOptions {
  readonly tenant_id?: string;
}

export interface People {
  /** By e-mail; with `after`, behind one of them. */
  list(query?: PeopleQuery, options?: CallOptions): Promise<Person[]>;
  invite(invitation: Invitation, options?: PeopleOptions): Promise<Invited>;
  /** Puts memberships in place of all that the key may change. */
  put(personId: string, memberships: NewMembership[], options?: PeopleOptions): Promise<Person>;
  /** Takes every membership away that the key may change. */
  remove(personId: string, options?: PeopleOptions): Promise<void>;
  /** A link to set a new password, shown this once. */
  reset(personId: string, options?: PeopleOptions): Promise<OneTimeLink>;
  sessions(personId: string, options?: PeopleOptions): Promise<PersonSession[]>;
  /** Signs the person out everywhere. */
  endSessions(personId: string, options?: PeopleOptions): Promise<void>;
}

const queryOf = ({ project }: Wiring, { tenant_id }: PeopleOptions) => ({ project, tenant_id });

/** Who asks, and what the key may do where. */
export const meOf =
  ({ http }: Wiring) =>
  ({ signal }: CallOptions = {}): Promise<Me> =>
    answerOf<Me>(http.json({ method: 'GET', path: path('me'), signal }));

export function peopleOf(wiring: Wiring): People {
  const { http, project } = wiring;
  const sessions = (personId: string) => path('people', personId, 'sessions');
  return {
    async list(query = {}, { signal } = {}) {
      const answer = answerOf<{ people: Person[] }>(
        http.json({ method: 'GET', path: path('people'), query: { project, ...query }, signal }),
      );
      return (await answer).people;
    },
    invite(json, { signal, ...options } = {}) {
      const query = queryOf(wiring, options);
      // Sent again it would make a second link, and nobody has seen the first.
      const once = { repeatable: false, json, signal };
      return answerOf(http.json({ method: 'POST', path: path('people'), query, ...once }));
    },
    put(personId, memberships, { signal, ...options } = {}) {
      const query = queryOf(wiring, options);
      const json = { memberships };
      return answerOf(
        http.json({ method: 'PUT', path: path('people', personId), query, json, signal }),
      );
    },
    async remove(personId, { signal, ...options } = {}) {
      const query = queryOf(wiring, options);
      await answerOf(
        http.json({ method: 'DELETE', path: path('people', personId), query, signal }),
      );
    },
    reset(personId, { signal, ...options } = {}) {
      const query = queryOf(wiring, options);
      const once = { repeatable: false, json: {}, signal };
      return answerOf(
        http.json({ method: 'POST', path: path('people', personId, 'reset'), query, ...once }),
      );
    },
    async sessions(personId, { signal, ...options } = {}) {
      const query = queryOf(wiring, options);
      const answer = answerOf<{ sessions: PersonSession[] }>(
        http.json({ method: 'GET', path: sessions(personId), query, signal }),
      );
      return (await answer).sessions;
    },
    async endSessions(personId, { signal, ...options } = {}) {
      const query = queryOf(wiring, options);
      await answerOf(http.json({ method: 'DELETE', path: sessions(personId), query, signal }));
    },
  };
}
