// What the pages read of the REST interface's replies.
import type {
  BillsPage,
  DeadLetter,
  DeadLettersPage,
  Job,
  JobMessages,
  JobsPage,
  JobTrace,
  RenderedBill,
  Reply,
  Run,
  RunHistory,
  RunProgress as RunProgressSchema,
  RunsPage,
} from '../replies/index.ts';

export type RunProgress = Reply<typeof RunProgressSchema>;
export type RunsReply = Reply<typeof RunsPage>;
export type RunReply = Reply<typeof Run>;
export type RunWorkflow = RunReply['workflows'][number];
export type HistoryReply = Reply<typeof RunHistory>;
/** A command that a run was given. */
export type RunEvent = HistoryReply['history'][number];
export type JobReply = Reply<typeof Job>;
export type JobWait = JobReply['waitsFor'][number];
export type StoryEvent = JobReply['story'][number];
export type JobsReply = Reply<typeof JobsPage>;
export type TraceReply = Reply<typeof JobTrace>;
export type TraceSpan = TraceReply['spans'][number];
export type MessagesReply = Reply<typeof JobMessages>;
export type BillsReply = Reply<typeof BillsPage>;
export type BillReply = Reply<typeof RenderedBill>;
export type LettersReply = Reply<typeof DeadLettersPage>;
export type ListedLetter = LettersReply['deadLetters'][number];
export type LetterReply = Reply<typeof DeadLetter>;

/** Of a customer of the CRM. */
export interface Customer {
  readonly customerIdentifier: string;
  readonly name: string;
}

/** What people call a run: its label, or when it was asked for. */
export function nameOf(run: RunProgress, time: (iso: string) => string): string {
  return run.label ?? `Run of ${time(run.createTime)}`;
}
