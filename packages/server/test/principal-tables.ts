/** Who may do what, as tables: what every principal is answered at every route. */
import type { Manage } from '@annals/contract/routes';

/**
 * At the own tenant. Columns:
 *   no           nobody: no key, and whatever is wrong, over or taken away
 *   ad           the key of the instance
 *   w  r  m      keys of the project with one scope: events:write, events:read, manage
 *   kp ks        keys of the project with a role: `peek` reads and takes no files; `steward`
 *                manages everything and has no view
 *   tw tr tm tc  keys of the tenant: the same scopes; `chief`, who reads and manages everything
 *   v  va vr vh  viewers: plain; bound to an actor, to a record; by a token that the host signed
 *   ow op        people: an owner; an operator, `chief` of the project
 *   mc mp mx     members of the tenant, `chief` and `peek`; one who was a member, and is one of
 *                another project still
 * Who gives roles or scopes has them: so `m` lets no viewer in, since it may not read itself.
 * No place has a session, account or provider of the name that the routes of people are asked for.
 */
export const HOME = `
                     no ad w  r  m  kp ks tw tr tm tc v  va vr vh ow op mc mp mx
recordEvents         ·  +  +  -  -  -  -  +  -  -  -  -  -  -  -  +  -  -  -  0
listEvents           ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
searchEvents         ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
countEvents          ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
histogram            ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
facets               ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
suggest              ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
tailEvents           ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
listActors           ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
listRecords          ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
getEvent             ·  +  -  +  -  +  v  -  +  -  +  +  +  +  +  +  +  +  +  0
downloadEvents       ·  +  -  +  -  x  v  -  +  -  +  +  +  +  +  +  +  +  x  0
createExport         ·  +  -  +  -  x  v  -  +  -  +  +  +  +  +  +  +  +  x  0
listExports          ·  +  -  +  -  x  v  -  +  -  +  +  +  +  +  +  +  +  x  0
getExport            ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
cancelExport         ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
retryExport          ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
downloadExport       ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
getManifest          ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
createReport         ·  +  -  +  -  x  v  -  +  -  +  +  +  +  +  +  +  +  x  0
previewReport        ·  +  -  +  -  x  v  -  +  -  +  +  +  +  +  +  +  +  x  0
listReports          ·  +  -  +  -  x  v  -  +  -  +  +  +  +  +  +  +  +  x  0
getReport            ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
putReport            ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
deleteReport         ·  0  -  0  -  x  v  -  0  -  0  0  0  0  0  0  0  0  x  0
pauseReport          ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
resumeReport         ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
runReport            ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
testReport           ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
listDeliveries       ·  +  -  +  -  x  v  -  +  -  +  +  0  0  +  +  +  +  x  0
listWatches          ·  +  -  +  -  x  v  -  +  -  +  x  x  x  x  +  +  +  x  0
putWatch             ·  +  -  -  -  x  v  -  -  -  +  x  v  v  x  +  +  +  x  0
listFindings         ·  +  -  +  -  x  v  -  +  -  +  x  x  x  x  +  +  +  x  0
judgeFinding         ·  +  -  -  -  x  v  -  -  -  +  x  x  x  x  +  +  +  x  0
getCatalog           ·  +  -  +  -  +  -  -  +  -  +  +  +  +  +  +  +  +  +  0
explain              ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
listRejects          ·  +  +  -  +  -  +  +  -  +  +  -  -  -  -  +  +  +  -  0

listProjects         ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
getProject           ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
putProject           ·  +  -  -  +  -  +  -  -  0  0  -  -  -  -  +  +  0  -  -
diffProject          ·  +  -  -  +  -  +  -  -  0  0  -  -  -  -  +  +  0  -  -
listTenants          ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
putTenant            ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
closeTenant          ·  ~  -  -  ~  -  ~  -  -  -  -  -  -  -  -  ~  ~  -  -  0
reopenTenant         ·  +  -  -  +  -  +  -  -  -  -  -  -  -  -  +  +  -  -  0
listKeys             ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
createKey            ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
revokeKey            ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
createJob            ·  +  -  -  +  -  -  -  -  +  -  -  -  -  -  +  -  -  -  0
getJob               ·  +  -  -  +  -  -  -  -  +  -  -  -  -  -  +  -  -  -  -

createViewerSession  ·  +  -  -  -  -  +  -  -  -  +  -  -  -  -  +  +  +  -  0
listViewerSessions   ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
revokeViewerSession  ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
createViewerKey      ·  +  -  -  -  -  +  -  -  0  0  -  -  -  -  +  +  0  -  0
listViewerKeys       ·  +  -  -  +  -  +  -  -  0  0  -  -  -  -  +  +  0  -  0
retireViewerKey      ·  +  -  -  +  -  +  -  -  0  0  -  -  -  -  +  +  0  -  -
denyViewerToken      ·  +  -  -  +  -  +  -  -  0  0  -  -  -  -  +  +  0  -  -

listPeople           ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
invitePerson         ·  +  -  -  -  -  +  -  -  -  +  -  -  -  -  +  +  +  -  -
putPerson            ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
removePerson         ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
resetPerson          ·  +  -  -  -  -  -  -  -  -  +  -  -  -  -  +  +  +  -  -
listPersonSessions   ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
endPersonSessions    ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -

createErasure        ·  ~  -  -  ~  -  ~  -  -  ~  ~  -  -  -  -  ~  ~  ~  -  0
listErasures         ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
getErasure           ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
resumeErasure        ·  ~  -  -  ~  -  ~  -  -  ~  ~  -  -  -  -  ~  ~  ~  -  -
listHolds            ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
placeHold            ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0
releaseHold          ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  -
getRetention         ·  +  -  -  +  -  +  -  -  +  +  -  -  -  -  +  +  +  -  0

me                   ·  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
changePassword       ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  ~  ~  ~  ~  ~
startTotp            ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  ~  ~  ~  ~  ~
confirmTotp          ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  ~  ~  ~  ~  ~
newBackupCodes       ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  ~  ~  ~  ~  ~
removeTotp           ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  ~  ~  ~  ~  ~
listOwnSessions      ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  +  +  +  +  +
endOwnSession        ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  0  0  0  0  0
listAccounts         ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  +  +  +  +  +
unlinkAccount        ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  0  0  0  0  0
setUp                ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~
join                 ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~
resetPassword        ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~
signIn               ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~
signInCode           ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~  ~
listProviders        +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
startProvider        0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0
callback             0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0
signOut              ·  -  -  -  -  -  -  -  -  -  -  -  -  -  -  +  +  +  +  +

/healthz             +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
/readyz              +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
/metrics             +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
/openapi.json        +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
/docs/               +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
`;

