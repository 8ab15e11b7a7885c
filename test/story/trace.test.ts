// One trace, whole, span by span, as a receiver that is not ours took it from real processes.
import { describe, test } from 'bun:test';
import { describeWithCluster } from '../broker/index.ts';
import { describeWithReceiver } from '../otlp/describe.ts';
import { emptyCluster } from './cluster.ts';
import { TraceLab } from './trace-lab.ts';
import { billStory, orderStory } from './trace-stories.ts';

/** The receiver may have to be built first. */
const STORY_MS = 900_000;

async function inLab(brokers: string | undefined, story: (lab: TraceLab) => Promise<void>): Promise<void> {
  const lab = await TraceLab.make(brokers);
  try {
    await story(lab);
  } finally {
    await lab.close();
  }
}

const bill = 'a bill is one trace from POST to file, over engine and CRM killed while its job waits';
const order = 'an order is one trace from POST over its validations to the mail';

describeWithReceiver('tracing', () => {
  describe('on the embedded log', () => {
    test(bill, () => inLab(undefined, billStory), STORY_MS);
    test(order, () => inLab(undefined, orderStory), STORY_MS);
  });
  describeWithCluster('on Kafka', () => {
    test(bill, async () => inLab((await emptyCluster()).brokers, billStory), STORY_MS);
    test(order, async () => inLab((await emptyCluster()).brokers, orderStory), STORY_MS);
  });
});
