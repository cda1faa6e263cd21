// Classification vectors (rules C1 to C5). What is expected is written by hand beside each token; what upstream makes of
// the same token is computed.
import { encode, raw, writeRows } from './rows.mjs';
import { header, jwt, segment, signSegments } from './sign.mjs';
import { classify } from './upstream.mjs';

const error = { error: true };
const session = { type: 'session_token', format: 'jwt' };
const m2m = { type: 'm2m_token', format: 'jwt' };
const oauth = { type: 'oauth_token', format: 'jwt' };
const opaque = type => ({ type, format: 'opaque' });

const claims = { sub: 'user_1', sid: 'sess_1', exp: 4102444800 };
const machine = { ...claims, sub: 'mch_1' };
const access = { ...header, typ: 'at+jwt' };

const rows = [];
let rule;
// stricter says why we refuse, or tell apart, what upstream doesn't; it must be there exactly where the two differ.
async function row(name, token, expect, stricter) {
  const upstream = await classify(token);
  const agree = expect.error
    ? Boolean(upstream.error || upstream.refused)
    : upstream.type === expect.type && upstream.format === expect.format;
  if (agree === Boolean(stricter)) {
    throw new Error(`${name}: expected ${encode(expect)}, upstream ${encode(upstream)}, stricter ${stricter}`);
  }
  rows.push({ name, rule, token, expect, upstream, stricter });
}

// ---------------------------------------------------------------- C1: prefixes
rule = 'C1';
for (const [prefix, type] of [['mt_', 'm2m_token'], ['oat_', 'oauth_token'], ['ak_', 'api_key']]) {
  await row(`${prefix} and letters`, `${prefix}abcDEF0123456789`, opaque(type));
  await row(`${prefix} and one character`, `${prefix}a`, opaque(type));
  await row(`${prefix} and every b64token character but the dot`, `${prefix}aZ09-_~+/`, opaque(type));
  await row(`${prefix} and b64token padding`, `${prefix}abc==`, opaque(type));
  await row(`${prefix} twice`, `${prefix}${prefix}x`, opaque(type));
  await row(`${prefix} bare`, prefix, error, 'a prefix alone is no token');
  await row(`${prefix} and a dot`, `${prefix}.`, error, 'no dot behind a prefix');
  await row(`${prefix} and two parts`, `${prefix}a.b`, error, 'no dot behind a prefix');
  await row(`${prefix} and three parts`, `${prefix}a.b.c`, error);
  await row(`${prefix} before a JWT`, `${prefix}${jwt(header, claims)}`, error);
  await row(`${prefix} in capitals`, `${prefix.toUpperCase()}abc`, error);
  await row(`${prefix} with a capital`, `${prefix[0].toUpperCase()}${prefix.slice(1)}abc`, error);
  await row(`${prefix} after a space`, ` ${prefix}abc`, error);
}
const notB64token = 'only b64token characters (RFC 6750 section 2.1) behind a prefix';
for (const [name, token] of [
  ['a space after it', 'mt_abc '], ['a space inside', 'mt_a bc'], ['a tab', 'mt_a\tbc'], ['a line feed at its end', 'mt_abc\n'],
  ['a carriage return and line feed', 'mt_a\r\nbc'], ['a NUL', 'mt_a\u0000bc'], ['a letter outside ASCII', 'mt_é'],
  ['a fullwidth letter', 'mt_ａ'], ['a comma', 'mt_a,mt_b'], ['a percent sign', 'mt_a%20b'], ['a quote', 'mt_a"b'],
  ['a semicolon', 'mt_a;b'], ['a colon', 'mt_a:b'], ['a backslash', 'mt_a\\b'], ['DEL', 'mt_a\u007fb'],
  ['padding inside', 'mt_a=b'], ['nothing but padding', 'mt_='],
]) {
  await row(`mt_ and ${name}`, token, error, notB64token);
}
for (const token of ['mt', 'mt-abc', 'mta_abc', 'ak', 'oat-abc', 'at_abc', 'm2m_abc', 'sk_test_abc', 'user_1', 'mch_1', '_mt_abc', 'xmt_abc', 'ｍt_abc']) {
  await row(`no known prefix: ${token}`, token, error);
}

