/**
 * Who and what the demo is about: four customers of the product Acme Works, their people, their
 * programs and their projects. Data only. Every address lies in a range kept for documentation
 * (RFC 5737, RFC 3849), so none belongs to anybody.
 */
export interface Site {
  readonly zone: string;
  readonly location: string;
}

export const SITES = {
  hamburg: { zone: 'Europe/Berlin', location: 'Hamburg, DE' },
  toronto: { zone: 'America/Toronto', location: 'Toronto, CA' },
  bengaluru: { zone: 'Asia/Kolkata', location: 'Bengaluru, IN' },
  osaka: { zone: 'Asia/Tokyo', location: 'Osaka, JP' },
  melbourne: { zone: 'Australia/Melbourne', location: 'Melbourne, AU' },
  austin: { zone: 'America/Chicago', location: 'Austin, US' },
  accra: { zone: 'Africa/Accra', location: 'Accra, GH' },
  dublin: { zone: 'Europe/Dublin', location: 'Dublin, IE' },
  istanbul: { zone: 'Europe/Istanbul', location: 'İstanbul, TR' },
} as const satisfies Record<string, Site>;
type SiteName = keyof typeof SITES;

const MAC =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
export const DEVICES = {
  mac: `${MAC} Chrome/139.0.0.0 Safari/537.36`,
  safari: `${MAC.replace('537.36', '605.1.15')} Version/18.5 Safari/605.1.15`,
  windows: `${WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36`,
  edge: `${WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Edg/139.0.0.0`,
  linux: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
} as const;
type Device = keyof typeof DEVICES;
export const PHONES = ['AcmeWorks/8.2 (iOS 18.5; iPhone)', 'AcmeWorks/8.2 (Android 15; Pixel 8)'];

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly site: Site;
  readonly ip: string;
  readonly userAgent: string;
  readonly phone: string;
  /** How much this person does, against the others of the tenant. */
  readonly weight: number;
}

export interface Program {
  readonly type: 'service_account' | 'api_key' | 'agent';
  readonly id: string;
  readonly name: string;
  readonly ip: string;
  readonly userAgent: string;
}

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly plan: 'business' | 'team';
  readonly weight: number;
  readonly region: string;
  readonly zone: string;
  readonly people: readonly Person[];
  /** People from outside, seen in stories only. */
  readonly visitors: readonly Person[];
  readonly programs: readonly Program[];
  readonly projects: readonly string[];
}

type Row = readonly [
  name: string,
  address: string,
  roles: string,
  site: SiteName,
  device: Device,
  weight: number,
];

/** Numbers the people and gives each an address that stays theirs. */
const staff = (rows: readonly Row[], prefix: string, domain: string, network: string): Person[] =>
  rows.map(([name, address, roles, site, device, weight], index) => ({
    id: `usr_${prefix}${1_041 + index * 17}`,
    name,
    email: `${address}@${domain}`,
    roles: roles.split(' '),
    site: SITES[site],
    ip:
      index % 6 === 4 ? `2001:db8:${prefix.length}a:${index}::1f` : `${network}.${20 + index * 3}`,
    userAgent: DEVICES[device],
    phone: PHONES[index % 2] ?? 'AcmeWorks/8.2',
    weight,
  }));

