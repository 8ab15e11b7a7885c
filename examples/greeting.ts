// A workflow of your own and its answerer. Kill it whenever you like and start it again: it goes on.
import { Type, workflow } from 'requite';
import { awaitWorkflow, serveAnswers, serveWorkflows, startWorkflow } from 'requite/bun';

const { DATA_DIR: dataDir = './data/greeting', BROKERS: brokers } = process.env;
const settings = { dataDir, brokers };

const greeting = workflow({
  type: 'greeting',
  version: 1,
  input: Type.Object({ guest: Type.String() }),
  *run({ ask }, { guest }) {
    const language = yield* ask('language', { guest }, Type.String());
    return `${language === 'fr' ? 'Bonjour' : 'Hello'}, ${guest}!`;
  },
});

const engine = await serveWorkflows([greeting], settings);
const answerer = await serveAnswers({ language: () => 'fr' }, settings);

await startWorkflow(greeting, 'guest-1', { guest: 'Zoé' }, settings);
console.log(await awaitWorkflow('guest-1', '30s', settings));

await Promise.all([engine.stop(), answerer.stop()]);
