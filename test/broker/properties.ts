/** What a broker of ours is configured with. Every broker is a controller too, and each is number 0, 1, … */

/** The ports of one broker on 127.0.0.1. `advertised` is what clients are told to connect to: usually `client`. */
export interface Ports {
  readonly client: number;
  readonly internal: number;
  readonly controller: number;
  readonly advertised: number;
}

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Quick to form groups, quick to notice a dead broker, and small, for tests on small machines; the rest is Kafka's own. */
function common(brokers: number): Settings {
  const copies = brokers >= 3 ? 3 : 1;
  const inSync = brokers >= 3 ? 2 : 1;
  return {
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'group.consumer.min.session.timeout.ms': 1_000,
    'group.consumer.min.heartbeat.interval.ms': 100,
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1_000,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'broker.heartbeat.interval.ms': 500,
    'broker.session.timeout.ms': 3_000,
    'log.cleaner.dedupe.buffer.size': 8_388_608,
    'num.network.threads': 2,
    'num.io.threads': 4,
  };
}

/** The text of server.properties for broker `number`. `settings` win over ours. */
export function serverProperties(
  number: number,
  ports: readonly Ports[],
  dataDirectory: string,
  settings: Settings,
): string {
  const own = ports[number];
  if (own === undefined) throw new RangeError(`there is no broker ${number}`);
  const at = (port: number): string => `127.0.0.1:${port}`;
  const all: Settings = {
    'process.roles': 'broker,controller',
    'node.id': number,
    'controller.quorum.voters': ports.map((each, id) => `${id}@${at(each.controller)}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `CLIENT://${at(own.client)},INTERNAL://${at(own.internal)},CONTROLLER://${at(own.controller)}`,
    'advertised.listeners': `CLIENT://${at(own.advertised)},INTERNAL://${at(own.internal)}`,
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': dataDirectory,
    ...common(ports.length),
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Warnings go to the broker's output, which an error of ours quotes. */
export const log4j = `<Configuration>
<Appenders><Console name="out"><PatternLayout pattern="%d{ISO8601} %p %c{1} %m%n"/></Console></Appenders>
<Loggers><Root level="warn"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
`;
