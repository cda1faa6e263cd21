// The published package dpop, driven from the Go test: it prints the thumbprint of a new key, and then, for each request that it
// reads as a line of JSON, makes a proof, sends both, and prints what came back.
import { createInterface } from 'node:readline';
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop';

const pair = await generateKeyPair(process.argv[2]);
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
print({ jkt: await calculateThumbprint(pair.publicKey) });

for await (const line of createInterface({ input: process.stdin })) {
  const { method, url, token, nonce } = JSON.parse(line);
  const proof = await generateProof(pair, url.split(/[?#]/)[0], method, nonce, token);
  const response = await fetch(url, { method, headers: { Authorization: `DPoP ${token}`, DPoP: proof } });
  await response.text();
  print({
    status: response.status,
    challenge: response.headers.get('WWW-Authenticate'),
    nonce: response.headers.get('DPoP-Nonce'),
  });
}
