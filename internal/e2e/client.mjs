// The published client, @clerk/backend, driven from the Go test: one JSON call per line in, one JSON outcome per line out.
import { createInterface } from 'node:readline';
import { createClerkClient } from '@clerk/backend';

const setup = JSON.parse(process.argv[2]); // apiUrl, jwtKey

// Options that differ from call to call: which secret key, and whether keys come from the JWKS or from a PEM.
const client = ({ secretKey, machineSecretKey, pem }) =>
  createClerkClient({
    apiUrl: setup.apiUrl,
    secretKey,
    machineSecretKey,
    publishableKey: `pk_test_${Buffer.from('clerk.e2e.test$').toString('base64')}`,
    jwtKey: pem ? setup.jwtKey : undefined,
    telemetry: { disabled: true },
  });

const authenticate = async (options, token, acceptsToken) => {
  const request = new Request('http://service.test/', { headers: { Authorization: `Bearer ${token}` } });
  const state = await client(options).authenticateRequest(request, { acceptsToken });
  if (!state.isAuthenticated) {
    return { accepted: false, reason: state.reason, message: state.message };
  }
  const auth = state.toAuth();
  return {
    accepted: true,
    type: auth.tokenType,
    id: auth.tokenType === 'session_token' ? auth.sessionClaims.jti : auth.id,
    subject: auth.tokenType === 'session_token' ? auth.userId : auth.subject,
    scopes: auth.scopes ?? [],
    claims: (auth.tokenType === 'session_token' ? null : auth.claims) ?? null,
  };
};

const run = async ({ call, options, args }) => {
  if (call === 'authenticateRequest') {
    return authenticate(options, ...args);
  }
  const [resource, method] = call.split('.');
  return client(options)[resource][method](...args);
};

for await (const line of createInterface({ input: process.stdin })) {
  let outcome;
  try {
    outcome = { value: (await run(JSON.parse(line))) ?? null };
  } catch (e) {
    const first = e.errors?.[0];
    outcome = {
      error: { name: e.constructor.name, status: e.status ?? 0, code: first?.code ?? e.code ?? '', message: first?.message ?? e.message, param: first?.meta?.paramName ?? '', trace: e.clerkTraceId ?? '' },
    };
  }
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
