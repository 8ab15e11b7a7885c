// Replies about previews.
import { Type } from '@sinclair/typebox';
import { RenderedBill } from './bills.ts';
import { count, Reason } from './reply.ts';
import { JobStatus } from './runs.ts';

const documents = Type.Object({
  txt: Type.String(),
  html: Type.String(),
  pdf: Type.String(),
  json: Type.String(),
});

const ofPreview = {
  previewId: Type.String(),
  count: count('Customers: each once'),
  links: Type.Object({ self: Type.String(), wait: Type.String() }),
};

export const AcceptedPreview = Type.Object(
  {
    ...ofPreview,
    previews: Type.Array(
      Type.Object({ customerIdentifier: Type.String(), workflowId: Type.String(), links: documents }),
      { description: 'In the order of the request' },
    ),
    duplicates: Type.Array(Type.String(), { description: 'Customers that the request named more than once' }),
  },
  { title: 'AcceptedPreview', description: 'Previews that are asked for.' },
);

export const Preview = Type.Object(
  {
    ...ofPreview,
    requested: count('Those that no engine has reported yet; they are not listed'),
    ended: Type.Boolean({ description: 'Whether all are there, or will never be' }),
    previews: Type.Array(
      Type.Object({
        customerIdentifier: Type.String(),
        workflowId: Type.String(),
        status: JobStatus,
        problem: Type.Optional(Reason),
        links: documents,
      }),
      { description: 'In the order of the request' },
    ),
  },
  { title: 'Preview', description: 'How previews stand.' },
);

export const PreviewedBill = Type.Object(
  { preview: RenderedBill },
  {
    title: 'PreviewedBill',
    description: 'What would be billed. It is no bill: its number says that it has none.',
  },
);