const acmePeople = staff(
  [
    ['Amara Okonkwo', 'amara.okonkwo', 'owner admin', 'hamburg', 'mac', 3],
    ['Jonas Lindqvist', 'jonas.lindqvist', 'admin', 'hamburg', 'linux', 5],
    ['Priya Raghunathan', 'priya.raghunathan', 'admin editor', 'bengaluru', 'mac', 6],
    ['Lena Schröder', 'lena.schroeder', 'editor', 'hamburg', 'windows', 9],
    ['Mateusz Wiśniewski', 'mateusz.wisniewski', 'editor', 'hamburg', 'windows', 8],
    ['Ngozi Eze', 'ngozi.eze', 'editor', 'toronto', 'mac', 9],
    ['Søren Kjærgaard', 'soren.kjaergaard', 'editor', 'hamburg', 'safari', 6],
    ['Aylin Demir', 'aylin.demir', 'project_lead editor', 'hamburg', 'edge', 10],
    ['Tomás Ó Súilleabháin', 'tomas.osuilleabhain', 'editor', 'toronto', 'linux', 6],
    ['Chiara Bellandi', 'chiara.bellandi', 'billing editor', 'hamburg', 'safari', 4],
    ['Yusuf Haddad', 'yusuf.haddad', 'editor', 'toronto', 'windows', 7],
    ['Ananya Iyer', 'ananya.iyer', 'project_lead editor', 'bengaluru', 'mac', 10],
    ['Rohan Deshpande', 'rohan.deshpande', 'developer editor', 'bengaluru', 'linux', 8],
    ['Fatima Zahra Benali', 'fz.benali', 'editor', 'toronto', 'edge', 6],
    ['Émilie Tremblay', 'emilie.tremblay', 'project_lead editor', 'toronto', 'safari', 8],
    ['Liam Chen', 'liam.chen', 'developer editor', 'toronto', 'mac', 6],
    ['Katarzyna Nowak', 'katarzyna.nowak', 'editor', 'hamburg', 'windows', 7],
    ['Viktor Halvorsen', 'viktor.halvorsen', 'editor sales', 'hamburg', 'mac', 6],
    ['Hoàng Thị Mai', 'mai.hoang', 'viewer', 'toronto', 'windows', 4],
    ['Björk Ragnarsdóttir', 'bjork.ragnarsdottir', 'viewer', 'hamburg', 'safari', 3],
    ['Дмитро Коваленко', 'dmytro.kovalenko', 'editor', 'hamburg', 'linux', 5],
    ['Sofía Papadopoulou', 'sofia.papadopoulou', 'auditor viewer', 'hamburg', 'edge', 2],
    ['Ralf Brandt', 'ralf.brandt', 'admin', 'hamburg', 'windows', 3],
    ['Ayşe Yılmaz', 'ayse.yilmaz', 'editor', 'hamburg', 'safari', 6],
    ['李 雷', 'lei.li', 'editor', 'toronto', 'windows', 6],
    ['Nkechi Obi', 'nkechi.obi', 'editor', 'toronto', 'mac', 7],
    ['Владимир Петков', 'vladimir.petkov', 'editor', 'hamburg', 'linux', 5],
    ['Leïla Bensaïd', 'leila.bensaid', 'editor', 'toronto', 'edge', 6],
    ['Oskar Müller', 'oskar.mueller', 'project_lead editor', 'hamburg', 'windows', 7],
    ['Sunita Rao', 'sunita.rao', 'developer editor', 'bengaluru', 'linux', 7],
    ['Daniel O’Brien', 'daniel.obrien', 'viewer', 'toronto', 'mac', 3],
  ],
  'a',
  'acme.example',
  '203.0.113',
);
const globexPeople = staff(
  [
    ['佐藤 美咲', 'misaki.sato', 'owner admin', 'osaka', 'mac', 4],
    ['Kenji Watanabe', 'kenji.watanabe', 'admin', 'osaka', 'windows', 5],
    ['Haruto Nakamura', 'haruto.nakamura', 'editor', 'osaka', 'windows', 8],
    ['Isabela Ferreira', 'isabela.ferreira', 'editor', 'melbourne', 'mac', 7],
    ['박지우', 'jiwoo.park', 'developer editor', 'osaka', 'linux', 8],
    ['Tan Wei Ling', 'weiling.tan', 'project_lead editor', 'melbourne', 'safari', 9],
    ['Te Ariki Parata', 'teariki.parata', 'editor', 'melbourne', 'windows', 6],
    ['Charlotte Nguyễn', 'charlotte.nguyen', 'editor', 'melbourne', 'edge', 6],
    ['Arjun Menon', 'arjun.menon', 'billing viewer', 'melbourne', 'windows', 3],
    ['Olivia McKenzie', 'olivia.mckenzie', 'viewer', 'melbourne', 'safari', 3],
    ['Siti Aminah Rahman', 'siti.rahman', 'editor', 'osaka', 'mac', 6],
  ],
  'gx',
  'globex.example',
  '198.51.100',
);
const initechPeople = staff(
  [
    ['Miguel Ángel Rivas', 'miguel.rivas', 'owner admin', 'austin', 'mac', 5],
    ['Denise Bradford', 'denise.bradford', 'admin editor', 'austin', 'windows', 6],
    ['Kwame Mensah', 'kwame.mensah', 'project_lead editor', 'accra', 'linux', 8],
    ['Ruth Abramson', 'ruth.abramson', 'editor', 'austin', 'safari', 7],
    ['Aiyana Begay', 'aiyana.begay', 'editor', 'austin', 'edge', 6],
    ['Oleksandra Melnyk', 'oleksandra.melnyk', 'contractor viewer', 'accra', 'linux', 4],
    ['Jean-Baptiste Kouassi', 'jb.kouassi', 'editor', 'accra', 'windows', 6],
  ],
  'ini',
  'initech.example',
  '192.0.2',
);

const bogaziciPeople = staff(
  [
    ['Şule Yıldırım', 'sule.yildirim', 'owner admin', 'istanbul', 'mac', 4],
    ['Gökhan Çelik', 'gokhan.celik', 'project_lead editor', 'istanbul', 'windows', 7],
    ['Özgür Ateş', 'ozgur.ates', 'editor', 'istanbul', 'windows', 6],
    ['Nilgün Işıldak', 'nilgun.isildak', 'billing editor', 'istanbul', 'edge', 5],
    ['Emre İnan', 'emre.inan', 'editor', 'istanbul', 'linux', 5],
  ],
  'bog',
  'bogazici.example',
  '198.51.100',
).map((person, index) => ({ ...person, ip: `198.51.100.${150 + index}` }));

