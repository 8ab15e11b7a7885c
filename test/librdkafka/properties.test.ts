/** Our settings as librdkafka's properties. */
import { expect, test } from 'bun:test';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import {
  commonProperties,
  consumerProperties,
  producerProperties,
} from '../../services/platform/transport/librdkafka/properties.ts';

const plain = kafkaSettings('one:9092,two:9092', { clientId: 'billing', sessionTimeoutMs: 8_000 });

test('brokers, names and limits are passed on', () => {
  expect(commonProperties(plain)).toMatchObject({
    'bootstrap.servers': 'one:9092,two:9092',
    'client.id': 'billing',
    'security.protocol': 'plaintext',
    'socket.timeout.ms': 10_000,
  });
  expect(consumerProperties(plain, 'engine')).toMatchObject({
    'group.id': 'engine',
    'session.timeout.ms': 8_000,
    'heartbeat.interval.ms': 800,
  });
});

test('TLS is files, and SASL goes over it where both are set', () => {
  const tls = { ca: '/ca.pem', cert: '/cert.pem', key: '/key.pem' };
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } as const;
  const protocol = (given: Parameters<typeof kafkaSettings>[1]): unknown =>
    commonProperties(kafkaSettings('b:1', given))['security.protocol'];
  expect(protocol({ tls })).toBe('ssl');
  expect(protocol({ sasl })).toBe('sasl_plaintext');
  expect(protocol({ tls: {}, sasl })).toBe('sasl_ssl');
  expect(commonProperties(kafkaSettings('b:1', { tls, sasl }))).toMatchObject({
    'ssl.ca.location': '/ca.pem',
    'ssl.certificate.location': '/cert.pem',
    'ssl.key.location': '/key.pem',
    'sasl.mechanisms': 'SCRAM-SHA-512',
    'sasl.username': 'u',
    'sasl.password': 'p',
  });
});

test("a user's properties win over our defaults, and not over what our guarantees rest on", () => {
  const tuned = kafkaSettings('b:1', { properties: { 'queued.min.messages': '7', 'linger.ms': '9' } });
  expect(consumerProperties(tuned, null)['queued.min.messages']).toBe('7');
  expect(producerProperties(tuned)['linger.ms']).toBe('9');
  for (const name of ['acks', 'enable.idempotence', 'enable.auto.commit', 'partition.assignment.strategy']) {
    const wrong = kafkaSettings('b:1', { properties: { [name]: 'x' } });
    expect(() => commonProperties(wrong)).toThrow(`librdkafka's ${name} can't be set`);
  }
});

test('nothing is lost or fetched without bounds by default', () => {
  expect(producerProperties(plain)).toMatchObject({ acks: 'all', 'enable.idempotence': true });
  expect(consumerProperties(plain, 'engine')).toMatchObject({
    'enable.auto.commit': false,
    'auto.offset.reset': 'earliest',
    'queued.max.messages.kbytes': 32_768,
  });
});