// ---------------------------------------------------------------- C2: the three segments
rule = 'C2';
const [h, p] = [segment(header), segment(claims)];
const good = signSegments(h, p);
const sig = good.split('.')[2];
await row('a plain session token', good, session);
await row('white space between the members (RFC 7515 appendix A.1)', jwt('{"typ":"JWT",\r\n "alg":"RS256",\t"kid": "k"}', '{ "sub" : "user_1" ,\n"exp":4102444800}'), session);
await row('any bytes as signature', `${h}.${p}.AA`, session);
await row('empty', '', error);
for (const [name, token] of [
  ['one dot', '.'], ['two dots', '..'], ['three dots', '...'], ['one segment', h], ['two segments', `${h}.${p}`],
  ['four segments', `${good}.AAAA`], ['five segments, as a JWE has', `${h}.AAAA.AAAA.AAAA.AAAA`], ['a dot before', `.${good}`],
  ['a dot after', `${good}.`], ['two dots between', `${h}..${p}.${sig}`], ['an empty header', `.${p}.${sig}`],
  ['an empty payload', `${h}..${sig}`], ['a detached payload, signed', signSegments(h, '')], ['letters only', 'abc.def.ghi'],
  ['the scheme with it', `Bearer ${good}`], ['a space before', ` ${good}`], ['a space after', `${good} `],
  ['a tab after', `${good}\t`], ['a line feed after', `${good}\n`], ['a line feed before', `\n${good}`], ['a NUL after', `${good}\u0000`],
  ['two of them and a comma', `${good},${good}`], ['the JSON serialization', `{"payload":"${p}","protected":"${h}","signature":"${sig}"}`],
  ['commas for dots', good.replaceAll('.', ',')], ['a fullwidth dot', good.replace('.', '．')],
]) {
  await row(name, token, error);
}
await row('an empty signature', `${h}.${p}.`, error);
for (const [name, bad] of [
  ['a line feed', '\n'], ['a carriage return', '\r'], ['both', '\r\n'], ['a space', ' '], ['a tab', '\t'], ['a plus', '+'],
  ['a slash', '/'], ['a tilde', '~'], ['an equals sign', '='], ['a letter outside ASCII', 'é'], ['a fullwidth A', 'Ａ'], ['a percent escape', '%41'],
]) {
  const at = s => s.slice(0, 4) + bad + s.slice(4);
  await row(`${name} in the header segment`, signSegments(at(h), p), error);
  await row(`${name} in the payload segment`, signSegments(h, at(p)), error);
  await row(`${name} in the signature segment`, `${h}.${p}.${at(sig)}`, error);
}

// Texts whose segments end in two and in four spare bits, and in none.
const pad = (make, remainder) => ['', ' ', '  '].map(s => segment(make(s))).find(s => s.length % 4 === remainder);
const headerText = s => `${encode(header).slice(0, -1)}${s}}`;
const claimsText = s => `${encode(claims).slice(0, -1)}${s}}`;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const spare = s => s.slice(0, -1) + alphabet[alphabet.indexOf(s.at(-1)) + 1];
const padded = 'no padding (RFC 7515 section 2)';
for (const [bits, remainder, equals] of [['four', 2, '=='], ['two', 3, '=']]) {
  const [h2, p2] = [pad(headerText, remainder), pad(claimsText, remainder)];
  const s2 = remainder === 2 ? sig : segment(Buffer.from(sig, 'base64url').subarray(0, -2));
  if (s2.length % 4 !== remainder) throw new Error('not the length meant');
  await row(`a header with ${bits} spare bits`, signSegments(h2, p), session);
  await row(`a header with ${bits} spare bits, not zero`, signSegments(spare(h2), p), error);
  await row(`a payload with ${bits} spare bits`, signSegments(h, p2), session);
  await row(`a payload with ${bits} spare bits, not zero`, signSegments(h, spare(p2)), error);
  await row(`a signature with ${bits} spare bits, not zero`, `${h}.${p}.${spare(s2)}`, error);
  await row(`a padded header, ${equals}`, signSegments(h2 + equals, p), error, padded);
  await row(`a padded payload, ${equals}`, signSegments(h, p2 + equals), error, padded);
  await row(`a padded signature, ${equals}`, `${h}.${p}.${s2}${equals}`, error, remainder === 2 ? padded : undefined);
}
await row('a header of 4n+1 characters', signSegments(`${pad(headerText, 0)}A`, p), error);
await row('a payload of 4n+1 characters', signSegments(h, `${pad(claimsText, 0)}A`), error);
await row('a signature of 4n+1 characters', `${h}.${p}.AAAAA`, error);
await row('a signature of one character', `${h}.${p}.A`, error);

