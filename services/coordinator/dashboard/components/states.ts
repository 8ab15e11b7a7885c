// The states of bills and runs: each has a shape and a word of its own, beside its colour.
import { type Html, html } from '../html.ts';
import type { RunProgress } from '../replies.ts';

/** States of a workflow, in the order in which they are shown. */
export const WORKFLOW_STATES = [
  'completed',
  'failed',
  'parked',
  'cancelled',
  'waiting',
  'requested',
] as const;
export type WorkflowState = (typeof WORKFLOW_STATES)[number];

export type Shape =
  | WorkflowState
  | 'running'
  | 'paused'
  | 'cancelling'
  | 'ended'
  | 'flawed'
  | 'alive'
  | 'starting'
  | 'gone';

/** What each state means, for a tooltip and for newcomers. */
export const MEANINGS: Readonly<Record<WorkflowState, string>> = {
  completed: 'The bill is there',
  failed: 'No bill: it ended with an error',
  parked: "Can't go on until somebody mends the reason",
  cancelled: 'Ended on request, without a bill',
  waiting: 'Waits for an answer',
  requested: 'Not yet begun by an engine',
};

const ring = html`<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.8"/>`;
const disc = html`<circle cx="8" cy="8" r="7" fill="currentColor"/>`;
const line = (d: string): Html =>
  html`<path d="${d}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>`;
const cut = (d: string): Html =>
  html`<path d="${d}" class="cut" fill="none" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>`;

const SHAPES: Readonly<Record<Shape, Html>> = {
  completed: html`${disc}${cut('M4.8 8.3l2.2 2.2 4.2-4.6')}`,
  ended: html`${disc}${cut('M4.8 8.3l2.2 2.2 4.2-4.6')}`,
  // an octagon, as of what failed, but not filled: some of it did
  flawed: html`<path d="M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"/>${line('M8 4.8v3.6M8 11.1v.1')}`,
  failed: html`<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor"/>${cut('M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8')}`,
  parked: html`<path d="M8 .8L15.2 8 8 15.2.8 8z" fill="currentColor"/>${cut('M8 4.6v4M8 11v.1')}`,
  cancelled: html`${ring}${line('M4 12l8-8')}`,
  cancelling: html`${ring}${line('M4 12l8-8')}`,
  waiting: html`${ring}${line('M8 4.6V8l2.3 1.6')}`,
  requested: html`<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.8" stroke-dasharray="2.4 2.3"/>`,
  running: html`${ring}<path d="M6.4 5.2v5.6L11 8z" fill="currentColor"/>`,
  paused: html`${ring}${line('M6.4 5.8v4.4M9.6 5.8v4.4')}`,
  alive: html`<circle cx="8" cy="8" r="5" fill="currentColor"/>`,
  starting: html`<path d="M8 3l5.5 10h-11z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"/>`,
  gone: html`<circle cx="8" cy="8" r="4.4" fill="none" stroke="currentColor" stroke-width="1.8"/>`,
};

/** A shape in its colour. Says nothing to who can't see it: a word belongs beside it. */
export function shape(name: Shape): Html {
  return html`<svg class="shape is-${name}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${SHAPES[name]}</svg>`;
}

/** Shape and word. */
export function state(name: Shape, word: string = name): Html {
  return html`<span class="state is-${name}">${shape(name)}${word}</span>`;
}

/** How a run stands: one that has ended without all its bills does not look like one that has them. */
export function runState({ state: said, failed }: RunProgress): Html {
  return said === 'ended' && failed > 0 ? state('flawed', 'ended with failures') : state(said);
}
