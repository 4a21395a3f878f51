/**
 * Believable people for demo data: staff of organizations, and those whom they look after. Data
 * and small makers; every address lies in a range kept for documentation (RFC 5737, RFC 2606),
 * every telephone number among those kept for fiction, so none belongs to anybody.
 */
import type { EventInput } from '@annals/contract/event';
import type { Random } from '../demo/random.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly location: string;
  readonly ip: string;
  readonly userAgent: string;
}

export interface Organization {
  readonly domain: string;
  /** The first three numbers of its addresses. */
  readonly network: string;
  readonly location: string;
  /** Begins the ids of its people; another one for each organization. */
  readonly prefix: string;
}

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0';
export const BROWSERS = [
  `${WINDOWS} ${CHROME} Safari/537.36`,
  `${WINDOWS} ${CHROME} Edg/142.0.0.0`,
  `${MAC} ${CHROME} Safari/537.36`,
  `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15`,
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
] as const;

/** Without diacritics and spaces, as addresses are written. */
export const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^A-Za-z -]/g, '')
    .trim()
    .toLowerCase()
    .replace(/ +/g, '.');

const FIRST_NUMBER = 1_041;
const NUMBER_STEP = 13;

/** People of an organization, each with an id, an address and a machine that stay theirs. */
export const staffOf = (
  { domain, network, location, prefix }: Organization,
  rows: readonly (readonly [name: string, roles: string])[],
): readonly Person[] =>
  rows.map(([name, roles], index) => ({
    id: `${prefix}_${FIRST_NUMBER + index * NUMBER_STEP}`,
    name,
    email: `${plain(name)}@${domain}`,
    roles: roles.split(' '),
    location,
    ip: `${network}.${20 + index * 3}`,
    userAgent: BROWSERS[index % BROWSERS.length] ?? BROWSERS[0],
  }));

const GIVEN = [
  ...['Jordan', 'Mia', 'Elijah', 'Rosa', 'Tyrone', 'Hannah', 'Wyatt', 'Imani', 'Caleb', 'Joyce'],
  ...['Mateo', 'Valentina', 'Luis', 'Ximena', 'Thiago', 'Marisol', 'Javier', 'Paloma'],
  ...['Minh', 'Linh', 'Wei', 'Jia', 'Haruki', 'Yuna', 'Arjun', 'Divya', 'Sanjay', 'Meera'],
  ...['Amina', 'Kofi', 'Zainab', 'Chidi', 'Abebe', 'Fatou', 'Omar', 'Leila', 'Yusuf', 'Noor'],
  ...['Oksana', 'Piotr', 'Zofia', 'Andrei', 'Ingrid', 'Niamh', 'Aurélie', 'Benoît', 'Kaya'],
] as const;
const FAMILY = [
  ...['Whitaker', 'Callahan', 'Brooks', 'Hargrove', 'Delaney', 'Freeman', 'Ostrowski', 'Pruitt'],
  ...['Villanueva', 'Cárdenas', 'Montoya', 'Escobedo', 'Arriaga', 'Quiñones', 'Figueroa'],
  ...['Nguyen', 'Tran', 'Zhao', 'Fujimoto', 'Baek', 'Iyer', 'Chaudhary', 'Subramaniam'],
  ...['Adeyemi', 'Boateng', 'Tesfaye', 'Diallo', 'Haddad', 'Rahimi', 'Okafor', 'Mansour'],
  ...['Shevchenko', 'Zieliński', 'Ionescu', 'Halvorsen', 'Ó Broin', 'Tremblay', 'Redbird'],
] as const;

export interface Outsider {
  readonly name: string;
  readonly given: string;
  readonly family: string;
  readonly email: string;
  readonly phone: string;
}

/** Numbers kept for fiction in North America end on 0100 to 0199. */
export const phoneOf = (random: Random): string =>
  `${random.pick(['416', '647', '312', '646', '514'])}-555-01${random.integer(10, 99)}`;

/** A member, client, child or neighbour of nobody's staff; names may repeat, as they do. */
export const outsider = (random: Random): Outsider => {
  const [given, family] = [random.pick(GIVEN), random.pick(FAMILY)];
  return {
    given,
    family,
    name: `${given} ${family}`,
    email: `${plain(given)}.${plain(family)}${random.integer(2, 98)}@mail.example`,
    phone: phoneOf(random),
  };
};

type Actor = EventInput['actor'];

/** Who somebody is at that moment. */
export const actorOf = ({ id, name, email, roles }: Person): Actor => ({
  type: 'user',
  id,
  name,
  email,
  roles: [...roles],
});
/** Somebody of the product's own support; never one of the customer's people. */
export const supportOf = (person: Person): Actor => ({ ...actorOf(person), type: 'support' });
/** Whom somebody else acts for. */
export const delegateOf = ({ id, name, email }: Person) =>
  ({ type: 'user', id, name, email }) as const;
