// What the claims of an M2M token become (rule O1): claims, and what upstream makes of them in a signed token.
import { encode, raw } from './rows.mjs';
import { header, jwt } from './sign.mjs';
import { machineToken } from './upstream.mjs';
import { refused, stricter, Vectors } from './vectors.mjs';

const required = { sub: 'mch_1', exp: 4102444800 };
const standard = { iss: 'https://clerk.example.com', ...required, iat: 1700000000, nbf: 1699999990, jti: 'mt_1' };

const vectors = new Vectors('O1', async claims => {
  const token = await machineToken(jwt({ ...header, cat: 'cl_B7d4PD333AAA' }, claims));
  return token.error ? { error: true } : { id: token.id, subject: token.subject, scopes: token.scopes, claims: token.claims };
});
const row = vectors.row.bind(vectors);

const wrong = stricter('a claim of the wrong kind');
const scopes = (...list) => ({ want: { scopes: list }, differs: 'empty scopes are dropped' });
const all = (scopes, claims) => ({ id: '', subject: 'mch_1', scopes, claims });

await row('nothing but what is required', required);
await row('everything but custom claims', standard);
await row('no jti', { ...standard, jti: undefined });
await row('an empty jti', { ...standard, jti: '' });
await row('no iat', { ...standard, iat: undefined });

// ---------------------------------------------------------------- scopes
await row('one scope', { ...required, scopes: 'mch_2' });
await row('several scopes', { ...required, scopes: 'mch_2 mch_3 jobs:run' });
await row('scopes, before aud', { ...required, scopes: 'mch_2', aud: ['mch_3'] });
await row('scopes keep their order and what is there twice', { ...required, scopes: 'c a b a' });
await row('scopes outside ASCII', { ...required, scopes: 'żółw 漢字' });
await row('a tab does not separate', { ...required, scopes: 'a\tb c' });
await row('a line feed does not separate', { ...required, scopes: 'a\nb' });
await row('a no-break space does not separate', { ...required, scopes: 'a\u00a0b' });
await row('a comma does not separate', { ...required, scopes: 'a,b' });
await row('empty scopes', { ...required, scopes: '' }, scopes());
await row('empty scopes, before aud', { ...required, scopes: '', aud: ['mch_3'] }, scopes());
await row('a space for scopes', { ...required, scopes: ' ' }, scopes());
await row('two spaces', { ...required, scopes: 'a  b' }, scopes('a', 'b'));
await row('spaces around', { ...required, scopes: ' a b ' }, scopes('a', 'b'));
const list = (...list) => ({ want: all(list, { scopes: list }), differs: 'upstream throws; here scopes may be an array' });
await row('scopes as an array', { ...required, scopes: ['mch_2', 'mch_3'] }, list('mch_2', 'mch_3'));
await row('scopes as an array, before aud', { ...required, scopes: ['mch_2'], aud: ['mch_3'] }, { ...list('mch_2'), want: all(['mch_2'], { scopes: ['mch_2'], aud: ['mch_3'] }) });
await row('scopes as an array are not split', { ...required, scopes: ['a b'] }, list('a b'));
await row('scopes as an empty array', { ...required, scopes: [] }, list());
await row('scopes as an array with empty ones', { ...required, scopes: ['', 'a', ''] }, { ...list('a'), want: all(['a'], { scopes: ['', 'a', ''] }) });
for (const value of [5, true, false, {}, { 0: 'a' }, [5], ['a', 5], ['a', null], [['a']]]) await row(`scopes ${encode(value)}`, { ...required, scopes: value }, refused);
await row('scopes null', { ...required, scopes: null }, wrong);
await row('scopes null, with aud', { ...required, scopes: null, aud: ['mch_3'] }, wrong);