// ---------------------------------------------------------------- C2: one JSON object each
for (const text of ['null', '[]', '"a string"', '1', 'true']) {
  await row(`the header ${text}`, jwt(text, claims), error);
  await row(`the payload ${text}`, jwt(header, text), error);
}
await row('the header an array with the members inside', jwt(`[${encode(header)}]`, claims), error);
await row('the payload an array with the claims inside', jwt(header, `[${encode(claims)}]`), error);

const inside = encode(claims).slice(1, -1);
for (const [name, text] of [
  ['no JSON at all', 'claims'], ['cut short', `{${inside}`], ['without its opening brace', `${inside}}`], ['an object and a letter', `{${inside}}x`],
  ['two objects', `{${inside}}{${inside}}`], ['an object and null', `{${inside}} null`], ['an object and a comma', `{${inside}},`],
  ['an object and a brace', `{${inside}}}`], ['an object and a NUL', `{${inside}}\u0000`], ['a trailing comma', `{${inside},}`],
  ['a leading comma', `{,${inside}}`], ['a comment', `{/**/${inside}}`], ['a line comment', `{${inside}}//`],
  ['single quotes', `{'sub':'user_1'}`], ['a name without quotes', `{sub:"user_1"}`], ['a number as name', `{1:2,${inside}}`],
  ['a member without a value', `{"a":,${inside}}`], ['a member without a colon', `{"a" 1,${inside}}`], ['NaN', `{"a":NaN,${inside}}`],
  ['Infinity', `{"a":Infinity,${inside}}`], ['a hexadecimal number', `{"a":0x1,${inside}}`], ['a leading zero', `{"a":01,${inside}}`],
  ['a leading plus', `{"a":+1,${inside}}`], ['a number that ends in a dot', `{"a":1.,${inside}}`], ['a number that starts with a dot', `{"a":.1,${inside}}`],
  ['a line feed in a string', `{"a":"\n",${inside}}`], ['a tab in a string', `{"a":"\t",${inside}}`], ['a NUL in a string', `{"a":"\u0000",${inside}}`],
  ['an unknown escape', `{"a":"\\x41",${inside}}`], ['a short Unicode escape', `{"a":"\\u41",${inside}}`], ['True', `{"a":True,${inside}}`],
  ['a no-break space between members', `{\u00a0${inside}}`], ['an unclosed string', `{"a":"b,${inside}`], ['mismatched brackets', `{"a":[1},${inside}]`],
]) {
  await row(`a payload that is ${name}`, jwt(header, text), error);
}
const h0 = encode(header);
await row('a header that is cut short', jwt(h0.slice(0, -1), claims), error);
await row('a header that is an object and a letter', jwt(`${h0}x`, claims), error);
await row('a header that is two objects', jwt(`${h0}${h0}`, claims), error);
await row('a header that is an object and a NUL', jwt(`${h0}\u0000`, claims), error);

const bom = 'a byte order mark is not JSON (RFC 8259 section 8.1)';
await row('a byte order mark before the header', jwt(`\ufeff${h0}`, claims), error, bom);
await row('a byte order mark before the payload', jwt(header, `\ufeff{${inside}}`), error, bom);
await row('a byte order mark after the payload', jwt(header, `{${inside}}\ufeff`), error);
await row('a payload in UTF-16', jwt(header, Buffer.from(`{${inside}}`, 'utf16le')), error);

