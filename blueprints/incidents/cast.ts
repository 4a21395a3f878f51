/**
 * Who works with the product of this blueprint: three organisations, of which one has a plan
 * without audit logs; programs; and support. Names of things and reasons are in the language of
 * each organisation.
 */
import type { Program } from '../demo/cast.ts';
import type { StaffedTenant } from '../kit/desk.ts';
import { staffOf, type Worker } from '../kit/staff.ts';

export interface Words {
  readonly wrongPassword: string;
  readonly noCode: string;
  readonly unknownUser: string;
  readonly tooMany: string;
  readonly noRight: string;
  readonly inUse: string;
  readonly refused: string;
  readonly stepFailed: string;
  readonly left: string;
  readonly deploy: string;
  readonly lostPhone: string;
  readonly leaked: string;
  readonly standIn: string;
  readonly helped: string;
  readonly phone: string;
  readonly team: string;
  readonly name: string;
  readonly delay: string;
  readonly repeats: string;
  readonly policy: string;
  readonly steps: string;
  readonly channel: string;
  readonly grouping: string;
}

const ENGLISH: Words = {
  wrongPassword: 'the password is wrong',
  noCode: 'the second factor is missing',
  unknownUser: 'nobody has this e-mail',
  tooMany: '10 attempts in a minute',
  noRight: 'the role does not allow it',
  inUse: 'services still use it',
  refused: 'the other product refused the connection',
  stepFailed: 'step 3 did not answer within 60 s',
  left: 'Left the company',
  deploy: 'Deployment',
  lostPhone: 'Lost the phone',
  leaked: 'Was in a public repository',
  standIn: 'Stands in during holidays',
  helped: 'The form shows an error',
  phone: 'Phone',
  team: 'Team',
  name: 'Name',
  delay: 'Delay in minutes',
  repeats: 'Repeats',
  policy: 'Escalation policy',
  steps: 'Steps',
  channel: 'Channel',
  grouping: 'Grouping',
};
const GERMAN: Words = {
  wrongPassword: 'das Passwort ist falsch',
  noCode: 'der zweite Faktor fehlt',
  unknownUser: 'niemand hat diese E-Mail-Adresse',
  tooMany: '10 Versuche in einer Minute',
  noRight: 'die Rolle erlaubt es nicht',
  inUse: 'Dienste verwenden sie noch',
  refused: 'das andere Produkt lehnt die Verbindung ab',
  stepFailed: 'Schritt 3 antwortet nicht innerhalb von 60 s',
  left: 'Hat das Unternehmen verlassen',
  deploy: 'Auslieferung',
  lostPhone: 'Telefon verloren',
  leaked: 'Stand in einem öffentlichen Repository',
  standIn: 'Vertretung im Urlaub',
  helped: 'Das Formular zeigt einen Fehler',
  phone: 'Telefon',
  team: 'Team',
  name: 'Name',
  delay: 'Wartezeit in Minuten',
  repeats: 'Wiederholungen',
  policy: 'Eskalationsrichtlinie',
  steps: 'Schritte',
  channel: 'Kanal',
  grouping: 'Gruppierung',
};

export interface Customer extends StaffedTenant {
  readonly plan: string;
  /** Days before now at which its audit log was enabled; before, nothing is shown (S4.16). */
  readonly enabledDaysAgo?: number;
  readonly words: Words;
  readonly services: readonly string[];
  readonly policies: readonly string[];
  readonly runbooks: readonly string[];
}

const helvetia = {
  prefix: 'usr_he',
  domain: 'helvetia-grid.example',
  location: 'Zürich, CH',
  network: '203.0.113',
};
const lindner = {
  prefix: 'usr_kl',
  domain: 'lindner.example',
  location: 'Leipzig, DE',
  network: '198.51.100',
};
const tinybeam = {
  prefix: 'usr_tb',
  domain: 'tinybeam.example',
  location: 'Utrecht, NL',
  network: '192.0.2',
};

const HELVETIA: Customer = {
  tenant_id: 'helvetia-grid',
  label: 'Helvetia Grid AG',
  plan: 'enterprise',
  enabledDaysAgo: 400,
  weight: 5,
  words: ENGLISH,
  staff: staffOf(
    [
      ['Annelies Brunner', 'annelies.brunner', 'account_owner admin', 'mac', 4],
      ['Yannick Rochat', 'yannick.rochat', 'admin', 'linux', 6],
      ['Blerta Krasniqi', 'blerta.krasniqi', 'manager', 'mac', 8],
      ['Sandeep Chawla', 'sandeep.chawla', 'manager', 'linux', 8],
      ['Luca Bernasconi', 'luca.bernasconi', 'responder', 'linux', 7],
      ['Mirjam Stössel', 'mirjam.stoessel', 'responder', 'windows', 7],
      ['Oluwatobi Bankole', 'oluwatobi.bankole', 'responder', 'mac', 7],
      ['Ewa Pietrzak', 'ewa.pietrzak', 'responder', 'edge', 6],
    ],
    helvetia,
  ),
  helpers: staffOf(
    [
      ['Nils Aeschbacher', 'nils.aeschbacher', 'responder', 'linux', 3],
      ['Chiara Maffei', 'chiara.maffei', 'responder', 'mac', 3],
      ['Dragana Ilić', 'dragana.ilic', 'responder', 'windows', 3],
    ],
    { ...helvetia, prefix: 'usr_heh', network: '192.0.2' },
  ),
  services: ['Meter ingestion', 'Substation gateway', 'Billing API', 'Outage map', 'Dispatch'],
  policies: ['Grid on-call', 'Billing on-call', 'Management', 'Night shift'],
  runbooks: ['Restart gateway', 'Fail over ingestion', 'Publish outage notice', 'Drain queue'],
};

