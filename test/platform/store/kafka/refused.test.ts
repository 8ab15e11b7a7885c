import { expect, test } from 'bun:test';
import { jobStoreOf } from '../../../../services/platform/backing.ts';
import { BackingError } from '../../../../services/platform/backing-error.ts';
import { kafkaSettings } from '../../../../services/platform/transport/kafka/settings.ts';

const dataDir = './never-made';

test('jobs on Kafka need a cluster: without BROKERS the start is refused, with what to do', () => {
  const start = (): unknown => jobStoreOf({ dataDir, jobStore: 'kafka' });
  expect(start).toThrow(BackingError);
  expect(start).toThrow(/set BROKERS/);
});

test('jobs on Kafka need transactions: with librdkafka the start is refused, with what to do', () => {
  const kafka = kafkaSettings('localhost:9092', { client: 'librdkafka' });
  const start = (): unknown => jobStoreOf({ dataDir, kafka, jobStore: 'kafka' });
  expect(start).toThrow(BackingError);
  expect(start).toThrow(/KAFKA_CLIENT=platformatic/);
});

test('with a cluster and the default client they are the default, unless a database is named', () => {
  const kafka = kafkaSettings('localhost:9092');
  expect(jobStoreOf({ dataDir, kafka })).toBe('kafka');
  expect(jobStoreOf({ dataDir, kafka, postgresUrl: 'postgres://u@h/d' })).toBe('postgres');
  expect(jobStoreOf({ dataDir, kafka, jobStore: 'kafka', postgresUrl: 'postgres://u@h/d' })).toBe('kafka');
});

test('with librdkafka, which gives no transactions here, SQLite is', () => {
  expect(jobStoreOf({ dataDir, kafka: { ...kafkaSettings('localhost:9092'), client: 'librdkafka' } })).toBe(
    'sqlite',
  );
});
