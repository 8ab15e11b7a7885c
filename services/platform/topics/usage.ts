import { orderTopics, topics } from '../../../core/mod.ts';
import { TRIMMED_BY_DEFAULT } from './plan.ts';

/** What `--help` prints, before the settings. */
export const topicsUsage = `Usage: bun run topics create [--json]
       bun run topics list [--all] [--json]
       bun run topics read TOPIC
       bun run topics publish TOPIC --key KEY VALUE [--json]
       bun run topics acls [SERVICE …] [--principal User:NAME] [--json]
       bun run topics trim [--topics a,b] [--without group,…] [--dry-run] [--json]

Looks after the topics of the log that the services use: the cluster of BROKERS or, without it, DATA_DIR.

create  Makes the topics that are missing, whatever TOPICS_AUTOCREATE says, with PARTITIONS and REPLICATION: those of
        the billing lab and those of the orders ecosystem.
        What is there stays as it is; run it as often as you like.

list    Partitions, records, copies and the groups that read each topic, with what each has before it (its lag).
        Records are counted as offsets: transactions and compaction make it a little more than there is to read.
        --all   every topic of the log, not ours alone
        --json  as JSON, with the offsets of each partition

read    Prints what is on a topic now, oldest first in each partition: a line of JSON for each record, with its headers.

publish Writes one record, VALUE being JSON, to the partition of its key, such as a payment:
        bun run topics publish payments --key 1 '{"id":"p-1","orderId":"1","ccy":"EUR","amount":"75.00"}'

acls    Prints, as lines of kafka-acls.sh, the least that each service needs on a cluster that denies by default: for the
        user of its own name or, with --principal, for one that runs them all. Nothing is changed. ADMIN is yours to
        set: --bootstrap-server HOST:PORT --command-config FILE. See docs/security.md.

trim    Deletes the records that every group has passed: in each partition those before the least offset that any
        group has committed. By default of ${TRIMMED_BY_DEFAULT.join(', ')}.
        --topics a,b    of these instead. Compacted topics are refused. Others that are read outside of groups
                        (${topics.workflowEvents}, ${topics.deadLetters}, ${orderTopics.orders}) lose what is deleted: a warning says so.
        --without a,b   don't wait for these groups of the billing lab (engine, crm, bill-writer): for a log on which
                        only workflows and answerers of your own run
        --dry-run       says what it would delete

        A group counts once it has committed anything on the topic, also one that has stopped for good: it keeps
        what it has not read until the cluster forgets it (Kafka: offsets.retention.minutes) or you delete it. A
        topic on which no group has committed, or not the billing lab's own, is left alone.
        After a trim the log begins later. A group that is new, or whose offsets are reset to the earliest, starts
        at the first record that is left: it never sees what was deleted. And a job store that was lost can't be
        filled again from the log. Deleting can't be undone.

--json  the same as one JSON document.

Exits with 0 when done, 1 where the log refuses, 2 for a command line or setting that can't be used, 3 where the log can't
be reached.
`;
