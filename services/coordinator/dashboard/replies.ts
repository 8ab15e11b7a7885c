// What the pages read of the REST interface's replies.
import type {
  BillsPage,
  Job,
  JobMessages,
  JobsPage,
  JobTrace,
  RenderedBill,
  Reply,
} from '../replies/index.ts';

/** How far a run is. */
export interface RunProgress {
  readonly runId: string;
  readonly createTime: string;
  readonly billDate?: string;
  readonly label?: string;
  readonly billingPeriod?: string;
  readonly count: number;
  readonly requested: number;
  readonly waiting: number;
  readonly completed: number;
  readonly failed: number;
  readonly parked: number;
  readonly cancelled: number;
  readonly ended: boolean;
  readonly endedAt?: string;
  readonly state?: 'running' | 'paused' | 'cancelling' | 'cancelled' | 'ended';
  /** Bills a second, of late. */
  readonly rate?: number | null;
  readonly secondsLeft?: number;
}

/** One page of the runs, the newest first. */
export interface RunsReply {
  readonly runs: readonly RunProgress[];
  readonly links: { readonly next?: string };
}

/** A run with one page of its workflows. */
export interface RunReply extends RunProgress {
  readonly workflows: readonly RunWorkflow[];
  readonly links: { readonly next?: string };
}

export interface RunWorkflow {
  readonly customerIdentifier: string;
  readonly workflowId: string;
  readonly status: string;
  readonly problem?: { readonly code?: string; readonly message?: string };
}

/** A command that a run was given. */
export interface RunEvent {
  readonly time: string;
  readonly command: string;
  readonly by: string;
}

/** Of a customer of the CRM. */
export interface Customer {
  readonly customerIdentifier: string;
  readonly name: string;
}

/** How a run stands, also where a coordinator does not yet tell it in a word. */
export function stateOf(run: RunProgress): NonNullable<RunProgress['state']> {
  return run.state ?? (run.ended ? 'ended' : 'running');
}

/** What people call a run: its label, or when it was asked for. */
export function nameOf(run: RunProgress, time: (iso: string) => string): string {
  return run.label ?? `Run of ${time(run.createTime)}`;
}

export type JobReply = Reply<typeof Job>;
export type JobWait = JobReply['waitsFor'][number];
export type StoryEvent = JobReply['story'][number];
export type JobsReply = Reply<typeof JobsPage>;
export type TraceReply = Reply<typeof JobTrace>;
export type TraceSpan = TraceReply['spans'][number];
export type MessagesReply = Reply<typeof JobMessages>;
export type BillsReply = Reply<typeof BillsPage>;
export type BillReply = Reply<typeof RenderedBill>;
