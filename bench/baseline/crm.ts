import { type Customer, topics } from '../../core/mod.ts';
import { customersOf } from '../customers.ts';
import { up } from '../stand-in.ts';
import { connect } from './kafka.ts';

const [count = '0', seed = '0'] = process.argv.slice(2);
const customers = new Map<string, Customer>();
for (const one of customersOf(Number(count), Number(seed))) customers.set(one.customerIdentifier, one);

interface CustomerQuestion {
  readonly qaIdentifier: string;
  readonly payload: { readonly customerIdentifier: string };
}

await connect('crm', [topics.questions], async ({ key, value }, send) => {
  const { qaIdentifier, payload } = JSON.parse(value) as CustomerQuestion;
  await send(topics.answers, key, { qaIdentifier, answer: customers.get(payload.customerIdentifier) });
});
up();
