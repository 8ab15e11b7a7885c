import { partitionFor } from '../messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord } from '../messages/record.ts';
import { topics } from '../messages/topics.ts';
import { RUNS } from './oracle.ts';
import type { Run } from './roles.ts';
import { brokenValue, misplaced } from './strangers.ts';
import { someVisits, VISITS } from './visits.ts';
import type { World } from './world.ts';

/** What comes from outside, whoever runs: runs that are accepted, events, commands, copies, and what is broken. */
export class Arrivals {
  readonly #world: World;
  readonly #planned: { readonly step: number; readonly arrive: () => void }[] = [];

  constructor(world: World) {
    this.#world = world;
    this.#plan();
  }

  /** What comes with this step. */
  arrive(): void {
    const { step } = this.#world.kernel;
    while (this.#planned.length > 0 && (this.#planned[0]?.step ?? 0) <= step) this.#planned.shift()?.arrive();
    if (this.#world.waiting() !== null) this.#meddle();
  }

  /** Workflows come in runs, most of them in the first half; their events before them or after. */
  #plan(): void {
    const world = this.#world;
    const { random } = world;
    const { workflows, scenario, steps } = world.settings;
    for (let nth = 0; nth < workflows; ) {
      const size = Math.min(workflows - nth, 1 + random.below(3));
      const at = nth === 0 ? 1 : random.below(Math.floor(steps * 0.6));
      const numbers = Array.from({ length: size }, (_, index) => nth + index);
      const ids = numbers.map((number) => `${scenario.name}-${number}`);
      const run: Run = {
        ids,
        workflows: numbers.map((number) => scenario.workflow(number, (below) => random.below(below))),
      };
      this.#planned.push({ step: at, arrive: () => this.#accept(run) });
      for (const [index, id] of ids.entries()) this.#planEvents(nth + index, id, at);
      nth += size;
    }
    if (world.settings.hasFolds) this.#planVisits();
    this.#planned.sort((one, other) => one.step - other.step);
  }

  #planEvents(nth: number, id: string, at: number): void {
    const { random, settings } = this.#world;
    const { scenario, partitions, steps } = settings;
    for (const { topic, value } of scenario.events?.(nth, id, (below) => random.below(below)) ?? []) {
      const record = {
        topic,
        partition: partitionFor(id, partitions),
        key: id,
        value: JSON.stringify(value),
      };
      const step = Math.max(0, at - 20) + random.below(Math.floor(steps / 2));
      this.#planned.push({ step, arrive: () => this.#append(record, 'event') });
    }
  }

  #planVisits(): void {
    const { random, settings, visits } = this.#world;
    for (const visit of someVisits(random)) {
      visits.push(visit);
      const partition = partitionFor(visit.id, settings.partitions);
      const record = { topic: VISITS.taken, partition, key: visit.id, value: JSON.stringify(visit) };
      const step = random.below(Math.floor(settings.steps * 0.7));
      this.#planned.push({ step, arrive: () => this.#append(record, 'visit') });
    }
  }

  #accept(run: Run): void {
    const world = this.#world;
    for (const id of run.ids) world.accepted.add(id);
    const partition = world.random.below(world.settings.partitions);
    world.log.append([{ topic: RUNS, partition, key: null, value: JSON.stringify(run) }]);
  }

  /** A record of somebody else's, which may come to the wrong partition. */
  #append(record: OutgoingRecord, what: string): void {
    const world = this.#world;
    const fault = world.fault('misplaced', what);
    world.log.append([fault === null ? record : misplaced(record, world.settings.partitions, fault.random)]);
  }

  #meddle(): void {
    const world = this.#world;
    const fault = world.waiting();
    if (fault === null || !['duplicate', 'conflict', 'broken', 'command', 'misplaced'].includes(fault.kind))
      return;
    const topic = this.#topicOf(fault.at);
    if (topic === undefined && fault.kind !== 'command') return;
    const record = this.#meddling(fault.kind, fault.at, topic ?? '');
    if (record === null || world.inject(fault) === null) return;
    const offset = world.log.endOffsets(record.topic)[record.partition] ?? 0;
    world.log.append([record]);
    if (fault.kind === 'broken')
      world.oracle.mustRefuse(
        { topic: record.topic, partition: record.partition, offset },
        `a broken ${fault.at}`,
      );
  }

  #topicOf(what: string): string | undefined {
    const world = this.#world;
    const event = world.settings.scenario.deployments.flat().flatMap(({ expects }) => expects)[0];
    const names: Readonly<Record<string, string | undefined>> = {
      workflow: topics.workflowQueue,
      answer: topics.answers,
      command: topics.workflowCommands,
      event,
      visit: world.settings.hasFolds ? VISITS.taken : undefined,
    };
    return names[what];
  }

  /** What comes of this fault; null where there is nothing to make it of. */
  #meddling(kind: string, what: string, topic: string): OutgoingRecord | null {
    const world = this.#world;
    const random = world.waiting()?.random ?? world.random;
    const { partitions } = world.settings;
    if (kind === 'broken') {
      const value = brokenValue(what, random);
      return { topic, partition: random.below(partitions), key: 'broken', value };
    }
    if (kind === 'command') return this.#command(what);
    if (kind === 'misplaced' && what !== 'command') return null; // those are sent amiss by who sends them
    const known = this.#any(topic);
    if (kind === 'misplaced') return known === null ? null : misplaced(known, partitions, random);
    if (known === null || kind === 'duplicate') return known;
    const message = JSON.parse(String(known.value)) as { payload: { guest?: number } };
    return { ...known, value: JSON.stringify({ ...message, payload: { ...message.payload, guest: 1000 } }) };
  }

  #command(command: string): OutgoingRecord | null {
    const world = this.#world;
    const known = this.#any(topics.workflowQueue);
    if (known === null || typeof known.key !== 'string') return null;
    const type = (JSON.parse(String(known.value)) as Record<string, unknown>)['workflow-type'];
    const value = JSON.stringify({ 'workflow-type': type, 'workflow-id': known.key, command });
    return {
      topic: topics.workflowCommands,
      partition: partitionFor(known.key, world.settings.partitions),
      key: known.key,
      value,
    };
  }

  /** A copy of a sound record that lies at home. */
  #any(topic: string): OutgoingRecord | null {
    const world = this.#world;
    const random = world.waiting()?.random ?? world.random;
    const records: IncomingRecord[] = world.log
      .of(topic)
      .flat()
      .filter(
        ({ key, partition, headers }) =>
          typeof key === 'string' &&
          key !== 'broken' &&
          headers['requite-moved-from'] === undefined &&
          partition === partitionFor(key, world.settings.partitions),
      );
    if (records.length === 0) return null;
    const { partition, key, value, headers } = random.pick(records);
    return { topic, partition, key, value, headers };
  }
}
