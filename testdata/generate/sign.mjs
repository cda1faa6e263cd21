// Compact serialization of whatever it is given, well-formed or not, which a JOSE library wouldn't make.
import { createPrivateKey, sign } from 'node:crypto';
import { encode, read } from './rows.mjs';

// RSASSA-PKCS1-v1_5 is deterministic: the same input gives the same token each time.
const key = createPrivateKey(read('keys/RS256.private.pem'));

export const header = { alg: 'RS256', kid: 'ins_RS256', typ: 'JWT' };

// The base64url segment of bytes, of a text, or of a value as JSON.
export function segment(content) {
  if (content instanceof Uint8Array) return Buffer.from(content).toString('base64url');
  return Buffer.from(typeof content === 'string' ? content : encode(content)).toString('base64url');
}

// Signs two segments as they are.
export const signSegments = (head, body) =>
  `${head}.${body}.${sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url')}`;

export const jwt = (head, body) => signSegments(segment(head), segment(body));
