/** Who works with the product of this blueprint, and for whom: two customers, and support. */
import type { Program } from '../demo/cast.ts';
import type { StaffedTenant } from '../kit/desk.ts';
import { staffOf, type Worker } from '../kit/staff.ts';

export interface Customer extends StaffedTenant {
  readonly groups: readonly string[];
}

const riverbend = {
  prefix: 'usr_rb',
  domain: 'riverbend.example',
  location: 'Dubuque, US',
  network: '203.0.113',
};
const costaVerde = {
  prefix: 'usr_cv',
  domain: 'costaverde.example',
  location: 'San Antonio, US',
  network: '198.51.100',
};

export const CUSTOMERS: readonly Customer[] = [
  {
    tenant_id: 'riverbend',
    label: 'Riverbend Literacy Network',
    plan: 'growth',
    weight: 3,
    staff: staffOf(
      [
        ['Marguerite Okafor', 'marguerite.okafor', 'sys_admin admin', 'mac', 3],
        ['Theo Lindgren', 'theo.lindgren', 'admin', 'windows', 4],
        ['Dario Benedetti', 'dario.benedetti', 'campaign_manager', 'safari', 6],
        ['Hanae Morimoto', 'hanae.morimoto', 'campaign_manager', 'mac', 8],
        ['Abdirahman Warsame', 'abdirahman.warsame', 'campaign_manager', 'edge', 8],
        ['Lucía Fuentes', 'lucia.fuentes', 'coordinator', 'windows', 9],
        ['Joseph Standing Bear', 'joseph.standingbear', 'coordinator', 'windows', 8],
        ['Priyanka Nair', 'priyanka.nair', 'coordinator', 'linux', 6],
      ],
      riverbend,
    ),
    helpers: staffOf(
      [
        ['Casey Whitlock', 'casey.whitlock', 'coordinator', 'mac', 3],
        ['Olena Hrytsenko', 'olena.hrytsenko', 'coordinator', 'edge', 3],
        ['Malik Robinson', 'malik.robinson', 'campaign_manager', 'windows', 3],
        ['Grace Nakamura', 'grace.nakamura', 'coordinator', 'safari', 2],
        ['Emeka Uzor', 'emeka.uzor', 'coordinator', 'linux', 2],
      ],
      { ...riverbend, prefix: 'usr_rbh', network: '192.0.2' },
    ),
    groups: [
      'Reading mentors',
      'Spring donors',
      'Parents at Lincoln School',
      'Newsletter',
      'GED class 2026',
      'Volunteers on weekends',
      'Lapsed supporters',
    ],
  },
  {
    tenant_id: 'costa-verde',
    label: 'Costa Verde College Fund',
    plan: 'starter',
    weight: 1,
    staff: staffOf(
      [
        ['Ximena Alcázar', 'ximena.alcazar', 'sys_admin admin', 'mac', 4],
        ['Robert Tran', 'robert.tran', 'admin', 'windows', 3],
        ['Keisha Baptiste', 'keisha.baptiste', 'campaign_manager', 'edge', 7],
        ['Wojciech Adamczyk', 'wojciech.adamczyk', 'coordinator', 'windows', 7],
      ],
      costaVerde,
    ),
    helpers: staffOf(
      [
        ['Noa Friedman', 'noa.friedman', 'coordinator', 'mac', 3],
        ['Tevita Fonua', 'tevita.fonua', 'coordinator', 'windows', 3],
        ['Bea Santos', 'bea.santos', 'campaign_manager', 'safari', 2],
      ],
      { ...costaVerde, prefix: 'usr_cvh', network: '192.0.2' },
    ),
    groups: ['Scholars 2026', 'Alumni', 'Mentors', 'Campus visit in May', 'Donors above 500'],
  },
];

/** Names of groups that are made later on. */
export const GROUP_NAMES = [
  ...['Winter appeal', 'Book club', 'Raffle 2026', 'New parents', 'Board and friends'],
  ...['Tutors for maths', 'Bus riders', 'Thank-you letters', 'Open day', 'First-time donors'],
  ...['Interpreters', 'Grant writers', 'Alumni of 2019', 'Bilingual families', 'Night school'],
] as const;

/** Parts of the names of users who are invited later on. */
export const NEW_GIVEN = [
  ...['Imani', 'Lars', 'Mei-Ling', 'Andrés', 'Fatoumata', 'Rebecca', 'Pavlo', 'Aroha', 'Samir'],
] as const;
export const NEW_FAMILY = [
  ...['Adeyemi', 'Holmgren', 'Chou', 'Cifuentes', 'Diallo', 'Stein', 'Marchenko', 'Ngata', 'Rao'],
] as const;

export const SUPPORT: readonly Worker[] = staffOf(
  [
    ['Lee Park', 'lee.park', 'support', 'mac', 2],
    ['Ifeoma Obi', 'ifeoma.obi', 'support', 'linux', 1],
  ],
  {
    prefix: 'sup_',
    domain: 'engagement.example',
    location: 'Chicago, US',
    network: '203.0.113',
  },
).map((worker, index) => ({ ...worker, ip: `203.0.113.${220 + index}` }));

export const SIGN_UP_FORM: Program = {
  type: 'api_key',
  id: 'key_form_2f9a',
  name: 'Website sign-up',
  ip: '203.0.113.200',
  userAgent: 'engagement-forms/5.2',
};
export const CRM_SYNC: Program = {
  type: 'service_account',
  id: 'svc_crm_sync',
  name: 'Donation system',
  ip: '198.51.100.200',
  userAgent: 'python-requests/2.32',
};
export const SYSTEM = { type: 'system', id: 'engagement', name: 'Engagement' } as const;
