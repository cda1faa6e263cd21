// The reference implementation, cut off from the network.
import { read } from './rows.mjs';

globalThis.fetch = () => Promise.reject(new TypeError('offline'));

const { isMachineToken, signedInAuthObject, verifyMachineAuthToken } = await import('@clerk/backend/internal');
const { decodeJwt } = await import('@clerk/backend/jwt');
const { verifyToken } = await import('@clerk/backend');

const options = { jwtKey: read('keys/clerk-jwt-key.txt'), secretKey: 'sk_test_offline' };

// What upstream takes a token for: {type, format}, with `refused` where it then refuses it without asking the network,
// or {error} where it doesn't get as far as a type.
export async function classify(token) {
  const decoded = attempt(() => decodeJwt(token));
  if (isMachineToken(token)) {
    const { tokenType, errors } = await verifyMachineAuthToken(token, options);
    const refused = errors?.[0].code;
    return {
      type: tokenType,
      format: decoded.value ? 'jwt' : 'opaque',
      refused: refused === 'unexpected-error' ? undefined : refused, // the network
    };
  }
  if (decoded.error) return { error: decoded.error };
  try {
    await verifyToken(token, options);
    return { type: 'session_token', format: 'jwt' };
  } catch (error) {
    return { type: 'session_token', format: 'jwt', refused: error.reason ?? error.name };
  }
}

// The machine token that upstream makes of a JWT, or {error}.
export async function machineToken(token) {
  try {
    const { data, errors } = await verifyMachineAuthToken(token, options);
    return data ?? { error: errors[0].code };
  } catch (error) {
    return { error: error.name };
  }
}

// The auth object that upstream makes of a session's claims, or {error}.
export function sessionAuth(claims) {
  const { value, error } = attempt(() => signedInAuthObject({}, '', claims));
  return value ?? { error };
}

function attempt(fn) {
  try {
    return { value: fn() };
  } catch (error) {
    return { error: error.reason ?? error.name };
  }
}