const twice = 'no member twice (RFC 7519 section 4)';
for (const [name, text] of [
  ['sub, a user and a machine', `{"sub":"user_1",${inside.replace('user_1', 'mch_1')}}`],
  ['sub, a machine and a user', `{"sub":"mch_1",${inside}}`],
  ['sub, the same', `{"sub":"user_1",${inside}}`],
  ['sub, once escaped', `{"s\\u0075b":"mch_1",${inside}}`],
  ['sub, twice escaped differently', `{"\\u0073ub":"user_1","su\\u0062":"user_1","exp":4102444800}`],
  ['an unknown member', `{"a":1,"a":1,${inside}}`],
  ['the empty name', `{"":1,"":2,${inside}}`],
  ['a name outside ASCII, once escaped', `{"é":1,"\\u00e9":2,${inside}}`],
  ['in an object inside', `{"o":{"id":"org_1","id":"org_2"},${inside}}`],
  ['in an object in an array', `{"a":[{"b":1},{"b":1,"c":2,"b":3}],${inside}}`],
  ['ten deep', `{"a":${'{"a":'.repeat(9)}{"b":1,"b":2}${'}'.repeat(9)},${inside}}`],
  ['once escaped, in an object inside', `{"o":{"id":"org_1","\\u0069d":"org_2"},${inside}}`],
  ['the last of a hundred', `{${Array.from({ length: 100 }, (_, i) => `"m${i}":${i},`).join('')}"m0":0,${inside}}`],
]) {
  await row(`a payload with a member twice: ${name}`, jwt(header, text), error, twice);
}
for (const [name, text] of [
  ['alg', `{"alg":"none",${h0.slice(1)}`], ['typ, at+jwt and JWT', `{"typ":"at+jwt",${h0.slice(1)}`],
  ['typ, JWT and at+jwt', `${h0.slice(0, -1)},"typ":"at+jwt"}`], ['kid', `{"kid":"other",${h0.slice(1)}`],
  ['cat', `{"cat":"cl_B7d4PD333AAA","cat":"cl_B7d4PD111AAA",${h0.slice(1)}`], ['in an object inside', `{"x":{"y":1,"y":1},${h0.slice(1)}`],
  ['typ, once escaped', `{"t\\u0079p":"at+jwt",${h0.slice(1)}`],
]) {
  await row(`a header with a member twice: ${name}`, jwt(text, claims), error, twice);
}
await row('the same name in two objects', jwt(header, `{"a":{"id":1},"b":{"id":1},${inside}}`), session);
await row('names that differ in case', jwt(header, `{"a":1,"A":2,${inside}}`), session);
await row('names that differ in normalization', jwt(header, `{"é":1,"e\u0301":2,${inside}}`), session);

const tooDeep = 'at most 32 deep, the object itself included';
for (const [name, open, close] of [['arrays', '[', ']'], ['objects', '{"a":', '}']]) {
  const nest = n => `${open.repeat(n)}${open === '[' ? '' : '1'}${close.repeat(n)}`;
  await row(`a payload 32 deep in ${name}`, jwt(header, `{${inside},"deep":${nest(31)}}`), session);
  await row(`a payload 33 deep in ${name}`, jwt(header, `{${inside},"deep":${nest(32)}}`), error, tooDeep);
  await row(`a header 32 deep in ${name}`, jwt(`${h0.slice(0, -1)},"deep":${nest(31)}}`, claims), session);
  await row(`a header 33 deep in ${name}`, jwt(`${h0.slice(0, -1)},"deep":${nest(32)}}`, claims), error, tooDeep);
  await row(`a payload 1,000 deep in ${name}`, jwt(header, `{${inside},"deep":${nest(999)}}`), error, tooDeep);
}
await row('many brackets, none of them deep', jwt(header, `{${inside},"wide":[${'[],{},'.repeat(40)}[]]}`), session);
await row('brackets in a string are not depth', jwt(header, `{${inside},"text":"${'[{\\"'.repeat(40)}"}`), session);
await row('33 deep behind a string that ends in a backslash', jwt(header, `{${inside},"text":"\\\\","deep":${'['.repeat(32)}${']'.repeat(32)}}`), error, tooDeep);
await row('unclosed arrays', jwt(header, `{${inside},"deep":${'['.repeat(40)}`), error);

