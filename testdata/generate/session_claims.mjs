// What the claims of a session become (rule O4): claims, and what upstream makes of them.
import { encode, raw } from './rows.mjs';
import { sessionAuth } from './upstream.mjs';
import { refused, stricter, Vectors } from './vectors.mjs';

const user = { sub: 'user_1', sid: 'sess_1', iat: 1700000000, exp: 4102444800 };

const properties = auth => auth.error ? { error: true } : {
  user_id: auth.userId ?? null,
  session_id: auth.sessionId ?? null,
  org_id: auth.orgId ?? null,
  org_role: auth.orgRole ?? null,
  org_slug: auth.orgSlug ?? null,
  org_permissions: auth.orgPermissions ?? null,
  actor: auth.actor ?? null,
  fva: auth.factorVerificationAge ?? null,
  status: auth.sessionStatus ?? null,
};

const vectors = new Vectors('O4', claims => properties(sessionAuth(JSON.parse(encode(claims)))));
const row = vectors.row.bind(vectors);

// ---------------------------------------------------------------- version 1
const v1 = { ...user, org_id: 'org_1', org_role: 'org:admin', org_slug: 'acme', org_permissions: ['org:reports:read', 'org:reports:write'] };
await row('no organization', user);
await row('v absent', v1);
await row('v 1', { ...v1, v: 1 });
await row('v null', { ...v1, v: null });
await row('v 0', { ...v1, v: 0 });
await row('v 3 is read as version 1', { ...v1, v: 3 });
await row('v "2", a string, is read as version 1', { ...v1, v: '2' });
await row('v true is read as version 1', { ...v1, v: true });
await row('v "2" with claims of version 2: no organization', { ...user, v: '2', o: { id: 'org_1', rol: 'admin' } });
await row('v absent with claims of version 2: no organization', { ...user, fea: 'o:reports', o: { id: 'org_1', rol: 'admin', per: 'read', fpm: '1' } });
await row('version 1 without a role', { ...v1, org_role: undefined });
await row('version 1 without permissions', { ...v1, org_permissions: undefined });
await row('version 1 with null for everything', { ...user, org_id: null, org_role: null, org_slug: null, org_permissions: null, act: null, fva: null, sts: null });
await row('version 1 with no permissions', { ...v1, org_permissions: [] });
await row('version 1 with a role that has no prefix', { ...v1, org_role: 'admin' });
await row('version 1 with permissions outside ASCII', { ...v1, org_slug: 'żółw', org_permissions: ['org:отчёты:читать'] });

// ---------------------------------------------------------------- version 2
const organization = { id: 'org_1', slg: 'acme', rol: 'admin', per: 'read,write,manage', fpm: '1,2' };
const v2 = (o, fea = 'o:reports,o:billing') => ({ ...user, v: 2, fea, o: { ...organization, ...o } });
await row('version 2', v2());
await row('v 2.0', { ...v2(), v: raw('2.0') });
await row('v 20e-1', { ...v2(), v: raw('20e-1') });
await row('version 2 without o', { ...v2(), o: undefined });
await row('version 2 with o null', { ...v2(), o: null });
await row('version 2 with an empty o', { ...v2(), o: {} });
await row('version 2 with claims of version 1 only: no organization', { ...v1, v: 2 });
await row('version 2 with both: version 2 holds', { ...v1, ...v2({ id: 'org_2', rol: 'member', slg: 'other' }) });
await row('version 2 without a slug', v2({ slg: undefined }));
await row('version 2 without a role', v2({ rol: undefined }));
await row('version 2 with an empty role', v2({ rol: '' }));
await row('version 2 with a role that has its prefix', v2({ rol: 'org:admin' }));
await row('version 2 without per', v2({ per: undefined }));
await row('version 2 without fpm', v2({ fpm: undefined }));
await row('version 2 without fea', { ...v2(), fea: undefined });
await row('version 2 with fea null', { ...v2(), fea: null });
await row('version 2 with an empty per', v2({ per: '' }));
await row('version 2 with an empty fpm', v2({ fpm: '' }));
await row('version 2 with an empty fea', v2({}, ''));

