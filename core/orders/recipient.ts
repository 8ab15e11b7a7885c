import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Customer } from '../billing/customer.ts';
import type { SchemaOf } from '../billing/schema.ts';
import { WorkflowFailure } from '../workflow/definition.ts';

/** A mail address that we write to, as HTML's `input type=email` takes it: nothing in it can end a header or a command. */
export const MailAddress: SchemaOf<string> = Type.String({
  maxLength: 254,
  pattern:
    "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
});

/** The customer that an order names. Throws `WorkflowFailure` where it names none. */
export function customerToWriteTo({ customerId }: { readonly customerId: string }): string {
  if (customerId === '')
    throw new WorkflowFailure('missing-customer', 'the order names no customer, so nobody can be written to');
  return customerId;
}

/** The address of the customer that was asked for. Throws `WorkflowFailure` where there is none that can be written to. */
export function addressOf({ customerIdentifier, email }: Customer, asked: string): string {
  if (customerIdentifier !== asked)
    throw new WorkflowFailure('wrong-customer', 'the answer is about another customer than was asked for');
  if (email === undefined)
    throw new WorkflowFailure('no-email', 'the customer has no email: put it into the CRM');
  if (!Value.Check(MailAddress, email))
    throw new WorkflowFailure('bad-email', "the customer's email can't be written to: mend it in the CRM");
  return email;
}
