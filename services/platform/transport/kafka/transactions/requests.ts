import {
  type Connection,
  endTxnV4,
  type Reader,
  ResponseError,
  txnOffsetCommitV4,
} from '@platformatic/kafka';
import type { Position } from '../../../../../core/mod.ts';
import { grouped } from '../grouped.ts';
import type { ProducerIdentity } from '../produce.ts';
import { type Api, send } from '../send.ts';
import type { GroupMember } from './producer.ts';
import type { TransactionVersion } from './wire.ts';

/** As whom, and how. */
export interface TransactionIdentity extends ProducerIdentity {
  readonly transactionalId: string;
  readonly version: TransactionVersion;
}

/** Which version of each request a version of transactions takes. The bodies of both are the same. */
const COMMIT_OFFSETS: Readonly<Record<TransactionVersion, Api>> = {
  1: { key: txnOffsetCommitV4.api.key, version: 3, flexible: true },
  2: { key: txnOffsetCommitV4.api.key, version: 5, flexible: true },
};
const END: Readonly<Record<TransactionVersion, Api>> = {
  1: { key: endTxnV4.api.key, version: 3, flexible: true },
  2: { key: endTxnV4.api.key, version: 5, flexible: true },
};

/** Writes a member's offsets as part of the transaction. Rejects with the client's error. */
export async function commitOffsets(
  connection: Connection,
  { transactionalId, producerId, producerEpoch, version }: TransactionIdentity,
  offsets: readonly Position[],
  { group, generationId, memberId, mark }: GroupMember,
): Promise<void> {
  const topics = [...grouped(offsets, ({ topic }) => topic)].map(([name, positions]) => ({
    name,
    partitions: positions.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: mark,
    })),
  }));
  const payload = () =>
    txnOffsetCommitV4.createRequest(
      transactionalId,
      group,
      producerId,
      producerEpoch,
      generationId,
      memberId,
      null,
      topics,
    );
  await send(connection, COMMIT_OFFSETS[version], payload, txnOffsetCommitV4.parseResponse);
}

/** Commits the transaction. Returns as whom the next one is written. Rejects with the client's error. */
export function endTransaction(
  connection: Connection,
  { transactionalId, producerId, producerEpoch, version }: TransactionIdentity,
): Promise<ProducerIdentity> {
  const payload = () => endTxnV4.createRequest(transactionalId, producerId, producerEpoch, true);
  const parse = (_: number, key: number, apiVersion: number, reader: Reader): ProducerIdentity => {
    reader.readInt32(); // for how long the broker throttles
    const errorCode = reader.readInt16();
    if (errorCode !== 0) throw new ResponseError(key, apiVersion, { '/': [errorCode, null] }, { errorCode });
    return version === 1
      ? { producerId, producerEpoch }
      : { producerId: reader.readInt64(), producerEpoch: reader.readInt16() };
  };
  return send(connection, END[version], payload, parse);
}