/** Another tenant of the project: what is not here is decided as at the own one. */
export const FOREIGN = `
                     tw tr tm tc v  va vr vh mc mp mx
recordEvents         t  -  -  -  -  -  -  -  -  -  0
READING EXPORTS UNUSUAL -  0  -  0  0  0  0  0  0  0  0
MANAGING             -  -  0  0  -  -  -  -  0  -  0
BY_NAME PEOPLE       -  -  0  0  -  -  -  -  0  -  -
createViewerSession  -  -  -  0  -  -  -  -  0  -  0
createJob            -  -  0  -  -  -  -  -  -  -  0
getJob               -  -  0  -  -  -  -  -  -  -  -
`;

/** Another project; only who was a member of the first is one there. */
export const OTHER = `
                     w  r  m  kp ks tw tr tm tc v  vh op mc mp mx
recordEvents         0  0  0  0  0  0  0  0  0  0  0  0  0  0  -
READING              0  0  0  0  0  0  0  0  0  0  0  0  0  0  +
EXPORTS UNUSUAL      0  0  0  0  0  0  0  0  0  0  0  0  0  0  x
MANAGING PROJECT     0  0  0  0  0  0  0  0  0  0  0  0  0  0  -
createViewerSession  0  0  0  0  0  0  0  0  0  0  0  0  0  0  -
createJob            0  0  0  0  0  0  0  0  0  0  0  0  0  0  -
BY_NAME PEOPLE       -  -  0  -  0  -  -  0  0  -  -  0  0  -  -
putProject           -  -  0  -  0  -  -  0  0  -  -  0  0  -  -
diffProject          -  -  0  -  0  -  -  0  0  -  -  0  0  -  -
retireViewerKey      -  -  0  -  0  -  -  0  0  -  -  0  0  -  -
denyViewerToken      -  -  0  -  0  -  -  0  0  -  -  0  0  -  -
getJob               -  -  0  -  -  -  -  0  -  -  -  -  -  -  -
`;

