// A Keycloak to try things out with, where there is no Docker: docs/authentication.md. Ctrl-C ends it.
import { missingKeycloak } from './distribution.ts';
import { startKeycloak } from './server.ts';

const missing = missingKeycloak();
if (missing !== null) {
  console.error(missing);
  process.exit(1);
}
const keycloak = await startKeycloak({ port: Number(process.argv[2] ?? 8180) });
console.log(
  `Keycloak serves ${keycloak.issuer}\nIts console is at ${keycloak.url}/admin (boss, boss). Ctrl-C ends it.`,
);
// a process with nothing to do would end, and Keycloak with it
setInterval(() => {}, 3_600_000);
