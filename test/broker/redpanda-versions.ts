/** The versions of each Kafka API that Redpanda 24.3 declares in its request handlers, by API key. */

export interface ApiRange {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

const range = (key: number, name: string, min: number, max: number): [number, ApiRange] => [
  key,
  { name, min, max },
];

export const redpandaApis: ReadonlyMap<number, ApiRange> = new Map([
  range(0, 'Produce', 0, 7),
  range(1, 'Fetch', 4, 11),
  range(2, 'ListOffsets', 0, 4),
  range(3, 'Metadata', 0, 8),
  range(8, 'OffsetCommit', 1, 8),
  range(9, 'OffsetFetch', 1, 7),
  range(10, 'FindCoordinator', 0, 3),
  range(11, 'JoinGroup', 0, 6),
  range(12, 'Heartbeat', 0, 4),
  range(13, 'LeaveGroup', 0, 4),
  range(14, 'SyncGroup', 0, 4),
  range(15, 'DescribeGroups', 0, 5),
  range(16, 'ListGroups', 0, 4),
  range(17, 'SaslHandshake', 0, 1),
  range(18, 'ApiVersions', 0, 3),
  range(19, 'CreateTopics', 0, 6),
  range(20, 'DeleteTopics', 0, 5),
  range(22, 'InitProducerId', 0, 3),
  range(23, 'OffsetForLeaderEpoch', 0, 4),
  range(24, 'AddPartitionsToTxn', 0, 3),
  range(25, 'AddOffsetsToTxn', 0, 1),
  range(26, 'EndTxn', 0, 3),
  range(28, 'TxnOffsetCommit', 0, 3),
  range(32, 'DescribeConfigs', 0, 4),
  range(33, 'AlterConfigs', 0, 2),
  range(36, 'SaslAuthenticate', 0, 2),
  range(37, 'CreatePartitions', 0, 3),
  range(42, 'DeleteGroups', 0, 2),
  range(44, 'IncrementalAlterConfigs', 0, 1),
]);