/** The own tenant, once it is closed: it is read and managed as before. */
export const CLOSED = `
                     ad w  r  kp tw tr tm tc v  va vr vh op
recordEvents         c  c  -  -  c  -  -  -  -  -  -  -  -
`;

/** The own tenant, once it has ended: what is left is its description. */
export const ENDED = `
                     ad w  r  kp tw tr tm tc v  va vr vh op
recordEvents         c  c  -  -  c  -  -  -  -  -  -  -  -
READING              c  -  c  c  -  c  -  c  c  c  c  c  c
EXPORTS              c  -  c  x  -  c  -  c  c  c  c  c  c
UNUSUAL              c  -  c  x  -  c  -  c  x  x  x  x  c
putWatch             c  -  c  x  -  c  -  c  x  v  v  x  c
getCatalog           +  -  +  +  -  +  -  +  +  +  +  +  +
createViewerSession  c  -  -  -  -  -  -  c  -  -  -  -  c
closeTenant          c  -  -  -  -  -  -  -  -  -  -  -  c
reopenTenant         c  -  -  -  -  -  -  -  -  -  -  -  c
`;

/** Rows of the short tables that are decided alike. */
export const GROUPS: Readonly<Record<string, string>> = {
  READING: `listEvents searchEvents countEvents histogram facets suggest tailEvents listActors
    listRecords getEvent getCatalog`,
  EXPORTS: `downloadEvents createExport listExports getExport cancelExport retryExport
    downloadExport getManifest createReport previewReport listReports getReport putReport
    deleteReport pauseReport resumeReport runReport testReport listDeliveries`,
  UNUSUAL: 'listWatches putWatch listFindings judgeFinding',
  PROJECT: 'getProject listTenants listKeys listRejects createViewerKey listViewerKeys',
  MANAGING: `explain putTenant createKey listViewerSessions createErasure listErasures listHolds
    placeHold getRetention closeTenant reopenTenant`,
  BY_NAME: 'revokeKey revokeViewerSession getErasure resumeErasure releaseHold',
  PEOPLE: `listPeople invitePerson putPerson removePerson resetPerson listPersonSessions
    endPersonSessions`,
};

/** What a key of the project may do by a single right of its role, and nothing else. */
export const BY_ONE_RIGHT: Readonly<Record<Manage, string>> = {
  keys: 'listKeys createKey revokeKey',
  tenants: 'listTenants putTenant closeTenant reopenTenant',
  people: `listPeople invitePerson putPerson removePerson listPersonSessions
    endPersonSessions`,
  sessions: `createViewerSession listViewerSessions revokeViewerSession createViewerKey
    listViewerKeys retireViewerKey denyViewerToken`,
  project: 'listProjects getProject putProject diffProject',
  rejects: 'listRejects',
  explain: 'explain',
  erasures: 'createErasure listErasures getErasure resumeErasure',
  holds: 'listHolds placeHold releaseHold',
  retention: 'getRetention',
};
