// What a client says of a server's certificate that it must not trust. It takes no broker: nothing gets past the handshake.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { createLogger } from '../../../services/platform/log.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { until } from '../../support/until.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const directory = mkdtempSync(join(tmpdir(), 'requite-tls-'));
const servers: Server[] = [];

beforeAll(() => {
  for (const authority of ['ours', 'another'])
    openssl(
      `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${authority} -keyout ${authority}.key -out ${authority}.pem`,
    );
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true, force: true });
});

test('a certificate of another name is refused, and the error names both', async () => {
  await refused(
    await serve('elsewhere', 'DNS:elsewhere.example'),
    /certificate.*(127\.0\.0\.1|altnames|IP)/i,
  );
});

test('a certificate that has expired is refused, and the error says so', async () => {
  const port = await serve('expired', 'IP:127.0.0.1', 0);
  await refused(port, /certificate.*expired|expired.*certificate/i);
});

test('a certificate of another authority is refused, and the error says so', async () => {
  await refused(await serve('stranger', 'IP:127.0.0.1', 2, 'another'), /certificate/i);
});

/** Listens with a certificate for this name, from this authority, good for so many days. */
async function serve(name: string, subject: string, days = 2, authority = 'ours'): Promise<number> {
  writeFileSync(join(directory, `${name}.ext`), `subjectAltName=${subject}\n`);
  openssl(`req -newkey rsa:2048 -nodes -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`);
  openssl(
    `x509 -req -in ${name}.csr -CA ${authority}.pem -CAkey ${authority}.key -CAcreateserial -days ${days} -extfile ${name}.ext -out ${name}.pem`,
  );
  const [key, cert] = ['key', 'pem'].map((end) => readFileSync(join(directory, `${name}.${end}`)));
  if (days === 0) await until('it to expire', () => hasExpired(name));
  const server = createServer({ key, cert });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}

async function refused(port: number, says: RegExp): Promise<void> {
  const settings = kafkaSettings(`127.0.0.1:${port}`, {
    tls: { ca: join(directory, 'ours.pem') },
    requestTimeoutMs: 2_000,
  });
  const transport = new KafkaTransport(settings, logger);
  try {
    const error = await transport.endOffsets('t').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TransportError', code: 'unavailable' });
    expect((error as Error).message).toMatch(says);
  } finally {
    await transport.close();
  }
}

function openssl(line: string): void {
  execFileSync('openssl', line.split(' '), { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
}

function hasExpired(name: string): boolean {
  try {
    openssl(`x509 -in ${name}.pem -noout -checkend 0`);
    return false;
  } catch {
    return true; // openssl's way of saying it
  }
}
