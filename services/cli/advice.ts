// What the coordinator advises by its routes, as commands: who is at a command line sends no requests by hand.

/** What it says, and what is said here instead. */
export const ADVICE: readonly (readonly [routes: string, commands: string])[] = [
  [
    'use an id from GET /runs/{runId}, percent-encoded.',
    'requite runs RUN --json lists those of a run; requite bill RUN CUSTOMER needs none.',
  ],
  ['use the runId from the reply to the POST, or GET /runs for what there is.', 'requite runs lists them.'],
  ['Mend it, then POST to /jobs/{workflowId}/retry.', 'Mend it, then requite jobs retry WORKFLOW-ID.'],
  ['GET /jobs/{workflowId} says for what.', 'requite jobs show WORKFLOW-ID says for what.'],
  [
    'Ask again later, or follow the run with "wait".',
    'Ask again later, or follow the run: requite watch RUN.',
  ],
];

/** What a refusal says, for a command line. */
export function advised(detail: string): string {
  return ADVICE.reduce((text, [routes, commands]) => text.replace(routes, commands), detail);
}
