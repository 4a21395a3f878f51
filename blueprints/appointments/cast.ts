/** Who and what the appointments demo is about: five organizations that book appointments. */
import { DAY_MS } from '../demo/calendar.ts';
import type { Told } from '../kit/happenings.ts';
import { type Organization, type Person, staffOf } from '../kit/people.ts';

export interface Customer extends Told {
  readonly label: string;
  readonly plan: string;
  readonly addons: readonly string[];
  readonly isDemo?: true;
  /** When its log was enabled; absent: it is not. */
  readonly enabledAt?: (nowMs: number) => string;
  readonly people: readonly Person[];
  /** People whom others change, and who do nothing themselves. */
  readonly colleagues: readonly Person[];
  readonly locations: readonly string[];
  readonly lines: readonly string[];
}

const LARKSPUR: Organization = {
  domain: 'larkspur.example',
  network: '203.0.113',
  location: 'Toronto, CA',
  prefix: 'usr_lk',
};
const KESTREL: Organization = {
  domain: 'kestrel.example',
  network: '198.51.100',
  location: 'Halifax, CA',
  prefix: 'usr_ks',
};
const TAMARACK: Organization = {
  domain: 'tamarack.example',
  network: '192.0.2',
  location: 'Sudbury, CA',
  prefix: 'usr_tm',
};
const PRAIRIE: Organization = {
  domain: 'prairierose.example',
  network: '192.0.2',
  location: 'Regina, CA',
  prefix: 'usr_pr',
};
const SHOWROOM: Organization = {
  domain: 'showroom.example',
  network: '192.0.2',
  location: 'Toronto, CA',
  prefix: 'usr_sh',
};

/** The vendor's own people, who work in an instance for one of its people, with a ticket. */
export const SUPPORT: readonly Person[] = staffOf(
  { domain: 'vendor.example', network: '192.0.2', location: 'Saskatoon, CA', prefix: 'sup' },
  [
    ['Aurélie Gagnon', 'support'],
    ['Tevita Fonoti', 'support'],
    ['Harpreet Dhaliwal', 'support support_lead'],
  ],
).map((person, index) => ({ ...person, ip: `192.0.2.${230 + index}` }));

export const SUPPORT_CASES = [
  'Members do not see Saturday appointments',
  'Reminders went out twice',
  'Branch shows the wrong time zone',
  'Calendar of an advisor is not synchronized',
] as const;

const LINES = ['Retail banking', 'Small business', 'Wealth'];

