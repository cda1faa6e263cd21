// What the claims of an OAuth access token become (rule O2): claims, and what upstream makes of them in a signed token.
import { encode } from './rows.mjs';
import { header, jwt } from './sign.mjs';
import { machineToken } from './upstream.mjs';
import { refused, stricter, Vectors } from './vectors.mjs';

const required = { sub: 'user_1', client_id: 'client_1', exp: 4102444800 };
const standard = { iss: 'https://clerk.example.com', ...required, aud: 'https://api.example.com', iat: 1700000000, nbf: 1699999990, jti: 'oat_1' };

const vectors = new Vectors('O2', async claims => {
  const token = await machineToken(jwt({ ...header, typ: 'at+jwt' }, claims));
  return token.error ? { error: true } : { id: token.id, subject: token.subject, client_id: token.clientId, scopes: token.scopes };
});
const row = vectors.row.bind(vectors);

const wrong = stricter('a claim of the wrong kind');
const scopes = (...list) => ({ want: { scopes: list }, differs: 'empty scopes are dropped' });

await row('nothing but what is required', required);
await row('as RFC 9068 has it', { ...standard, scope: 'openid profile' });
await row('no jti', { ...standard, jti: undefined });
await row('the client itself as subject', { ...standard, sub: 'client_1', scope: 'reports:read' });
await row('further claims', { ...standard, scope: 'a', azp: 'https://app.example.com', sid: 'sess_1', org_id: 'org_1', scopes: 'x y', auth_time: 1700000000, acr: '1', act: { sub: 'agent_1' }, deep: { scope: 'z' } });

// ---------------------------------------------------------------- client
for (const client_id of [undefined, '', null, 5, {}, ['client_1']]) {
  await row(client_id === undefined ? 'no client_id' : `client_id ${encode(client_id)}`, { ...standard, client_id }, stricter('client_id is required (RFC 9068 section 2.2)'));
}
await row('azp is no client', { ...standard, client_id: undefined, azp: 'client_1' }, stricter('client_id is required (RFC 9068 section 2.2)'));
await row('Client_ID is no client', { ...standard, client_id: undefined, Client_ID: 'client_1' }, stricter('client_id is required (RFC 9068 section 2.2)'));

// ---------------------------------------------------------------- scopes
await row('one scope', { ...required, scope: 'a' });
await row('several scopes', { ...required, scope: 'openid reports:read https://example.com/scope' });
await row('scopes keep their order and what is there twice', { ...required, scope: 'c a b a' });
await row('scopes that differ in case', { ...required, scope: 'read READ' });
await row('a tab does not separate', { ...required, scope: 'a\tb c' });
await row('a line feed does not separate', { ...required, scope: 'a\nb' });
await row('a comma does not separate', { ...required, scope: 'a,b' });
await row('an empty scope', { ...required, scope: '' }, scopes());
await row('a space for a scope', { ...required, scope: ' ' }, scopes());
await row('two spaces', { ...required, scope: 'a  b' }, scopes('a', 'b'));
await row('spaces around', { ...required, scope: ' a b ' }, scopes('a', 'b'));
await row('scp', { ...required, scp: ['a', 'b'] });
await row('scp, empty', { ...required, scp: [] });
await row('scp keeps its order and what is there twice', { ...required, scp: ['c', 'a', 'b', 'a'] });
await row('scp with empty ones', { ...required, scp: ['', 'a', ''] }, scopes('a'));
await row('scp is not split', { ...required, scp: ['a b'] });

// ---------------------------------------------------------------- scope and scp
const conflict = stricter('scope and scp say different things');
await row('both the same', { ...required, scope: 'a b', scp: ['a', 'b'] });
await row('both the same, in another order: that of scp', { ...required, scope: 'a b', scp: ['b', 'a'] });
await row('both empty', { ...required, scope: '', scp: [] });
await row('scp says more', { ...required, scope: 'a', scp: ['a', 'b'] }, conflict);
await row('scope says more', { ...required, scope: 'a b', scp: ['a'] }, conflict);
await row('scp says something else', { ...required, scope: 'a', scp: ['b'] }, conflict);
await row('scp differs in case', { ...required, scope: 'a', scp: ['A'] }, conflict);
await row('scp empty, scope not', { ...required, scope: 'a', scp: [] }, conflict);
await row('scope empty, scp not', { ...required, scope: '', scp: ['a'] }, conflict);
await row('scp with what scope separates', { ...required, scope: 'a b', scp: ['a b'] }, conflict);

// ---------------------------------------------------------------- what is wrong
for (const value of ['a', '', 5, true, {}, [5], ['a', 5], ['a', null], [['a']], null]) await row(`scp ${encode(value)}`, { ...required, scp: value }, wrong);
for (const value of [5, true, {}, ['a'], []]) await row(`scope ${encode(value)}`, { ...required, scope: value }, refused);
await row('scope null', { ...required, scope: null }, wrong);
await row('scope null, with scp', { ...required, scope: null, scp: ['a'] }, wrong);
await row('scp null, with scope', { ...required, scope: 'a', scp: null }, wrong);
await row('scope an array, with the same scp', { ...required, scope: ['a'], scp: ['a'] }, wrong);
for (const value of [5, true, null, {}, ['oat_1']]) await row(`jti ${encode(value)}`, { ...required, jti: value }, wrong);
vectors.rule = 'C5';
for (const value of [undefined, null, 5, {}, ['user_1']]) await row(value === undefined ? 'no sub' : `sub ${encode(value)}`, { ...required, sub: value }, refused);
await row('sub ""', { ...required, sub: '' }, stricter('an empty subject is nobody'));
vectors.rule = 'V7';
await row('aud a string', { ...required, aud: 'https://api.example.com' });
await row('aud an array', { ...required, aud: ['https://api.example.com', 'https://reports.example.com'] });
for (const value of [5, true, {}, [5], ['a', 5], ['a', null], [['a']], null]) await row(`aud ${encode(value)}`, { ...required, aud: value }, wrong);

vectors.write('oauth_claims.json');