const LINDNER: Customer = {
  tenant_id: 'kaufhaus-lindner',
  label: 'Kaufhaus Lindner',
  plan: 'enterprise',
  enabledDaysAgo: 150,
  weight: 2,
  words: GERMAN,
  staff: staffOf(
    [
      ['Friederike Lindner', 'friederike.lindner', 'account_owner admin', 'safari', 2],
      ['Cem Öztürk', 'cem.oeztuerk', 'admin', 'windows', 6],
      ['Anja Großmann', 'anja.grossmann', 'manager', 'windows', 6],
      ['Thuy Linh Vo', 'thuylinh.vo', 'responder', 'linux', 7],
      ['Karl-Heinz Jäckel', 'karlheinz.jaeckel', 'responder', 'edge', 6],
    ],
    lindner,
  ),
  helpers: staffOf(
    [
      ['Maike Petersen', 'maike.petersen', 'responder', 'mac', 3],
      ['Tarek Haddad', 'tarek.haddad', 'responder', 'linux', 3],
    ],
    { ...lindner, prefix: 'usr_klh', network: '192.0.2' },
  ),
  services: ['Kassen', 'Onlineshop', 'Lagerverwaltung', 'Kundenkarte'],
  policies: ['Filialtechnik', 'Onlineshop Bereitschaft', 'Wochenende'],
  runbooks: ['Kassen neu starten', 'Shop auf Wartung', 'Lagerabgleich'],
};

/** Its plan has no audit logs: its events are recorded and shown to nobody there (S4.12). */
const TINYBEAM: Customer = {
  tenant_id: 'tinybeam',
  label: 'Tinybeam',
  plan: 'growth',
  weight: 1,
  words: ENGLISH,
  staff: staffOf(
    [
      ['Sanne de Wit', 'sanne.dewit', 'account_owner admin', 'mac', 5],
      ['Bram Verhoeven', 'bram.verhoeven', 'manager', 'linux', 5],
      ['Aisha el Amrani', 'aisha.elamrani', 'responder', 'mac', 5],
    ],
    tinybeam,
  ),
  helpers: staffOf([['Jip Bakker', 'jip.bakker', 'responder', 'linux', 2]], {
    ...tinybeam,
    prefix: 'usr_tbh',
  }),
  services: ['Lamp firmware', 'Shop'],
  policies: ['Everybody'],
  runbooks: ['Roll back firmware'],
};

export const CUSTOMERS = [HELVETIA, LINDNER, TINYBEAM] as const;

/** Parts of the names of users who are invited later on. */
export const NEW_GIVEN = [
  ...['Aurelia', 'Benno', 'Camille', 'Dieudonné', 'Elif', 'Florin', 'Giulia', 'Hamza'],
] as const;
export const NEW_FAMILY = [
  ...['Amstutz', 'Beyeler', 'Conrad', 'Dupont', 'Ertl', 'Fischli', 'Gerber', 'Huonder'],
] as const;

export const ROLES = ['Administrator', 'Manager', 'Responder', 'Stakeholder', 'Auditor'] as const;
export const EXTENSIONS = ['Slack', 'Microsoft Teams', 'Jira', 'Grafana', 'Zabbix', 'ServiceNow'];
export const TOKENS = ['CI pipeline', 'Status page', 'Grafana', 'Reporting', 'Terraform', 'Mobile'];

export const SUPPORT: readonly Worker[] = staffOf(
  [
    ['Nora Whitfield', 'nora.whitfield', 'support', 'mac', 2],
    ['Jonas Brandner', 'jonas.brandner', 'support', 'linux', 1],
  ],
  {
    prefix: 'sup_',
    domain: 'incidents.example',
    location: 'Berlin, DE',
    network: '203.0.113',
  },
).map((worker, index) => ({ ...worker, ip: `203.0.113.${220 + index}` }));

export const TERRAFORM: Program = {
  type: 'api_key',
  id: 'key_tf_77c1',
  name: 'Terraform',
  ip: '203.0.113.201',
  userAgent: 'terraform-provider-incidents/3.4',
};
export const DIRECTORY: Program = {
  type: 'service_account',
  id: 'svc_scim',
  name: 'Directory',
  ip: '203.0.113.202',
  userAgent: 'SCIM-Client/1.0',
};
export const SYSTEM = { type: 'system', id: 'incidents', name: 'Incidents' } as const;