export const CUSTOMERS: readonly Customer[] = [
  {
    tenantId: 'larkspur',
    label: 'Larkspur Credit Union',
    plan: 'enterprise',
    addons: ['advanced_analytics', 'text_messages'],
    enabledAt: () => '2024-11-18T15:00:00.000Z',
    events: 1_500,
    isWhole: true,
    people: staffOf(LARKSPUR, [
      ['Moira Castellane', 'admin'],
      ['Tunde Bakare', 'admin'],
      ['Ngọc Anh Phạm', 'admin'],
      ['Devon Achterberg', 'admin manager'],
      ['Rashida Karim', 'manager'],
      ['Étienne Beaulieu', 'manager'],
      ['Colm Fitzgerald', 'manager'],
      ['Sadia Mirza', 'staff'],
      ['Bogdan Ilić', 'staff'],
      ['Winona Stonechild', 'staff'],
      ['陳志明', 'staff'],
      ['Giulia Ferrante', 'staff'],
    ]).map((person) =>
      person.name === '陳志明' ? { ...person, email: 'chi-ming.chan@larkspur.example' } : person,
    ),
    colleagues: staffOf({ ...LARKSPUR, prefix: 'usr_lkc', network: '203.0.113' }, [
      ['Petra Lindholm', 'staff'],
      ['Samuel Osei', 'staff'],
      ['Marguerite Roy', 'staff'],
      ['Ilias Karras', 'staff'],
      ['Beatriz Salgado', 'staff'],
      ['Jun Takeda', 'staff'],
      ['Farida Noorzai', 'staff'],
      ['Angus MacRae', 'staff'],
      ['Chloé Desrosiers', 'staff'],
      ['Vikram Chandran', 'staff'],
      ['Solveig Aas', 'staff'],
      ['Tadeo Rivas', 'staff'],
      ['Lucinda Abara', 'staff'],
      ['Hye-jin Seo', 'staff'],
    ]),
    locations: [
      'Harbourfront Branch',
      'Mill Street Branch',
      'Lakeview Branch',
      'Saint-Henri Branch',
      'Kensington Branch',
      'Online Advice Centre',
    ],
    lines: LINES,
  },
  {
    tenantId: 'kestrel',
    label: 'Kestrel Mutual',
    plan: 'enterprise',
    addons: ['advanced_analytics'],
    enabledAt: (nowMs) => new Date(nowMs - 150 * DAY_MS).toISOString(),
    events: 420,
    people: staffOf(KESTREL, [
      ['Fiona Gillespie', 'admin'],
      ['Kwabena Asante', 'admin'],
      ['Odile Thériault', 'manager'],
      ['Ramesh Pillai', 'staff'],
      ['Kirsten Møller', 'staff'],
    ]),
    colleagues: staffOf({ ...KESTREL, prefix: 'usr_ksc' }, [
      ['Blessing Uche', 'staff'],
      ['Graham Pottle', 'staff'],
      ['Lan Ching', 'staff'],
      ['Yara Sabbagh', 'staff'],
      ['Mattias Engel', 'staff'],
    ]),
    locations: ['Barrington Office', 'Truro Office', 'Moncton Office'],
    lines: ['Home and auto', 'Life'],
  },
  {
    // Has not bought what the log needs. S0.2
    tenantId: 'tamarack',
    label: 'Tamarack Savings',
    plan: 'standard',
    addons: [],
    events: 70,
    people: staffOf(TAMARACK, [
      ['Doreen Laframboise', 'admin'],
      ['Emeka Nwosu', 'manager'],
      ['Sari Virtanen', 'staff'],
    ]),
    colleagues: staffOf({ ...TAMARACK, prefix: 'usr_tmc' }, [
      ['Luc Gervais', 'staff'],
      ['Priyanka Seth', 'staff'],
    ]),
    locations: ['Elm Street', 'Notre Dame Avenue'],
    lines: ['Personal'],
  },
  {
    // Could have the log, and has not asked for it. S0.1
    tenantId: 'prairierose',
    label: 'Prairie Rose Trust',
    plan: 'enterprise',
    addons: ['advanced_analytics'],
    events: 70,
    people: staffOf(PRAIRIE, [
      ['Galina Petrenko', 'admin'],
      ['Desmond Cardinal', 'manager'],
      ['Mei-Lin Wong', 'staff'],
    ]).map((person, index) => ({ ...person, ip: `192.0.2.${80 + index}` })),
    colleagues: staffOf({ ...PRAIRIE, prefix: 'usr_prc' }, [
      ['Owen Pratt', 'staff'],
      ['Rukhsana Aziz', 'staff'],
    ]),
    locations: ['Albert Street', 'Broad Street'],
    lines: ['Trusts'],
  },
  {
    // A demo instance: it cannot be enabled. S0.3
    tenantId: 'showroom',
    label: 'Showroom Bank (demo instance)',
    plan: 'enterprise',
    addons: ['advanced_analytics'],
    isDemo: true,
    events: 60,
    people: staffOf(SHOWROOM, [
      ['Alex Sample', 'admin'],
      ['Sam Example', 'manager'],
      ['Kim Specimen', 'staff'],
    ]).map((person, index) => ({ ...person, ip: `192.0.2.${120 + index}` })),
    colleagues: staffOf({ ...SHOWROOM, prefix: 'usr_shc' }, [
      ['Pat Template', 'staff'],
      ['Robin Mockup', 'staff'],
    ]),
    locations: ['Main Street', 'Second Street'],
    lines: ['Retail'],
  },
];

export const SERVICES = [
  'Mortgage consultation',
  'Open a business account',
  'Retirement savings review',
  'Student loan advice',
  'Estate planning',
  'Foreign currency order',
  'First account for newcomers',
  'Insurance claim interview',
] as const;

export const QUESTIONS = [
  'What would you like to talk about?',
  'Are you a member already?',
  'Which language do you prefer?',
  'Will anybody else join you?',
  'How should we reach you if we are late?',
  'Do you need step-free access?',
] as const;

export const CATEGORIES = [
  { name: 'Mortgage specialists', kind: 'Staff category' },
  { name: 'French speaking advisors', kind: 'Staff category' },
  { name: 'Lending', kind: 'Service category' },
  { name: 'Everyday banking', kind: 'Service category' },
  { name: 'Downtown', kind: 'Location category' },
  { name: 'With parking', kind: 'Location category' },
] as const;
