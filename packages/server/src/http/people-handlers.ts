/** What the routes of people do: one call into one module. */
import type { Handlers, Modules } from './input.ts';

const DONE = { ok: true } as const;

export const peopleHandlers = (modules: Modules) => ({
  ...managing(modules),
  ...entering(modules),
  ...own(modules),
});

const managing = ({ access }: Modules) =>
  ({
    async me({ caller }) {
      return await access.me(caller);
    },
    async listPeople({ principal, query }) {
      return { people: await access.people.list(principal, query) };
    },
    async invitePerson({ principal, query, body, reply }) {
      const invited = await access.people.invite(principal, { ...query, ...body });
      reply.code(201);
      return invited;
    },
    async putPerson({ principal, params, query, body }) {
      return await access.people.put(principal, params.person_id, { ...query, ...body });
    },
    async removePerson({ principal, params, query }) {
      await access.people.remove(principal, params.person_id, query);
      return DONE;
    },
    async resetPerson({ principal, params, query, reply }) {
      const link = await access.people.reset(principal, params.person_id, query);
      reply.code(201);
      return link;
    },
    async listPersonSessions({ principal, params, query }) {
      return { sessions: await access.people.sessions(principal, params.person_id, query) };
    },
    async endPersonSessions({ principal, params, query }) {
      await access.people.endSessions(principal, params.person_id, query);
      return DONE;
    },
  }) satisfies Partial<Handlers>;

const entering = ({ signIn }: Modules) =>
  ({
    async setUp({ browser, body, setCookies }) {
      const { answer, setCookies: made } = await signIn.setUp(browser, body);
      setCookies(made);
      return answer;
    },
    async join({ browser, person, body, setCookies }) {
      const { answer, setCookies: made } = await signIn.join(browser, person, body);
      setCookies(made);
      return answer;
    },
    async resetPassword({ browser, body, setCookies }) {
      const { answer, setCookies: made } = await signIn.resetPassword(browser, body);
      setCookies(made);
      return answer;
    },
    async signIn({ browser, body, setCookies }) {
      const { answer, setCookies: made } = await signIn.signIn(browser, body);
      setCookies(made);
      return answer;
    },
    async signInCode({ browser, body, setCookies }) {
      const { answer, setCookies: made } = await signIn.signInCode(browser, body);
      setCookies(made);
      return answer;
    },
    async listProviders() {
      return { providers: signIn.providers() };
    },
    async startProvider({ browser, person, params, body, setCookies }) {
      const asked = { provider: params.provider, link: body.link ?? false };
      const { answer, setCookies: made } = await signIn.startProvider(browser, person, asked);
      setCookies(made);
      return answer;
    },
    async callback({ browser, params, reply, setCookies }) {
      const query = reply.request.url.split('?')[1] ?? '';
      const { answer, setCookies: made } = await signIn.callback(browser, params.provider, query);
      setCookies(made);
      return reply.redirect(answer, 302);
    },
  }) satisfies Partial<Handlers>;

const own = ({ access, signIn }: Modules) =>
  ({
    async signOut({ browser, person, endCookie }) {
      await signIn.signOut(browser, person);
      endCookie();
      return DONE;
    },
    async changePassword({ browser, person, body, setCookies }) {
      setCookies(await signIn.changePassword(browser, person, body));
      return DONE;
    },
    async startTotp({ browser, person, body }) {
      return await signIn.startTotp(browser, person, body.password);
    },
    async confirmTotp({ browser, person, body, setCookies }) {
      setCookies(await signIn.confirmTotp(browser, person, body.code));
      return DONE;
    },
    async removeTotp({ browser, person, body, setCookies }) {
      setCookies(await signIn.removeTotp(browser, person, body.password));
      return DONE;
    },
    async newBackupCodes({ browser, person, body }) {
      return { backup_codes: await signIn.newBackupCodes(browser, person, body.password) };
    },
    async listOwnSessions({ person }) {
      return { sessions: await access.persons.sessions(person.id, person.sessionId) };
    },
    async endOwnSession({ browser, person, params }) {
      await signIn.endSession(browser, person, params.session_id);
      return DONE;
    },
    async listAccounts({ person }) {
      return { accounts: await signIn.accounts(person) };
    },
    async unlinkAccount({ browser, person, params }) {
      await signIn.unlink(browser, person, params.account_id);
      return DONE;
    },
  }) satisfies Partial<Handlers>;
