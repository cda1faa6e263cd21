// Authorization vectors (rules A1 to A4): claims of a session, what is asked of it, what upstream's has() says.
import { writeRows } from './rows.mjs';
import { sessionAuth } from './upstream.mjs';

const user = { sub: 'user_1', sid: 'sess_1' };

const rows = [];
const seen = new Set();
let rule;
function row(session, ask, note) {
  const id = JSON.stringify([session, ask]);
  if (seen.has(id)) return;
  seen.add(id);
  const auth = sessionAuth(session);
  const upstream = auth.error ? false : auth.has(ask);
  const stricter = upstream ? malformed(ask) : undefined;
  rows.push({ rule, session, ask, upstream, want: stricter ? false : upstream, note: auth.error ? 'upstream throws' : note, stricter });
}

// Why we deny what upstream allows: what is malformed denies (A1).
function malformed({ role, permission, feature, plan }) {
  if (role?.replace(/^(org:)+/, '') === '') return 'an empty role';
  if (permission?.replace(/^(org:)+/, '') === '') return 'an empty permission';
  for (const entitlement of [feature, plan]) {
    if (entitlement === undefined) continue;
    const [scope, name, ...more] = entitlement.split(':');
    if (more.length > 0) return 'more than a scope and a name';
    if ((name ?? scope) === '') return 'an empty name';
  }
}

// ---------------------------------------------------------------- A1: everything asked, and nothing malformed
rule = 'A1';
const full = {
  ...user, v: 2, fea: 'o:reports,u:export', pla: 'u:pro', fva: [5, 5],
  o: { id: 'org_1', slg: 'acme', rol: 'admin', per: 'read,write', fpm: '3' },
};
const dimensions = {
  role: ['admin', 'member'],
  permission: ['reports:read', 'reports:delete'],
  feature: ['reports', 'other'],
  plan: ['pro', 'other'],
  reverification: ['strict', 'unheard_of'],
};
let asks = [{}];
for (const [name, values] of Object.entries(dimensions)) {
  asks = asks.flatMap(ask => [ask, ...values.map(value => ({ ...ask, [name]: value }))]);
}
for (const ask of asks) row(full, ask);
for (const sub of [undefined, null, '']) {
  for (const ask of [{}, { role: 'admin' }, { permission: 'reports:read' }, { feature: 'reports' }, { plan: 'pro' }, { reverification: 'lax' }]) {
    row({ ...full, sub }, ask, 'nobody');
  }
}
for (const ask of [{}, { role: 'admin' }, { permission: 'reports:read' }, { feature: 'reports' }, { plan: 'pro' }, { reverification: 'lax' }]) {
  row(user, ask, 'a user and nothing else');
}

// ---------------------------------------------------------------- A2: roles and permissions
rule = 'A2';
const v1 = (org_role, org_permissions) => ({ ...user, org_id: 'org_1', org_role, org_permissions });
const v2 = (rol, per, fpm, fea) => ({ ...user, v: 2, fea, o: { id: 'org_1', rol, per, fpm } });
const prefixes = ['', 'org:', 'org:org:', 'org:org:org:'];

for (const asked of [...prefixes.flatMap(p => [`${p}admin`, `${p}member`]), '', 'org:', 'org:org:', 'Admin', 'ORG:admin', ' admin', 'admin ', 'org: admin', 'org', 'organization:admin', 'o:admin', 'admin:org:', 'adm', 'admins']) {
  for (const role of ['admin', 'org:admin', 'org:org:admin', 'org:']) row(v1(role), { role: asked });
  for (const role of ['admin', 'org:admin']) row(v2(role), { role: asked });
}
for (const role of ['', undefined, null]) {
  for (const asked of ['admin', 'org:admin', '', 'org:']) {
    row(v1(role), { role: asked });
    row(v2(role), { role: asked });
  }
}
for (const org_id of [undefined, null, '']) {
  row({ ...v1('org:admin', ['org:reports:read']), org_id }, { role: 'admin' }, 'no organization');
  row({ ...v1('org:admin', ['org:reports:read']), org_id }, { permission: 'reports:read' }, 'no organization');
}
row({ ...user, v: 2, o: { rol: 'admin' } }, { role: 'admin' }, 'no organization');
row({ ...user, v: 2, o: { id: '', rol: 'admin' } }, { role: 'admin' }, 'no organization');
row({ ...v1('org:admin', ['org:reports:read']), v: 2 }, { role: 'admin' }, 'claims of version 1 say nothing in version 2');
row({ ...v1('org:admin', ['org:reports:read']), v: 2 }, { permission: 'reports:read' }, 'claims of version 1 say nothing in version 2');
row({ ...user, o: { id: 'org_1', rol: 'admin' } }, { role: 'admin' }, 'claims of version 2 say nothing in version 1');