const utf8 = 'valid UTF-8 only';
const bytes = (...parts) => Buffer.concat(parts.map(part => Buffer.from(part)));
for (const [name, sequence] of [
  ['a lone continuation byte', [0x80]], ['a sequence cut short', [0xe2, 0x82]], ['an overlong slash', [0xc0, 0xaf]], ['an encoded surrogate', [0xed, 0xa0, 0x80]],
  ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]], ['Latin-1', [0xe9]], ['the byte FF', [0xff]],
]) {
  await row(`a payload with a value that is not UTF-8: ${name}`, jwt(header, bytes('{"a":"', sequence, `",${inside}}`)), error, utf8);
}
await row('a payload with a name that is not UTF-8', jwt(header, bytes('{"a', [0xff], `":1,${inside}}`)), error, utf8);
await row('a payload with a value inside that is not UTF-8', jwt(header, bytes('{"a":[{"b":"', [0xff], `"}],${inside}}`)), error, utf8);
await row('a sub that is not UTF-8', jwt(header, bytes('{"sub":"user_', [0xff], '","exp":4102444800}')), error, utf8);
await row('a header with a value that is not UTF-8', jwt(bytes('{"a":"', [0xff], `",${h0.slice(1)}`), claims), error, utf8);
await row('a payload with a stray byte between members', jwt(header, bytes('{', [0xff], `${inside}}`)), error);
const surrogate = 'a lone surrogate is no Unicode text';
await row('a lone high surrogate, escaped', jwt(header, `{"a":"\\ud800",${inside}}`), error, surrogate);
await row('a lone low surrogate, escaped', jwt(header, `{"a":"\\udc00",${inside}}`), error, surrogate);
await row('surrogates in the wrong order, escaped', jwt(header, `{"a":"\\udc00\\ud800",${inside}}`), error, surrogate);
await row('a high surrogate and a letter, escaped', jwt(header, `{"a":"\\ud800\\u0041",${inside}}`), error, surrogate);
await row('a lone surrogate in a name, escaped', jwt(header, `{"\\ud800":1,${inside}}`), error, surrogate);
await row('a lone surrogate in sub, escaped', jwt(header, '{"sub":"user_\\ud800","exp":4102444800}'), error, surrogate);
await row('a lone surrogate in the header, escaped', jwt(`{"a":"\\ud800",${h0.slice(1)}`, claims), error, surrogate);
await row('a surrogate pair, escaped', jwt(header, `{"a":"\\ud83d\\ude80",${inside}}`), session);
await row('text outside ASCII', jwt(header, `{"a":"Zażółć 漢字 🚀","ключ":1,${inside}}`), session);
await row('an escaped NUL', jwt(header, `{"a":"\\u0000",${inside}}`), session);
await row('a noncharacter', jwt(header, `{"a":"\uffff",${inside}}`), session);
await row('numbers of any size', jwt(header, `{"a":123456789012345678901234567890,"b":-0.5e-30,"c":1e400,${inside}}`), session);

// ---------------------------------------------------------------- C3: exact names
rule = 'C3';
const without = '"sid":"sess_1","exp":4102444800';
for (const name of ['SUB', 'Sub', '\u017fub', 'sUb', 'sub ', ' sub', 'sub\\u0000', 'subject']) {
  await row(`"${name}" is not sub`, jwt(header, `{"${name}":"user_1",${without}}`), error);
  await row(`"${name}", a machine, beside sub`, jwt(header, `{${inside},"${name}":"mch_1"}`), session);
  await row(`"${name}", a machine, before sub`, jwt(header, `{"${name}":"mch_1",${inside}}`), session);
}
await row('sub inside another member is not sub', jwt(header, `{"x":{"sub":"user_1"},${without}}`), error);
await row('sub of the header is not sub', jwt({ ...header, sub: 'mch_1' }, claims), session);
await row('"s\\u0075b" is sub', jwt(header, `{"s\\u0075b":"user_1",${without}}`), session);
await row('"s\\u0075b", a machine', jwt(header, `{"s\\u0075b":"mch_1",${without}}`), m2m);
await row('"\\u0073\\u0075\\u0062", a machine', jwt(header, `{"\\u0073\\u0075\\u0062":"mch_1",${without}}`), m2m);
for (const name of ['TYP', 'Typ', 'tyP', 'typ ', 'type']) {
  await row(`"${name}" is not typ`, jwt(`{"alg":"RS256","kid":"ins_RS256","${name}":"at+jwt"}`, claims), session);
}
await row('typ of the payload is not typ', jwt(header, { ...claims, typ: 'at+jwt' }), session);
await row('"t\\u0079p" is typ', jwt('{"alg":"RS256","kid":"ins_RS256","t\\u0079p":"at+jwt"}', claims), oauth);

