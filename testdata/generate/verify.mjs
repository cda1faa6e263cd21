// Loads every file and holds it to what README.md says of it. Exits 1 where something is off.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { compactVerify, createLocalJWKSet } from 'jose';
import { read } from './rows.mjs';

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const types = ['session_token', 'm2m_token', 'oauth_token', 'api_key'];

// Every row on a line of its own, with all of `required`, and nothing beyond them and `optional`.
function load(file, { rows: [least, most], required, optional = [], unique }) {
  const rows = JSON.parse(read(file));
  assert.equal(read(file).split('\n').length, rows.length + 3, `${file}: one row per line`);
  assert.ok(rows.length >= least && rows.length <= most, `${file}: ${rows.length} rows`);
  for (const row of rows) {
    const names = Object.keys(row);
    assert.deepEqual(required.filter(name => !names.includes(name)), [], `${file}: ${row.name}: missing`);
    assert.deepEqual(names.filter(name => !required.includes(name) && !optional.includes(name)), [], `${file}: ${row.name}: unknown`);
  }
  assert.equal(new Set(rows.map(unique)).size, rows.length, `${file}: rows are unique`);
  console.log(`${file}: ${rows.length} rows`);
  return rows;
}

function rulesOf(rows, ...rules) {
  assert.deepEqual([...new Set(rows.map(row => row.rule))].sort(), rules);
}

// ---------------------------------------------------------------- keys
const jwks = JSON.parse(read('keys/jwks.json'));
assert.deepEqual(jwks.keys.map(key => key.alg), algorithms);
for (const key of jwks.keys) {
  assert.equal(key.kid, `ins_${key.alg}`);
  assert.equal(key.use, 'sig');
  assert.equal('d' in key, false);
  const publicKey = createPublicKey({ key, format: 'jwk' });
  assert.ok(publicKey.equals(createPublicKey(read(`keys/${key.alg}.public.pem`))));
  assert.ok(publicKey.equals(createPublicKey(createPrivateKey(read(`keys/${key.alg}.private.pem`)))));
  if (key.kty === 'RSA') assert.equal(publicKey.asymmetricKeyDetails.modulusLength, 2048);
}
assert.equal(new Set(jwks.keys.map(key => key.n ?? key.x)).size, algorithms.length, 'no key has two IDs');
const headerless = read('keys/clerk-jwt-key.txt');
assert.match(headerless, /^[A-Za-z0-9+/]+=*$/);
assert.ok(createPublicKey({ key: Buffer.from(headerless, 'base64'), format: 'der', type: 'spki' }).equals(createPublicKey(read('keys/RS256.public.pem'))));

// ---------------------------------------------------------------- tokens
const tokens = load('tokens/jose.json', {
  rows: [60, 60],
  required: ['alg', 'kind', 'variant', 'key', 'token', 'header', 'claims'],
  unique: row => `${row.alg} ${row.kind} ${row.variant}`,
});
const joseText = read('tokens/jose.json');
const keySet = createLocalJWKSet(jwks);
for (const { alg, key, token, header, claims } of tokens) {
  const { payload, protectedHeader } = await compactVerify(token, keySet, { algorithms: [alg] });
  assert.deepEqual(protectedHeader, header);
  assert.equal(header.kid, key);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(payload)), claims);
  assert.ok(joseText.includes(`"claims":${new TextDecoder().decode(payload)}`), 'claims are the payload to the digit');
  assert.equal(claims.iat, 1700000000);
  assert.equal(claims.exp, 4102444800);
}
for (const alg of algorithms) {
  for (const kind of ['session', 'm2m', 'oauth']) assert.equal(tokens.filter(row => row.alg === alg && row.kind === kind).length, 2);
}

// ---------------------------------------------------------------- classification
const classify = load('classify.json', {
  rows: [400, 500],
  required: ['name', 'rule', 'token', 'expect', 'upstream'],
  optional: ['stricter'],
  unique: row => row.name,
});
rulesOf(classify, 'C1', 'C2', 'C3', 'C4', 'C5');
const isClass = c => types.includes(c.type) && ['jwt', 'opaque'].includes(c.format);
for (const { name, token, expect, upstream, stricter } of classify) {
  assert.equal(typeof token, 'string');
  assert.ok(expect.error === true || isClass(expect), name);
  assert.ok(typeof upstream.error === 'string' || isClass(upstream), name);
  if (expect.format === 'jwt') assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/, name);
  const agree = expect.error ? Boolean(upstream.error ?? upstream.refused) : expect.type === upstream.type && expect.format === upstream.format;
  assert.equal(agree, stricter === undefined, name);
}

// ---------------------------------------------------------------- authorization
const authorize = load('authorize.json', {
  rows: [1400, 1550],
  required: ['rule', 'session', 'ask', 'upstream', 'want'],
  optional: ['note', 'stricter'],
  unique: row => JSON.stringify([row.session, row.ask]),
});
rulesOf(authorize, 'A1', 'A2', 'A3', 'A4');
for (const { ask, upstream, want, stricter } of authorize) {
  for (const [name, value] of Object.entries(ask)) {
    assert.ok(['role', 'permission', 'feature', 'plan', 'reverification'].includes(name));
    assert.equal(typeof value, 'string');
  }
  assert.equal(typeof upstream, 'boolean');
  assert.equal(want, stricter ? false : upstream);
  if (stricter) assert.equal(upstream, true);
}
for (const rule of ['A1', 'A2', 'A3', 'A4']) {
  for (const want of [true, false]) assert.ok(authorize.filter(row => row.rule === rule && row.want === want).length > 20);
}

// ---------------------------------------------------------------- claims
function loadClaims(file, rows, members) {
  const list = load(file, { rows, required: ['name', 'rule', 'claims', 'want'], optional: ['upstream', 'stricter', 'differs'], unique: row => row.name });
  for (const { name, want, upstream, stricter, differs } of list) {
    assert.deepEqual(Object.keys(want), want.error ? ['error'] : members, name);
    assert.equal(upstream !== undefined, stricter !== undefined || differs !== undefined, name);
    assert.ok(stricter === undefined || differs === undefined, name);
    if (!want.error && want.scopes) assert.ok(want.scopes.every(scope => typeof scope === 'string' && scope !== ''), name);
  }
  return list;
}
const session = ['user_id', 'session_id', 'org_id', 'org_role', 'org_slug', 'org_permissions', 'actor', 'fva', 'status'];
rulesOf(loadClaims('session_claims.json', [100, 150], session), 'O4', 'V10');
rulesOf(loadClaims('m2m_claims.json', [80, 120], ['id', 'subject', 'scopes', 'claims']), 'C4', 'O1', 'V6', 'V7', 'V9');
rulesOf(loadClaims('oauth_claims.json', [70, 120], ['id', 'subject', 'client_id', 'scopes']), 'C5', 'O2', 'V7');

// ---------------------------------------------------------------- size
const testdata = new URL('../', import.meta.url);
const size = ['', 'keys/', 'tokens/'].flatMap(dir => readdirSync(new URL(dir, testdata)).map(name => statSync(new URL(dir + name, testdata))))
  .filter(stat => stat.isFile()).reduce((sum, stat) => sum + stat.size, 0);
assert.ok(size < 2_000_000);
assert.doesNotMatch(read('generate/package-lock.json'), /"resolved"|registry/, 'the lock file names no registry');
console.log(`all well: ${Math.round(size / 1000)} kB`);
