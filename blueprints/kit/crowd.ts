/**
 * People whom a product is about and who do not work in it: contacts, customers. Made up from
 * parts, so that a few lists give thousands. Telephone numbers are of the range for fiction.
 */
import type { Random } from '../demo/random.ts';

export interface Citizen {
  readonly id: string;
  readonly given: string;
  readonly family: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly street: string;
  readonly city: string;
  readonly zip: string;
}

const GIVEN = [
  ...['Amina', 'Bartholomew', 'Chidinma', 'Dolores', 'Eitan', 'Freya', 'Guadalupe', 'Hiroshi'],
  ...['Ingrid', 'Jamal', 'Kateryna', 'Lorenzo', 'Minh Anh', 'Nasrin', 'Oluwaseun', 'Paloma'],
  ...['Quentin', 'Rosalind', 'Soo-jin', 'Thandiwe', 'Ulises', 'Vesna', 'Wilhelmina', 'Xiomara'],
  ...['Yaw', 'Zdeněk', 'Håkon', 'Noor', 'Siobhán', 'Tomasz'],
] as const;
const FAMILY = [
  ...['Abernathy', 'Bergström', 'Castellanos', 'Dlamini', 'Eriksdotter', 'Fitzgerald', 'Grimaldi'],
  ...['Hakimi', 'Iwasaki', 'Jankowski', 'Kipchoge', 'Lindholm', 'Moreau', 'Nakashima', 'Oyelaran'],
  ...['Petrosyan', 'Quispe', 'Ravindran', 'Szymański', 'Tuilagi', 'Underhill', 'Vasquez'],
  ...['Whitehorse', 'Yamagata', 'Zielinski', 'Achterberg', 'Boateng', 'Čapek', 'Dubois', 'Haugen'],
] as const;
const STREETS = [
  ...['Alder Street', 'Burnside Road', 'Cedar Lane', 'Division Street', 'Elm Court'],
  ...['Foster Road', 'Hawthorne Boulevard', 'Juniper Way', 'Larch Avenue', 'Maple Terrace'],
] as const;
/** A place and the code of its post. */
export const CITIES = [
  ['Portland', '97206'],
  ['Seattle', '98101'],
  ['Spokane', '99201'],
  ['Boise', '83702'],
  ['Eugene', '97401'],
  ['Tacoma', '98402'],
  ['Missoula', '59801'],
  ['Reno', '89501'],
  ['Des Moines', '50309'],
  ['Duluth', '55802'],
  ['Dubuque', '52001'],
  ['Peoria', '61602'],
] as const;
const PROVIDERS = ['mail.example', 'home.example', 'post.example'] as const;

/** As it stands in an e-mail address. */
export const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[^A-Za-z]+/g, '')
    .toLowerCase();

export const phoneOf = (random: Random): string =>
  `+1 ${random.integer(201, 989)} 555 01${String(random.integer(0, 99)).padStart(2, '0')}`;
export const streetOf = (random: Random): string =>
  `${random.integer(11, 9_480)} ${random.pick(STREETS)}`;

const VARIANTS = ['8', '9', 'a', 'b'] as const;
/** An id in the form of a random UUID. */
export const uuidOf = (random: Random): string =>
  [
    random.hex(8),
    random.hex(4),
    `4${random.hex(3)}`,
    `${random.pick(VARIANTS)}${random.hex(3)}`,
    random.hex(12),
  ].join('-');

export function citizenOf(random: Random, id: string): Citizen {
  const given = random.pick(GIVEN);
  const family = random.pick(FAMILY);
  const [city, zip] = random.pick(CITIES);
  const account = `${plain(given)}.${plain(family)}${random.integer(10, 99)}`;
  return {
    id,
    given,
    family,
    name: `${given} ${family}`,
    email: `${account}@${random.pick(PROVIDERS)}`,
    phone: phoneOf(random),
    street: streetOf(random),
    city,
    zip,
  };
}
