// Makes the key pairs that are missing, and derives the public files from the private ones.
import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { read, write } from './rows.mjs';

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const keys = [];
for (const alg of algorithms) {
  const file = `keys/${alg}.private.pem`;
  if (!existsSync(new URL(`../${file}`, import.meta.url))) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
    write(file, `${(await exportPKCS8(privateKey)).trim()}\n`);
  }
  const publicKey = createPublicKey(read(file));
  write(`keys/${alg}.public.pem`, publicKey.export({ type: 'spki', format: 'pem' }));
  keys.push({ kid: `ins_${alg}`, use: 'sig', alg, ...(await exportJWK(publicKey)) });
}
write('keys/jwks.json', `{"keys":[\n${keys.map(key => JSON.stringify(key)).join(',\n')}\n]}\n`);

// As Clerk's dashboard shows its "JWT public key" to those who paste it into an environment variable.
write('keys/clerk-jwt-key.txt', read('keys/RS256.public.pem').replace(/-----[^-]+-----|\n/g, ''));
