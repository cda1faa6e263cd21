// Tokens as Clerk's issuer mints them, signed by npm's jose with each of the ten algorithms.
import { CompactSign, importPKCS8 } from 'jose';
import { encode, read, writeRows } from './rows.mjs';

const iss = 'https://clerk.example.com';
const iat = 1700000000;
const exp = 4102444800; // the year 2100

const tokens = [
  {
    kind: 'session',
    variant: 'version 1',
    header: { typ: 'JWT', cat: 'cl_I7d4PD111III' },
    claims: {
      azp: 'https://app.example.com', exp, fva: [12, -1], iat, iss, nbf: iat - 10,
      org_id: 'org_2Uts4x9OOLZBbqNJRz1UaYNrYLK', org_permissions: ['org:reports:read', 'org:reports:write'],
      org_role: 'org:admin', org_slug: 'acme',
      sid: 'sess_2Uts5bJIsyVWzaYXbkyUHLdZJYR', sub: 'user_2Uts5YqtPwRuRqhVYgWTzEhOqXf',
    },
  },
  {
    kind: 'session',
    variant: 'version 2',
    header: { typ: 'JWT', cat: 'cl_B7d4PD111AAA' },
    claims: {
      act: { iss: 'https://dashboard.example.com', sid: 'sess_2Uts7support', sub: 'user_2Uts7support' },
      azp: 'https://app.example.com', exp, fea: 'o:reports,u:export,uo:billing', fva: [3, 61], iat, iss,
      jti: '6f1e0a2bb4a2d5c1f0de', nbf: iat - 10,
      o: { id: 'org_2Uts4x9OOLZBbqNJRz1UaYNrYLK', slg: 'acme', rol: 'admin', per: 'read,write,manage', fpm: '3,4' },
      pla: 'u:pro,o:business', sid: 'sess_2Uts5bJIsyVWzaYXbkyUHLdZJYR', sts: 'active',
      sub: 'user_2Uts5YqtPwRuRqhVYgWTzEhOqXf', v: 2,
    },
  },
  {
    kind: 'm2m',
    variant: 'scopes as a string',
    header: { typ: 'JWT', cat: 'cl_B7d4PD333AAA' },
    claims: {
      aud: ['mch_2xhFrzcqIvGVZZyxKpYnYK8q7aM', 'mch_2xhFs8JbOyBhhvVgHRTmyYGpvXe'], exp, iat, iss,
      jti: 'mt_2xKa9Bgv7NxMRDFyQw8LpZ3cTmU1vHjE',
      nbf: iat - 10, scopes: 'mch_2xhFrzcqIvGVZZyxKpYnYK8q7aM mch_2xhFs8JbOyBhhvVgHRTmyYGpvXe',
      sub: 'mch_2vYVtestTESTtestTESTtestTESTtest',
      tenant: { name: 'Zażółć gęślą jaźń 漢字 🚀', id: 9007199254740993n, limits: { rows: 18446744073709551615n, ratio: 0.25 } },
      parent: null, tags: ['a', 'b "c"', '<&>\n', ''], trusted: false, nested: [[{ deep: { deeper: [null, 1, 'x'] } }]],
    },
  },
  {
    kind: 'm2m',
    variant: 'audience only, no typ, no cat',
    header: {},
    claims: { aud: ['mch_2xhFrzcqIvGVZZyxKpYnYK8q7aM'], exp, iat, iss, jti: 'mt_2xKaBare', sub: 'mch_2vYVbare' },
  },
  {
    kind: 'oauth',
    variant: 'scope and scp',
    header: { typ: 'at+jwt' },
    claims: {
      aud: 'https://api.example.com', client_id: 'client_2xhFclient', exp, iat, iss, jti: 'oat_2xKa9Bgv7NxMRDFyQw8LpZ3cTmU1vHjE',
      nbf: iat - 10, scope: 'openid profile reports:read', scp: ['openid', 'profile', 'reports:read'],
      sub: 'user_2vYVtestTESTtestTESTtestTESTtest',
    },
  },
  {
    kind: 'oauth',
    variant: 'scope only, long typ, several audiences',
    header: { typ: 'application/at+jwt' },
    claims: {
      aud: ['https://api.example.com', 'https://reports.example.com'], client_id: 'client_2xhFclient', exp, iat, iss,
      jti: 'oat_2xKaLong', scope: 'reports:read', sub: 'user_2vYVtestTESTtestTESTtestTESTtest',
    },
  },
];

const rows = [];
for (const { alg, kid: key } of JSON.parse(read('keys/jwks.json')).keys) {
  const privateKey = await importPKCS8(read(`keys/${alg}.private.pem`), alg);
  for (const { kind, variant, header: rest, claims } of tokens) {
    const header = { alg, kid: key, ...rest };
    // SignJWT takes no integers above 2^53; the payload is bytes to CompactSign.
    const token = await new CompactSign(new TextEncoder().encode(encode(claims))).setProtectedHeader(header).sign(privateKey);
    rows.push({ alg, kind, variant, key, token, header, claims });
  }
}
writeRows('tokens/jose.json', rows);