// ---------------------------------------------------------------- C4: which type
rule = 'C4';
await row('sub mch_: M2M', jwt(header, machine), m2m);
await row('sub mch_ without typ: M2M', jwt({ alg: 'RS256', kid: 'ins_RS256' }, machine), m2m);
await row('sub mch_ with at+jwt: M2M', jwt(access, machine), m2m);
await row('sub mch_ with application/at+jwt: M2M', jwt({ ...header, typ: 'application/at+jwt' }, machine), m2m);
await row('sub mch_ with AT+JWT: M2M', jwt({ ...header, typ: 'AT+JWT' }, machine), m2m);
await row('sub mch_ with a typ that is no string: M2M', jwt({ ...header, typ: 5 }, machine), m2m);
await row('sub mch_ and one more character', jwt(header, { ...claims, sub: 'mch_x' }), m2m);
await row('sub mch_ with an escape in its value', jwt(header, `{"sub":"mch\\u005fx",${without}}`), m2m);
await row('sub mch_ with a session ID', jwt(header, { ...machine, sid: 'sess_1', azp: 'https://app.example.com' }), m2m);
await row('sub mch_ with an OAuth client', jwt(header, { ...machine, client_id: 'client_1', scope: 'a' }), m2m);
const bare = 'a machine without an ID is no machine';
await row('sub just mch_', jwt(header, { ...claims, sub: 'mch_' }), error, bare);
await row('sub just mch_ with at+jwt', jwt(access, { ...claims, sub: 'mch_' }), error);
await row('sub just mch_, escaped', jwt(header, `{"sub":"mch\\u005f",${without}}`), error, bare);
for (const sub of ['mch', 'MCH_1', 'Mch_1', ' mch_1', '\u0000mch_1', 'user_mch_1', 'mch-1', 'ｍch_1', 'mt_1', 'oat_1', 'ak_1', 'org_1', ' ', '1', 'null']) {
  await row(`sub ${JSON.stringify(sub)}: session`, jwt(header, { ...claims, sub }), session);
  await row(`sub ${JSON.stringify(sub)} with at+jwt: OAuth`, jwt(access, { ...claims, sub }), oauth);
}
await row('typ at+jwt', jwt(access, claims), oauth);
await row('typ application/at+jwt', jwt({ ...header, typ: 'application/at+jwt' }, claims), oauth);
await row('typ with an escape in its value', jwt('{"alg":"RS256","kid":"ins_RS256","typ":"at\\u002bjwt"}', claims), oauth);
const anyCase = 'media types have no case (RFC 7515 section 4.1.9)';
for (const typ of ['AT+JWT', 'At+Jwt', 'at+JWT', 'APPLICATION/AT+JWT', 'Application/at+jwt', 'application/AT+jwt']) {
  await row(`typ ${typ}`, jwt({ ...header, typ }, claims), oauth, anyCase);
}
for (const typ of [
  ' at+jwt', 'at+jwt ', 'at+jwt\u0000', 'at+jwt;v=1', 'application/at+jwt; charset=utf-8', '/at+jwt', 'text/at+jwt', 'application/application/at+jwt',
  'at jwt', 'at%2Bjwt', 'at_jwt', 'at', '+jwt', 'at+jwt,JWT', 'applıcation/at+jwt', 'ａt+jwt', 'application/jwt', 'JWT', 'jwt', 'JOSE', 'dpop+jwt', '', null, 5, true,
  ['at+jwt'], { 'at+jwt': 'at+jwt' },
]) {
  await row(`typ ${JSON.stringify(typ)}, a user: session`, jwt({ ...header, typ }, claims), session);
}
await row('no typ, a user: session', jwt({ alg: 'RS256', kid: 'ins_RS256' }, claims), session);
await row('an empty header, a user: session', jwt({}, claims), session);
await row('alg none, a user: session', jwt({ alg: 'none' }, claims), session);
for (const [name, cat] of [['session', 'cl_B7d4PD111AAA'], ['template', 'cl_B7d4PD222AAA'], ['M2M', 'cl_B7d4PD333AAA'], ['ignore', 'cl_I7d4PD111III'], ['null', null]]) {
  await row(`the category ${name} leaves a user's token a session's`, jwt({ ...header, cat }, claims), session);
  await row(`the category ${name} leaves a machine's token M2M`, jwt({ ...header, cat }, machine), m2m);
  await row(`the category ${name} leaves at+jwt OAuth`, jwt({ ...access, cat }, claims), oauth);
}

// ---------------------------------------------------------------- C5: no subject, no class
rule = 'C5';
const subjects = [undefined, null, 0, 5, -1.5, raw('1e400'), true, false, [], ['mch_1'], {}, { sub: 'mch_1' }];
for (const sub of subjects) {
  const name = sub === undefined ? 'no sub' : `sub ${encode(sub)}`;
  await row(`${name}, JWT`, jwt(header, { ...claims, sub }), error);
  await row(`${name}, at+jwt`, jwt(access, { ...claims, sub }), error);
}
await row('sub empty, JWT', jwt(header, { ...claims, sub: '' }), error, 'an empty subject is nobody');
await row('sub empty, at+jwt', jwt(access, { ...claims, sub: '' }), error, 'an empty subject is nobody');
await row('an empty payload object', jwt(header, {}), error);

writeRows('classify.json', rows);