// ---------------------------------------------------------------- aud in their place
await row('aud for scopes', { ...required, aud: ['mch_2', 'mch_3'] });
await row('an empty aud', { ...required, aud: [] });
await row('aud elements are not split', { ...required, aud: ['a b'] });
await row('aud with empty ones', { ...required, aud: ['', 'a'] }, scopes('a'));
await row('aud as a string gives no scopes', { ...required, aud: 'mch_2' }, { want: { scopes: [] }, differs: 'upstream gives a string for the list' });
vectors.rule = 'V7';
for (const value of [5, true, {}, [5], ['a', 5], ['a', null], [['a']], null]) await row(`aud ${encode(value)}`, { ...required, aud: value }, wrong);
vectors.rule = 'O1';

// ---------------------------------------------------------------- custom claims
await row('a custom claim', { ...required, tenant: 'acme' });
await row('custom claims of every kind', {
  ...standard, text: 'x', empty: '', yes: true, no: false, nothing: null, integer: 42, negative: -1, fraction: 0.25, list: [1, 'a', null, [], {}], object: { a: { b: { c: [] } } }, none: {}, emptyList: [],
});
await row('custom claims outside ASCII', { ...required, 'ключ': 'Zażółć gęślą jaźń', '漢字': '🚀', e: 'e\u0301' });
await row('custom claims with odd names', { ...required, '': 'empty', ' ': 'space', 'a.b': 1, 'https://example.com/claim': true, '0': 'zero', 'with "quotes"': 1, SUB: 'x', Jti: 'y', constructor: 1, toString: 2 });
await row('claims of sessions and OAuth are custom here', { ...standard, sid: 'sess_1', azp: 'https://app.example.com', client_id: 'client_1', scope: 'a b', org_id: 'org_1', v: 2 });
await row('aud and scopes are custom claims too', { ...standard, aud: ['mch_2'], scopes: 'mch_2' });
await row('an object with reserved names inside', { ...standard, inner: { sub: 'user_1', exp: 1, jti: 'x' } });
await row('an escaped reserved name', raw('{"sub":"mch_1","exp":4102444800,"\\u006ati":"mt_1","a":1}'));
await row('the largest exact integer', { ...required, n: 9007199254740991 });
const digits = { n: 9007199254740993n, m: 18446744073709551615n, huge: 123456789012345678901234567890n, list: [9223372036854775807n] };
await row('integers above 2^53', { ...required, ...digits }, { want: { claims: digits }, differs: 'upstream rounds; here the digits are kept' });
const proto = raw('{"__proto__":{"admin":true},"a":1}');
await row('a claim named __proto__', raw('{"sub":"mch_1","exp":4102444800,"__proto__":{"admin":true},"a":1}'), { want: { claims: proto }, differs: 'upstream loses it; here it is a claim like any other' });

// ---------------------------------------------------------------- what is wrong
for (const value of [5, true, null, {}, ['mt_1']]) await row(`jti ${encode(value)}`, { ...required, jti: value }, wrong);
vectors.rule = 'C4';
await row('a machine without an ID', { ...required, sub: 'mch_' }, stricter('a machine without an ID is no machine'));
vectors.rule = 'V6';
await row('no exp', { sub: 'mch_1' }, refused);
for (const name of ['exp', 'nbf', 'iat']) {
  for (const value of ['4102444800', null, {}, [4102444800]]) await row(`${name} ${encode(value)}`, { ...required, [name]: value }, refused);
  for (const value of [0, -1]) await row(`${name} ${value}`, { ...required, [name]: value }, name === 'exp' ? refused : stricter('dates are above 0'));
}
await row('exp in the last second of the year 9999', { ...required, exp: 253402300799 });
await row('exp after the year 9999', { ...required, exp: 253402300800 }, stricter('dates end with the year 9999'));
await row('dates with fractions', { ...required, exp: 4102444800.5, nbf: 1699999990.25, iat: raw('1.7e9') });
vectors.rule = 'V9';
for (const value of [5, null, ['https://clerk.example.com']]) await row(`iss ${encode(value)}`, { ...required, iss: value }, wrong);

vectors.write('m2m_claims.json');
