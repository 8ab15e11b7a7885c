import { describe, expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { readSettings, type Settings } from '../../services/platform/config.ts';

const read = (environment: Record<string, string>): Settings => readSettings(environment, false);
const BROKERS = 'one:9092, two:9092';

describe('settings for a cluster', () => {
  test('BROKERS alone is enough', () => {
    const { kafka, jobStore } = read({ BROKERS });
    expect(kafka).toMatchObject({
      brokers: ['one:9092', 'two:9092'],
      client: 'platformatic',
      tls: null,
      sasl: null,
      replication: null,
      autocreate: true,
    });
    expect(jobStore).toBe('kafka');
  });

  test('a client without transactions leaves the jobs to SQLite', () => {
    expect(read({ BROKERS, KAFKA_CLIENT: 'librdkafka' }).jobStore).toBe('sqlite');
  });

  test('POSTGRES_URL makes PostgreSQL the job store, beside a cluster only', () => {
    const POSTGRES_URL = 'postgres://u@h/d';
    expect(read({ BROKERS, POSTGRES_URL }).jobStore).toBe('postgres');
    expect(read({ BROKERS, POSTGRES_URL, JOB_STORE: 'sqlite' }).jobStore).toBe('sqlite');
    expect(read({ POSTGRES_URL }).jobStore).toBe('embedded');
  });

  test('what is committed is flushed to the disk, unless FSYNC=off', () => {
    expect([read({}).fsync, read({ FSYNC: 'off' }).fsync]).toEqual([true, false]);
    expect(() => read({ FSYNC: 'no' })).toThrow(/FSYNC="no" can't be used: .*on.*off/);
  });

  test('all traces are recorded on one machine, one in ten on a cluster, or as many as is said', () => {
    const ratio = (environment: Record<string, string>): number => read(environment).telemetry.traceRatio;
    expect([ratio({}), ratio({ BROKERS })]).toEqual([1, 0.1]);
    expect([ratio({ TRACE_RATIO: '.5' }), ratio({ BROKERS, TRACE_RATIO: '1' })]).toEqual([0.5, 1]);
    expect(() => read({ TRACE_RATIO: '2' })).toThrow(/TRACE_RATIO="2" can't be used: .*0\.1/);
  });

  test('TLS comes with its files or by itself; paths are made absolute', () => {
    expect(read({ BROKERS, KAFKA_TLS: 'true' }).kafka?.tls).toEqual({});
    expect(read({ BROKERS, KAFKA_TLS_CA: 'ca.pem' }).kafka?.tls).toEqual({ ca: resolve('ca.pem') });
    const pair = { KAFKA_TLS_CERT: '/c.pem', KAFKA_TLS_KEY: '/k.pem' };
    expect(read({ BROKERS, ...pair }).kafka?.tls).toEqual({ cert: '/c.pem', key: '/k.pem' });
  });

  test('SASL takes mechanism, user and password', () => {
    const sasl = { mechanism: 'SCRAM-SHA-256', username: 'u', password: 'p' } as const;
    const { kafka } = read({
      BROKERS,
      KAFKA_SASL_MECHANISM: sasl.mechanism,
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
    });
    expect(kafka?.sasl).toEqual(sasl);
  });

  test("librdkafka's own settings are taken as they are", () => {
    const given = { BROKERS, KAFKA_CLIENT: 'librdkafka', KAFKA_PROPERTIES: 'linger.ms=5, debug=cgrp' };
    expect(read(given).kafka?.properties).toEqual({ 'linger.ms': '5', debug: 'cgrp' });
  });

  const wrong: readonly [string, Record<string, string>, RegExp][] = [
    ['a broker without a port', { BROKERS: 'one' }, /"one" is no broker: give host:port/],
    ['a list with a gap', { BROKERS: 'one:1,,two:2' }, /"" is no broker/],
    [
      'jobs in the embedded log beside a cluster',
      { BROKERS, JOB_STORE: 'embedded' },
      /take kafka or postgres .* or sqlite/,
    ],
    ['PostgreSQL without its address', { JOB_STORE: 'postgres' }, /set POSTGRES_URL/],
    ['a certificate without its key', { BROKERS, KAFKA_TLS_CERT: 'c' }, /KAFKA_TLS_KEY go together/],
    ['a user without a mechanism', { BROKERS, KAFKA_SASL_USERNAME: 'u' }, /set all or none/],
    [
      "librdkafka's settings for another client",
      { BROKERS, KAFKA_PROPERTIES: 'a=b' },
      /KAFKA_CLIENT=librdkafka/,
    ],
    [
      'properties without values',
      { BROKERS, KAFKA_CLIENT: 'librdkafka', KAFKA_PROPERTIES: 'x' },
      /name=value/,
    ],
  ];
  for (const [what, environment, advice] of wrong)
    test(`${what} is refused, with what to do`, () => expect(() => read(environment)).toThrow(advice));
});
