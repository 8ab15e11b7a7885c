/** What a listener needs that takes TLS and passwords only: a certificate authority of its own, and one user. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Settings } from './properties.ts';

/** How clients are let in, whether by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
export interface Credentials {
  /** The certificate of the authority that signed the brokers', in PEM format. */
  readonly caFile: string;
  readonly username: string;
  readonly password: string;
}

export interface Security {
  readonly credentials: Credentials | null;
  /** For server.properties. */
  readonly settings: Settings;
  /** Users for `StorageTool format --add-scram`. */
  readonly scram: readonly string[];
}

export const open: Security = { credentials: null, settings: {}, scram: [] };

const opensslConfiguration = `[req]
distinguished_name = name
x509_extensions = authority
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[broker]
subjectAltName = IP:127.0.0.1, DNS:localhost
`;

/** Makes keys and certificates in the directory with openssl (0.3 s), good for two days. `users` have the same password. */
export async function secure(directory: string, users: readonly string[] = []): Promise<Security> {
  const openssl = async (line: string): Promise<void> => {
    await promisify(execFile)('openssl', line.split(' '), { cwd: directory });
  };
  const common = '-config openssl.cnf -newkey rsa:2048 -nodes';
  writeFileSync(join(directory, 'openssl.cnf'), opensslConfiguration);
  await openssl(`req -x509 ${common} -days 2 -subj /CN=requite-test-authority -keyout ca.key -out ca.pem`);
  await openssl(`req ${common} -subj /CN=localhost -keyout broker.key -out broker.csr`);
  await openssl(
    'x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile openssl.cnf -extensions broker -out broker.pem',
  );
  const keystore = join(directory, 'keystore.pem');
  const pem = (name: string): string => readFileSync(join(directory, name), 'utf8');
  writeFileSync(keystore, pem('broker.key') + pem('broker.pem'));

  const credentials = {
    caFile: join(directory, 'ca.pem'),
    username: 'requite',
    password: crypto.randomUUID(),
  };
  const { settings, scram } = saslSsl(keystore, credentials, users);
  return { credentials, settings: { ...settings, ...(users.length > 0 ? denying : {}) }, scram };
}

/** Whoever has no ACL may do nothing, but for the broker itself and who comes by its own listener. */
const denying: Settings = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': false,
  'super.users': 'User:ANONYMOUS',
};

function saslSsl(
  keystore: string,
  { username, password }: Credentials,
  users: readonly string[],
): Pick<Security, 'settings' | 'scram'> {
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
  const listener = 'listener.name.client';
  const modules = 'org.apache.kafka.common.security';
  const settings: Record<string, string> = {
    'listener.security.protocol.map': 'CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    [`${listener}.ssl.keystore.type`]: 'PEM',
    [`${listener}.ssl.keystore.location`]: keystore,
    [`${listener}.sasl.enabled.mechanisms`]: ['PLAIN', ...scram].join(','),
    [`${listener}.plain.sasl.jaas.config`]: `${modules}.plain.PlainLoginModule required ${[username, ...users].map((name) => `user_${name}="${password}"`).join(' ')};`,
  };
  for (const mechanism of scram) {
    settings[`${listener}.${mechanism.toLowerCase()}.sasl.jaas.config`] =
      `${modules}.scram.ScramLoginModule required;`;
  }
  return {
    settings,
    scram: scram.map((mechanism) => `${mechanism}=[name=${username},password=${password}]`),
  };
}
