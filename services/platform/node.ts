// `requite/node`: the host for Node 22.22 or newer, beside a broker. What needs Bun (the embedded log and the SQLite
// job store) is loaded only where it is asked for, and refused on Node.
export { type Backing, openBacking } from './backing.ts';
export { type AnswerHandler, type AnswerSettings, type Question, serveAnswers } from './host/answers.ts';
export { type StartOptions, startWorkflow } from './host/client.ts';
export { awaitWorkflow, type Ending } from './host/results.ts';
export type { Host, HostSettings } from './host/settings.ts';
export { serveWorkflows, type WorkflowSettings } from './host/workflows.ts';
