/** Who and what the casework demo is about: three agencies that help people. */
import type { Told } from '../kit/happenings.ts';
import { type Organization, type Person, staffOf } from '../kit/people.ts';

export interface Agency extends Told {
  readonly label: string;
  readonly plan: string;
  readonly people: readonly Person[];
  readonly providers: readonly string[];
}

const CEDAR: Organization = {
  domain: 'cedarvalley.example',
  network: '198.51.100',
  location: 'Albany, US',
  prefix: 'u_cv',
};
const RIVERBEND: Organization = {
  domain: 'riverbend.example',
  network: '203.0.113',
  location: 'Dayton, US',
  prefix: 'u_rb',
};
const LANTERN: Organization = {
  domain: 'lantern.example',
  network: '192.0.2',
  location: 'Baltimore, US',
  prefix: 'u_ls',
};

export const SUPPORT: readonly Person[] = staffOf(
  { domain: 'vendor.example', network: '192.0.2', location: 'New York, US', prefix: 'sup' },
  [
    ['Imelda Ocampo', 'support'],
    ['Gareth Pugh', 'support'],
  ],
).map((person, index) => ({ ...person, ip: `192.0.2.${240 + index}` }));

export const SUPPORT_CASES = [
  'A form cannot be signed on a tablet',
  'A case is missing in the list',
  'Messages to a record come late',
] as const;

export const AGENCIES: readonly Agency[] = [
  {
    tenantId: 'cedarvalley',
    label: 'Cedar Valley Family Services',
    plan: 'enterprise',
    events: 1_650,
    isWhole: true,
    people: staffOf(CEDAR, [
      ['Rosalind Achebe', 'admin'],
      ['Patrick Maloney', 'admin supervisor'],
      ['Delphine Wu', 'supervisor'],
      ['Marcus Eastman', 'supervisor'],
      ['Keisha Barrow', 'caseworker'],
      ['Alejandro Ybarra', 'caseworker'],
      ['Trang Vo', 'caseworker'],
      ['Simon Petrosyan', 'caseworker'],
      ['Naledi Mokoena', 'caseworker'],
      ['Trent Hollis', 'caseworker'],
      ['Guadalupe Serna', 'caseworker'],
      ['Ewa Kowalczyk', 'intake'],
      ['Jamal Whitfield', 'intake'],
    ]),
    providers: [
      'Harbor Light Counseling',
      'Maple Grove Child Care',
      'Second Story Housing',
      'Bright Path Tutoring',
      'Valley Recovery Center',
      'Open Table Food Pantry',
    ],
  },
  {
    tenantId: 'riverbend',
    label: 'Riverbend County Human Services',
    plan: 'enterprise',
    events: 430,
    people: staffOf(RIVERBEND, [
      ['Constance Mbeki', 'admin'],
      ['Leo Fairbanks', 'admin supervisor'],
      ['Shabnam Daneshvar', 'supervisor'],
      ['Hector Lozano', 'caseworker'],
      ['Birgitta Nyström', 'caseworker'],
      ['Dwayne Tolliver', 'intake'],
    ]),
    providers: ['Riverside Clinic', 'Stillwater Shelter', 'County Job Center'],
  },
  {
    // Not on the plan that has the log. S1.8
    tenantId: 'lantern',
    label: 'Lantern Street Outreach',
    plan: 'team',
    events: 80,
    people: staffOf(LANTERN, [
      ['Yolanda Prewitt', 'admin supervisor'],
      ['Isaac Bernstein', 'caseworker'],
      ['Thu Ha Dang', 'intake'],
    ]),
    providers: ['Lantern Night Shelter', 'Wheels to Work'],
  },
];

/** Services with the ids of what they are in the product. */
export const PROGRAMS = [
  { name: 'Family counseling', offering: 'so_118', type: 'st_12', cost: '$1,200.00', units: '12' },
  { name: 'After-school care', offering: 'so_121', type: 'st_14', cost: '$2,340.00', units: '36' },
  { name: 'Rent assistance', offering: 'so_133', type: 'st_20', cost: '$3,600.00', units: '6' },
  { name: 'Tutoring', offering: 'so_140', type: 'st_16', cost: '$900.00', units: '30' },
  {
    name: 'Outpatient treatment',
    offering: 'so_152',
    type: 'st_31',
    cost: '$4,815.00',
    units: '9',
  },
  { name: 'Parenting course', offering: 'so_158', type: 'st_12', cost: '$480.00', units: '8' },
] as const;
export const COSTS = ['$1,440.00', '$1,020.00', '$2,100.00', '$760.00', '$3,150.00'] as const;
export const UNITS = ['6', '10', '14', '20', '24'] as const;
export const FUNDING = ['County general fund', 'Title IV-E', 'Private grant'] as const;

/** Titles that people write. */
export const TITLES = {
  note: ['Home visit', 'Call with the school', 'Court date', 'Safety check', 'First conversation'],
  email: ['Documents for the hearing', 'Next steps', 'Re: appointment', 'Referral letter'],
  form: ['Consent to share information', 'Risk assessment', 'Service plan', 'Release of records'],
  attachment: [
    'birth certificate.pdf',
    'court order.pdf',
    'lease.pdf',
    'school report.pdf',
    'photo of the kitchen.jpg',
  ],
  calendar_event: ['Family meeting', 'Case review', 'Supervised visit', 'Site visit'],
  task: ['Call the landlord', 'Renew the service plan', 'Send the referral', 'Check the license'],
  workflow: ['Opening a case', 'Yearly review', 'Licensing a provider'],
  relationship: ['parent and child', 'siblings', 'grandparent and grandchild', 'spouses'],
  report: ['School referral', 'Call of a neighbor', 'Letter of a clinic'],
} as const;
export const STEPS = ['Gather documents', 'Assess the risk', 'Supervisor’s approval'] as const;
