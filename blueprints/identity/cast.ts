/** Who works with the console of this blueprint: agents of two customers, programs, and support. */
import type { Program } from '../demo/cast.ts';
import type { StaffedTenant } from '../kit/desk.ts';
import { staffOf, type Worker } from '../kit/staff.ts';

export interface Customer extends StaffedTenant {
  readonly flows: readonly string[];
  readonly clients: readonly string[];
  readonly applications: readonly string[];
}

/** Names of roles, as the definition has them and as people read them. */
export const ROLES = [
  ['application_admin', 'Application Admin'],
  ['console_access_manager', 'Console Access Manager'],
  ['console_access_viewer', 'Console Access Viewer'],
  ['customer_care_portal_agent', 'Customer Care Portal Agent'],
  ['customer_care_portal_agent_manager', 'Customer Care Portal Agent Manager'],
  ['customer_care_portal_agent_viewer', 'Customer Care Portal Agent Viewer'],
  ['customer_care_portal_editor', 'Customer Care Portal Editor'],
  ['user_profile_admin', 'User Profile Admin'],
  ['user_profile_manager', 'User Profile Manager'],
  ['user_profile_viewer', 'User Profile Viewer'],
] as const;

const cascadia = {
  prefix: 'agt_ca',
  domain: 'cascadia.example',
  location: 'Portland, US',
  network: '203.0.113',
};
const lantern = {
  prefix: 'agt_pl',
  domain: 'lantern.example',
  location: 'Seattle, US',
  network: '198.51.100',
};

export const CUSTOMERS: readonly Customer[] = [
  {
    tenant_id: 'cascadia-outfitters',
    label: 'Cascadia Outfitters',
    weight: 3,
    staff: staffOf(
      [
        ['Greg Stemp', 'greg.stemp', 'application_admin', 'mac', 7],
        ['Terrance O’Reilly', 'terrance.oreilly', 'application_admin', 'windows', 6],
        ['Ngaire Whaanga', 'ngaire.whaanga', 'console_access_manager', 'mac', 5],
        ['Corinne Delacroix', 'corinne.delacroix', 'application_admin', 'edge', 4],
        ['Bryce Hollander', 'bryce.hollander', 'customer_care_portal_agent', 'windows', 8],
        ['Shanice Campbell', 'shanice.campbell', 'customer_care_portal_agent', 'windows', 9],
        ['Mehmet Aydın', 'mehmet.aydin', 'customer_care_portal_editor', 'edge', 8],
        ['Ji-woo Han', 'jiwoo.han', 'user_profile_admin', 'mac', 6],
        ['Renata Kowalczyk', 'renata.kowalczyk', 'user_profile_manager', 'linux', 6],
      ],
      cascadia,
    ),
    helpers: staffOf(
      [
        ['Dale Fairbanks', 'dale.fairbanks', 'customer_care_portal_agent', 'windows', 3],
        ['Uyen Pham', 'uyen.pham', 'customer_care_portal_agent', 'edge', 3],
        ['Marisol Ibarra', 'marisol.ibarra', 'user_profile_manager', 'safari', 3],
        ['Colm Brannigan', 'colm.brannigan', 'console_access_viewer', 'mac', 1],
      ],
      { ...cascadia, prefix: 'agt_cah', network: '192.0.2' },
    ),
    flows: ['Standard sign-up', 'Checkout sign-in', 'Trail club', 'Kiosk', 'Password help'],
    clients: ['Web shop', 'Mobile app', 'Old kiosk', 'Newsletter service'],
    applications: ['Shop accounts', 'Trail club'],
  },
  {
    tenant_id: 'pacific-lantern',
    label: 'Pacific Lantern Media',
    weight: 1,
    staff: staffOf(
      [
        ['Adaeze Nwosu', 'adaeze.nwosu', 'application_admin', 'mac', 6],
        ['Hugo Lindahl', 'hugo.lindahl', 'console_access_manager', 'linux', 4],
        ['Tamsin Achebe', 'tamsin.achebe', 'customer_care_portal_editor', 'windows', 8],
        ['Pradeep Kulkarni', 'pradeep.kulkarni', 'user_profile_admin', 'windows', 6],
      ],
      lantern,
    ),
    helpers: staffOf(
      [
        ['Yesenia Robles', 'yesenia.robles', 'customer_care_portal_agent', 'edge', 3],
        ['Fergus McTavish', 'fergus.mctavish', 'user_profile_manager', 'safari', 2],
      ],
      { ...lantern, prefix: 'agt_plh', network: '192.0.2' },
    ),
    flows: ['Reader sign-up', 'Paywall sign-in', 'Student offer'],
    clients: ['News site', 'Podcast app', 'Print portal'],
    applications: ['Reader accounts'],
  },
];

/** Parts of the names of agents who are invited later on. */
export const NEW_GIVEN = [
  ...['Anouk', 'Bashir', 'Clementine', 'Dmitri', 'Esperanza', 'Farid', 'Gwen', 'Hinata'],
] as const;
export const NEW_FAMILY = [
  ...['Aldridge', 'Bonnet', 'Chaudhary', 'Drummond', 'Echeverria', 'Fujimoto', 'Gallagher'],
] as const;

export const SUPPORT: readonly Worker[] = staffOf(
  [
    ['Odile Marchand', 'odile.marchand', 'support', 'mac', 2],
    ['Kofi Antwi', 'kofi.antwi', 'support', 'linux', 1],
  ],
  {
    prefix: 'sup_',
    domain: 'identity.example',
    location: 'Vancouver, CA',
    network: '203.0.113',
  },
).map((worker, index) => ({ ...worker, ip: `203.0.113.${220 + index}` }));

export const LOYALTY_IMPORT: Program = {
  type: 'service_account',
  id: 'svc_loyalty',
  name: 'Loyalty import',
  ip: '198.51.100.200',
  userAgent: 'loyalty-sync/1.9',
};