const asked = [
  ...prefixes.flatMap(p => [`${p}reports:read`, `${p}reports:write`, `${p}billing:manage`]), 'reports', 'org:reports', 'read', ':read', 'reports:', '', 'org:', 'org:org:',
  'Reports:read', ' reports:read', 'reports:read ', 'reports:read:x', 'sys:memberships:manage', 'org:sys_memberships:manage',
];
for (const permission of asked) {
  row(v1('org:member', ['org:reports:read', 'org:sys_memberships:manage']), { permission });
  row(v1('org:member', ['reports:read', 'org:org:reports:write', 'org:']), { permission }, 'the claims are not folded');
  row(v1('org:member', []), { permission });
  row(v2('member', 'read,write,manage', '1,4', 'o:reports,u:export,uo:billing'), { permission });
}
for (const permission of ['reports:read', 'org:reports:read', '']) {
  for (const org_permissions of [undefined, null]) row(v1('org:member', org_permissions), { permission });
  row(v2('member', undefined, '1', 'o:reports'), { permission });
  row(v2('member', 'read', undefined, 'o:reports'), { permission });
  row(v2('member', 'read', '1', undefined), { permission });
  row(v2('member', 'read', '1', 'u:reports'), { permission }, "a user's feature grants nothing in an organization");
}

// ---------------------------------------------------------------- A3: reverification
rule = 'A3';
const levels = ['strict_mfa', 'strict', 'moderate', 'lax'];
const ages = [-1, 0, 5, 9, 10, 11, 59, 60, 61, 1439, 1440];
for (const reverification of levels) {
  for (const first of ages) {
    for (const second of ages) row({ ...user, fva: [first, second] }, { reverification });
  }
}
for (const reverification of ['strict_mfa', 'lax']) {
  for (const fva of [
    undefined, null, [], [5], [5, 5, 5], ['5', '5'], ['5', 5], [5, '5'], [5, null], [null, 5], [-2, 5], [5, -2], [-1, -2], [-0.5, 5], [-1.5, 5], [true, true],
    [[5], 5], {}, { 0: 5, 1: 5 }, '5,5', 5, true, false, 0, '',
  ]) {
    row({ ...user, fva }, { reverification }, 'no pair of ages');
  }
  for (const fva of [[9.5, 9.5], [9.999, 9.999], [10.001, 9.999], [59.5, 59.5], [1439.5, 1439.5], [-1, 9.5], [2e8, -1], [1e11, 2e8], [2e8, 0], [1e15, 0], [0, 1e15]]) {
    row({ ...user, fva }, { reverification }, 'fractions and large ages');
  }
}
for (const reverification of ['', 'STRICT', 'strict ', 'first_factor', 'second_factor', 'multi_factor', 'none', 'constructor', '__proto__']) {
  row({ ...user, fva: [0, 0] }, { reverification }, 'no such level');
}

// ---------------------------------------------------------------- A4: features and plans
rule = 'A4';
const scopes = ['', 'o:', 'org:', 'organization:', 'u:', 'user:', 'x:', 'ou:', 'uo:', 'O:', 'orgs:', ' o:', ':'];
const forms = name => scopes.map(scope => scope + name);
const odd = ['', ':', 'o:', 'org:', 'u:', 'user:', 'x:', 'o', 'org', 'o:o:reports', 'o:reports:x', 'u:export:x', 'reports:', 'reports:o', ' reports', 'reports ', 'o: reports', 'Reports', 'reports,export', 'o:reports,u:export'];
const every = 'o:reports,u:export,ou:both,uo:either';
for (const form of ['reports', 'export', 'both', 'other'].flatMap(forms)) row({ ...user, v: 2, fea: every }, { feature: form });
for (const form of odd) row({ ...user, v: 2, fea: every }, { feature: form });
for (const form of ['pro', 'business', 'free'].flatMap(forms)) row({ ...user, v: 2, pla: 'u:pro,o:business' }, { plan: form });
for (const form of odd) row({ ...user, v: 2, pla: every }, { plan: form });
for (const claim of [
  'o:', 'u:', 'o:o', 'o:org,u:user', ' o:reports , u:export ', 'o:reports,o:reports', 'o:reports:x', 'O:reports', 'x:reports', 'x:other,o:reports', ':reports', 'org:reports', 'user:export',
  'o: reports', 'reports', 'reports,o:reports', 'o:reports,', ',o:reports', 'o:reports,,u:export', ',', ' ', '', undefined, null, 5, true, ['o:reports'], { o: 'reports' },
]) {
  for (const form of ['reports', 'o:reports', 'u:export', '', 'o:', 'u:', 'org:reports:x']) row({ ...user, fea: claim }, { feature: form });
  for (const form of ['reports', '']) row({ ...user, pla: claim }, { plan: form });
}
row({ ...user, fea: 'o:reports' }, { plan: 'reports' }, 'a feature is no plan');
row({ ...user, pla: 'o:reports' }, { feature: 'reports' }, 'a plan is no feature');
row({ ...user, v: 2, fea: 'reports', o: { id: 'org_1', rol: 'admin' } }, { feature: 'reports' });
row({ ...user, v: 2, fea: 'o:a', pla: 'pro', o: { id: 'org_1', rol: 'admin' } }, { plan: 'pro' });

writeRows('authorize.json', rows);
const count = test => rows.filter(test).length;
console.log(`  allowed ${count(r => r.want)}, denied ${count(r => !r.want)}, stricter ${count(r => r.stricter)}`);
