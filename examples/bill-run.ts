// Bills three customers, watches it, and prints the first bill. Start the services before: bun run services
import { connect } from 'requite/client';

const { COORDINATOR: coordinator = 'http://localhost:3007', TOKEN: token } = process.env;
const requite = connect(coordinator, token === undefined ? {} : { token });

const run = await requite.start({ customerIdentifiers: ['2', '4', '5'], label: 'An example' });
for await (const { completed, count } of run.follow()) console.log(`${completed} of ${count} bills`);

for await (const { customerIdentifier, workflowId, status } of run.workflows())
  console.log(`customer ${customerIdentifier}: ${workflowId} is ${status}`);

const [first] = run.accepted.workflows;
if (first !== undefined) console.log(await requite.bill(first.workflowId));