const auditors = staff(
  [['Jürgen Groß', 'juergen.gross', 'guest auditor', 'hamburg', 'windows', 0]],
  'va',
  'pruefwerk.example',
  '203.0.113',
).map((person) => ({ ...person, ip: '203.0.113.240' }));
const brokers = staff(
  [['İbrahim Işık', 'ibrahim', 'guest', 'istanbul', 'windows', 0]],
  'vb',
  'gumruk.example',
  '198.51.100',
).map((person) => ({ ...person, ip: '198.51.100.240' }));

/** The vendor's own people: they never sign in to a tenant, they act for somebody in it. */
export const SUPPORT_STAFF: readonly Person[] = staff(
  [
    ['Nia Campbell', 'nia.campbell', 'support', 'dublin', 'mac', 3],
    ['Pavel Novotný', 'pavel.novotny', 'support', 'dublin', 'linux', 2],
    ['林美華', 'meihua.lin', 'support support_lead', 'dublin', 'mac', 1],
  ],
  'works',
  'works.example',
  '203.0.113',
).map((person, index) => ({ ...person, ip: `203.0.113.${230 + index}` }));

const SCRIBE: Program = {
  type: 'agent',
  id: 'agt_scribe',
  name: 'Scribe',
  ip: '203.0.113.201',
  userAgent: 'acme-works-scribe/2.4',
};

export const TENANTS: readonly Tenant[] = [
  {
    id: 'acme',
    name: 'Acme GmbH',
    plan: 'business',
    weight: 70,
    region: 'eu-central',
    zone: 'Europe/Berlin',
    people: acmePeople,
    visitors: auditors,
    programs: [
      { ...SCRIBE },
      {
        type: 'service_account',
        id: 'svc_warehouse_sync',
        name: 'Warehouse sync',
        ip: '203.0.113.210',
        userAgent: 'acme-sync/3.1 (python-requests/2.32)',
      },
      {
        type: 'service_account',
        id: 'svc_scim',
        name: 'Directory provisioning',
        ip: '203.0.113.211',
        userAgent: 'SCIM-Client/1.0',
      },
      {
        type: 'api_key',
        id: 'key_7f3a91',
        name: 'Release notes script',
        ip: '203.0.113.212',
        userAgent: 'curl/8.9.1',
      },
    ],
    projects: [
      'Harbour Terminal 4',
      'Battery Line Refit',
      'ISO 27001 Renewal',
      'Website Relaunch',
      'Supplier Portal',
      'Fleet Telemetry',
      'Works Council',
      'Q4 Sales Kit',
    ],
  },
  {
    id: 'globex',
    name: 'Globex 株式会社',
    plan: 'team',
    weight: 19,
    region: 'ap-northeast',
    zone: 'Asia/Tokyo',
    people: globexPeople,
    visitors: [],
    programs: [
      { ...SCRIBE },
      {
        type: 'api_key',
        id: 'key_c20d44',
        name: 'Slack bridge',
        ip: '198.51.100.210',
        userAgent: 'node-fetch/3.3',
      },
    ],
    projects: [
      'Hydrofoil Prototype',
      'Port of Kobe Bid',
      'Warranty Claims',
      '新人研修',
      'Tax Return',
    ],
  },
  {
    id: 'initech',
    name: 'Initech Inc.',
    plan: 'team',
    weight: 7,
    region: 'us-south',
    zone: 'America/Chicago',
    people: initechPeople,
    visitors: [],
    programs: [
      { ...SCRIBE },
      {
        type: 'service_account',
        id: 'svc_ci',
        name: 'Build server',
        ip: '192.0.2.210',
        userAgent: 'GitLab-Runner/18.2',
      },
    ],
    projects: ['TPS Reports', 'Payroll Migration', 'Field Survey Accra'],
  },
  {
    id: 'bogazici',
    name: 'Boğaziçi Lojistik A.Ş.',
    plan: 'team',
    weight: 4,
    region: 'eu-central',
    zone: 'Europe/Istanbul',
    people: bogaziciPeople,
    visitors: brokers,
    programs: [
      { ...SCRIBE },
      {
        type: 'api_key',
        id: 'key_51be07',
        name: 'Customs bridge',
        ip: '198.51.100.220',
        userAgent: 'okhttp/5.1',
      },
    ],
    projects: ['Ambarlı Depo', 'Gümrük Beyannameleri', 'Filo Yenileme'],
  },
];

/** Words that make document names; {n} becomes a number. */
export const DOCUMENT_NAMES = [
  'Statement of work v{n}',
  'Risk register',
  'Minutes {n} of the steering group',
  'Budget forecast Q{n}',
  'Inspection protocol {n}',
  'Press release draft',
  'Supplier contract no. {n}',
  'Site plan {n}, revised',
  'Penetration test findings',
  'Customer list {n}',
  'Onboarding checklist',
  'Offer {n} – final',
  'Lessons learned',
  'Data processing agreement',
  'Release notes {n}',
  'Interview guide',
] as const;
