/** Redpanda in a container: one broker, with what our tests need changed from its defaults. */

/** Kept equal to the image in compose.yaml. */
const image = 'redpandadata/redpanda:v26.1.14';
const startTimeoutMs = 120_000;

const clusterProperties = `auto_create_topics_enabled: false
kafka_enable_authorization: false
group_initial_rebalance_delay: 0
group_min_session_timeout_ms: 1000
group_topic_partitions: 4
`;

/** Starts it; `brokers` is `host:port`. The container ends with this process: Testcontainers' reaper sees to it. */
export async function startRedpanda(): Promise<{ brokers: string; stop(): Promise<void> }> {
  // Loaded here only: it takes half a second, and where there is no Docker nobody needs it.
  const [{ RedpandaContainer }, { Wait }] = await Promise.all([
    import('@testcontainers/redpanda'),
    import('testcontainers'),
  ]);
  const container = await new RedpandaContainer(image)
    .withCopyContentToContainer([{ content: clusterProperties, target: '/etc/redpanda/.bootstrap.yaml' }])
    .withWaitStrategy(Wait.forLogMessage('Successfully started Redpanda!'))
    .withStartupTimeout(startTimeoutMs)
    .start();
  return {
    brokers: container.getBootstrapServers(),
    stop: async () => {
      await container.stop();
    },
  };
}