await row('every bit of two features', v2({ fpm: '7,7' }));
await row('no bit', v2({ fpm: '0,0' }));
await row('the lowest bit is the first permission', v2({ fpm: '1,4' }));
await row('bits beyond the permissions', v2({ fpm: '255,8' }));
await row('fewer masks than features', v2({ fpm: '3' }));
await row('more masks than features', v2({ fpm: '1,2,4,7' }));
await row('one permission', v2({ per: 'read', fpm: '1,0' }));
await row('leading zeros', v2({ fpm: '0003,00' }));
await row('white space around permissions and masks', v2({ per: ' read , write\t,manage ', fpm: ' 1 ,\t2 ' }));
await row('white space around features', v2({}, ' o:reports , o:billing '));
await row('white space within a feature', v2({}, 'o: reports,o:bil ling'));
for (const mask of ['', ' ', 'abc', '0x3', '0b11', '-1', '+1', '1.0', '1e1', '1_0', '3 5', '３', 'NaN', 'Infinity']) {
  await row(`a mask that is no decimal number grants nothing: ${JSON.stringify(mask)}`, v2({ fpm: `${mask},3` }));
}
const many = Array.from({ length: 130 }, (_, i) => `p${i}`).join(',');
await row('a mask of 54 bits', v2({ per: many, fpm: `${2n ** 53n + 1n},0` }));
await row('a mask of 64 bits', v2({ per: many, fpm: `${2n ** 64n - 1n},0` }));
await row('a mask of 65 bits', v2({ per: many, fpm: `${2n ** 64n + 1n},${2n ** 64n}` }));
await row('a mask of 130 bits', v2({ per: many, fpm: `${2n ** 129n + 2n ** 100n + 2n ** 63n + 1n},${2n ** 128n}` }));
await row('a mask of 600 bits', v2({ fpm: `${2n ** 600n + 5n},${2n ** 599n}` }));

await row("masks are counted over the organization's features", v2({ fpm: '1,2,4' }, 'u:export,o:reports,u:import,ou:billing,uo:audit'));
await row("a user's features only", v2({}, 'u:reports,u:billing'));
await row('ou and uo count', v2({ fpm: '1,2' }, 'ou:reports,uo:billing'));
await row('features of an unknown scope are not counted', v2({ fpm: '1,2' }, 'x:other,o:reports,org:more,O:most,o:billing'));
await row('one feature twice', v2({ fpm: '1,2' }, 'o:reports,o:reports'));
await row('one permission twice', v2({ per: 'read,read', fpm: '3' }, 'o:reports'));
await row('an empty permission in between', v2({ per: 'read,,write', fpm: '5' }, 'o:reports'));
await row('a feature with a colon', v2({ fpm: '1' }, 'o:reports:x'));
await row('a plan is no feature', { ...v2({}, ''), pla: 'o:reports' });
const nothingGranted = {
  want: properties({ userId: 'user_1', sessionId: 'sess_1', orgId: 'org_1', orgRole: 'org:admin', orgSlug: 'acme', orgPermissions: [] }),
  differs: 'upstream throws; here such a fea grants nothing',
};
for (const fea of ['reports', 'o:reports,billing', 'o:reports,', ',o:reports', 'o:reports,,o:billing', ' ']) {
  await row(`a feature without a colon: ${JSON.stringify(fea)}`, v2({}, fea), nothingGranted);
}
await row('a feature without a colon means nothing in version 1', { ...v1, fea: 'reports' });

// ---------------------------------------------------------------- the rest
await row('an actor', { ...user, act: { sub: 'user_support' } });
await row('an actor with an issuer and a session', { ...user, act: { sub: 'user_support', iss: 'https://dashboard.example.com', sid: 'sess_2' } });
await row('active', { ...user, sts: 'active' });
await row('both factors', { ...user, fva: [3, 61] });
await row('no second factor', { ...user, fva: [3, -1] });
await row('no factor', { ...user, fva: [-1, -1] });
await row('ages with fractions', { ...user, fva: [0.5, 9.75] });
const noAges = { want: { fva: null }, stricter: 'ages that make no sense are none' };
for (const fva of [[], [5], [5, 5, 5], ['5', '5'], [5, null], [-2, 5], [5, -0.5], 5, '5,5', {}]) {
  await row(`no pair of ages: ${JSON.stringify(fva)}`, { ...user, fva }, noAges);
}
await row('an empty status', { ...user, sts: '' });

const wrong = stricter('a claim of the wrong kind');
await row('org_id a number', { ...v1, org_id: 5 }, wrong);
await row('org_role an array', { ...v1, org_role: ['org:admin'] }, wrong);
await row('org_permissions a string', { ...v1, org_permissions: 'org:reports:read' }, wrong);
await row('org_permissions with a number', { ...v1, org_permissions: ['org:reports:read', 5] }, wrong);
await row('o a string', { ...v2(), o: 'org_1' }, wrong);
await row('o an array', { ...v2(), o: ['org_1'] }, wrong);
await row('o.id a number', v2({ id: 5 }), wrong);
await row('o.per an array', v2({ per: ['read'] }), refused);
await row('o.fpm a number', v2({ fpm: 3 }), refused);
await row('fea a number', v2({}, 5), refused);
await row('sts a number', { ...user, sts: 5 }, wrong);
vectors.rule = 'V10';
for (const sid of [undefined, '', null, 5]) await row(`sid ${encode(sid)}`, { ...user, sid }, stricter('a session has an ID'));

vectors.write('session_claims.json');
