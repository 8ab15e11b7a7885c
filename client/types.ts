// Made by scripts/client-types.ts from the schemas of the coordinator's replies: change those instead.

/** A command that is durable; the job tells what came of it. */
export interface AcceptedJobCommand {
  readonly workflowId: string;
  readonly command: 'retry' | 'cancel';
  /** Of the job before it: what comes of it has a higher one. */
  readonly revision: number;
  readonly links: {
    readonly self: string;
  };
}

/** Previews that are asked for. */
export interface AcceptedPreview {
  readonly previewId: string;
  /** Customers: each once. */
  readonly count: number;
  readonly links: {
    readonly self: string;
    readonly wait: string;
  };
  /** In the order of the request. */
  readonly previews: readonly {
    readonly customerIdentifier: string;
    readonly workflowId: string;
    readonly links: {
      readonly txt: string;
      readonly html: string;
      readonly pdf: string;
      readonly json: string;
    };
  }[];
  /** Customers that the request named more than once. */
  readonly duplicates: readonly string[];
}

/** A run that is durable. */
export interface AcceptedRun {
  readonly runId: string;
  /** What the request calls the run. */
  readonly label?: string;
  /** The month that is billed, such as 2026-11, where the request named one. */
  readonly billingPeriod?: string;
  /** Workflows of the run: each customer once. */
  readonly count: number;
  /** In the order of the request; of a run of more than 10,000 the first 1,000. */
  readonly workflows: readonly {
    readonly customerIdentifier: string;
    readonly workflowId: string;
  }[];
  /** Customers that the request named more than once, the first 100 of them. */
  readonly duplicates: readonly string[];
  readonly links: {
    readonly self: string;
    readonly wait: string;
    /** A template: put the workflow-id in, percent-encoded. */
    readonly job: string;
    /** A template: put the workflow-id in, percent-encoded. */
    readonly bill: string;
    /** The path of the next page; absent on the last. */
    readonly next?: string;
  };
}

/** A command that is on record, and how the run stands with it. */
export interface AcceptedRunCommand {
  readonly runId: string;
  /** When the run was accepted. */
  readonly createTime: string;
  /** What the request calls the run. */
  readonly label?: string;
  /** The month that is billed, such as 2026-11, where the request named one. */
  readonly billingPeriod?: string;
  /** The date of its bills, where the request named one. */
  readonly billDate?: string;
  /** The type of its workflows, where it is not bill-generation. */
  readonly workflowType?: string;
  readonly period?: Period;
  /** cancelling: cancelled, and some of its jobs have not ended yet. */
  readonly state: 'running' | 'paused' | 'cancelling' | 'cancelled' | 'ended';
  /** Workflows of the run. */
  readonly count: number;
  /** Workflows that no engine has reported yet. */
  readonly requested: number;
  /** Workflows that wait. */
  readonly waiting: number;
  /** Workflows that completed. */
  readonly completed: number;
  /** Workflows that failed. */
  readonly failed: number;
  /** Workflows that go on only after a retry. */
  readonly parked: number;
  /** Workflows that were cancelled. */
  readonly cancelled: number;
  /** Whether all have completed, failed or been cancelled. */
  readonly ended: boolean;
  /** When its counts last changed. */
  readonly updatedAt: string;
  /** Of a run that has ended: when. */
  readonly endedAt?: string;
  /** Workflows that ended a second lately, while the run goes on. */
  readonly rate?: number;
  /** In about so many seconds it ends; absent where nobody can say. */
  readonly secondsLeft?: number;
  /** Of a retry. */
  readonly retried?: {
    /** Failed workflows that were asked for anew. */
    readonly failed: number;
    /** Parked jobs that were told to go on. */
    readonly parked: number;
  };
  readonly links: {
    readonly self: string;
    readonly wait: string;
    /** A template: put the workflow-id in, percent-encoded. */
    readonly job: string;
    /** A template: put the workflow-id in, percent-encoded. */
    readonly bill: string;
    readonly history: string;
  };
}

/** A bill. Amounts are decimal texts with as many decimals as their currency has. */
export interface Bill {
  readonly billNumber: string;
  readonly workflowId: string;
  readonly issuer: {
    readonly name: string;
    readonly address: {
      readonly lines: readonly string[];
      readonly postalCode?: string;
      readonly city: string;
      readonly region?: string;
      readonly country: string;
    };
    readonly taxId: string;
    readonly contact: readonly string[];
  };
  readonly customer: {
    readonly customerIdentifier: string;
    readonly name: string;
    readonly address: {
      readonly lines: readonly string[];
      readonly postalCode?: string;
      readonly city: string;
      readonly region?: string;
      readonly country: string;
    };
    readonly taxId?: string;
  };
  readonly billDate: string;
  readonly dueDate: string;
  readonly currency: string;
  readonly rounding: 'half-up';
  readonly lines: readonly {
    readonly description: string;
    readonly quantity: string;
    readonly unit: string;
    readonly unitPrice: string;
    readonly taxRate: string;
    readonly net: string;
  }[];
  readonly taxes: readonly {
    readonly taxRate: string;
    readonly net: string;
    readonly tax: string;
  }[];
  readonly netTotal: string;
  readonly taxTotal: string;
  readonly total: string;
}

/** One page of bills. */
export interface BillsPage {
  readonly bills: readonly ListedBill[];
  readonly links: {
    readonly self: string;
    /** The path of the next page; absent on the last. */
    readonly next?: string;
  };
}

/** A record that was refused, as it came. */
export interface DeadLetter {
  /** partition/offset. */
  readonly id: string;
  /** Of dead-letters. */
  readonly partition: number;
  /** Of dead-letters. */
  readonly offset: number;
  /** When it was refused. */
  readonly time: string;
  /** Stable, such as invalid-input. */
  readonly reason: string;
  readonly detail: string;
  readonly origin: {
    /** Where it came from; empty where the letter does not say. */
    readonly topic: string;
    readonly partition: number | null;
    readonly offset: number | null;
  };
  readonly headers: Readonly<Record<string, string>>;
  readonly key: Payload;
  readonly value: Payload;
  /** partition/offset of the letter whose replay was refused again. */
  readonly replayOf: string | null;
  /** When it was replayed last; null where it never was. */
  readonly replayedAt: string | null;
  readonly links: {
    readonly self: string;
    readonly replay: string;
  };
}

/** One page of the dead letters. */
export interface DeadLettersPage {
  /** By partition and offset. */
  readonly deadLetters: readonly ListedDeadLetter[];
  readonly links: {
    readonly self: string;
    /** The path of the next page; absent on the last. */
    readonly next?: string;
  };
}

/** What a job asked, what it waits for, and what came of it. */
export interface Job {
  readonly workflowId: string;
  /** Absent where nothing on the log says it yet. */
  readonly workflowType?: string;
  /** Of its definition, once an engine has begun it. */
  readonly version?: number;
  /** Counts what was decided of it. */
  readonly revision?: number;
  /** Of all topics: where its records lie. */
  readonly partition: number;
  /** requested: no engine has reported it yet. completed, failed and cancelled are final. */
  readonly status: 'requested' | 'waiting' | 'parked' | 'completed' | 'failed' | 'cancelled';
  /** The run that asked for it, if one did. */
  readonly run?: {
    readonly runId: string;
    readonly customerIdentifier: string;
  };
  /** When it was reported last. */
  readonly updatedAt?: string;
  readonly problem?: Reason;
  /** What it asked, by step. */
  readonly questions: readonly Question[];
  readonly waitsFor: readonly WaitsFor[];
  /** What it completed with; a bill in a few words, what is long by its size. */
  readonly result?: unknown;
  /** What happened, in order. */
  readonly story: readonly JobEvent[];
  readonly links: {
    readonly self: string;
    readonly run?: string;
    /** Where it completed with a bill. */
    readonly bill?: string;
  };
}

/** One thing that happened to a job, as its reports tell it. */
export type JobEvent =
  | {
      readonly event: 'started';
      /** The create-time of the workflow. */
      readonly createTime: string;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'asked';
      /** The step of the job, from 0. */
      readonly step: number;
      readonly category: string;
      readonly payload: unknown;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'expecting';
      /** The step of the job, from 0. */
      readonly step: number;
      readonly topic: string;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'sleeping';
      /** The step of the job, from 0. */
      readonly step: number;
      /** When it goes on. */
      readonly until: string;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'answered';
      /** The step of the job, from 0. */
      readonly step: number;
      readonly error?: Reason;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'expired';
      /** The step of the job, from 0. */
      readonly step: number;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'elapsed';
      /** The step of the job, from 0. */
      readonly step: number;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'abandoned';
      /** The step of the job, from 0. */
      readonly step: number;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'completed';
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'failed';
      readonly error: Reason;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'parked';
      readonly error: Reason;
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'resumed';
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    }
  | {
      readonly event: 'cancelled';
      /** When it was reported. */
      readonly time: string;
      readonly revision: number;
    };

/** The messages of a job, as they lie on the topics. */
export interface JobMessages {
  readonly workflowId: string;
  /** By time. */
  readonly messages: readonly Message[];
  /** Topics on which something was not found, or was not looked for as long as it may take. */
  readonly incomplete: readonly string[];
  readonly links: {
    readonly self: string;
    readonly job: string;
  };
}

/** What of a job happened when and where. */
export interface JobTrace {
  readonly workflowId: string;
  /** requested: no engine has reported it yet. completed, failed and cancelled are final. */
  readonly status: 'requested' | 'waiting' | 'parked' | 'completed' | 'failed' | 'cancelled';
  readonly traceId: string | null;
  readonly sampled: boolean;
  /** Each under its cause, by time. */
  readonly spans: readonly Span[];
  /** Processes that did not answer: where there are any, spans may be missing. */
  readonly missing: readonly {
    readonly url: string;
    readonly reason: string;
  }[];
  readonly links: {
    readonly self: string;
    readonly job: string;
  };
}

/** One page of jobs. */
export interface JobsPage {
  /** By workflow-id. */
  readonly jobs: readonly ListedJob[];
  readonly links: {
    readonly self: string;
    /** The path of the next page; absent on the last. */
    readonly next?: string;
  };
}

/** A bill in a few words. */
export interface ListedBill {
  readonly workflowId: string;
  readonly billNumber: string;
  readonly customerIdentifier: string;
  readonly customerName: string;
  /** The day of the bill. */
  readonly billDate: string;
  /** The day until which it is to be paid. */
  readonly dueDate: string;
  /** ISO 4217. */
  readonly currency: string;
  /** What is to be paid, with as many decimals as the currency has. */
  readonly total: string;
  /** When it was made. */
  readonly completedAt: string;
  readonly links: {
    readonly self: string;
    readonly job: string;
    /** The run that asked for it, if one did. */
    readonly run?: string;
  };
}

/** A record that was refused, without the record itself. */
export interface ListedDeadLetter {
  /** Of dead-letters. */
  readonly partition: number;
  /** Of dead-letters. */
  readonly offset: number;
  /** When it was refused. */
  readonly time: string;
  /** Stable, such as invalid-input. */
  readonly reason: string;
  readonly detail: string;
  readonly origin: {
    /** Where it came from; empty where the letter does not say. */
    readonly topic: string;
    readonly partition: number | null;
    readonly offset: number | null;
  };
  readonly key: string | null;
  /** partition/offset of the letter whose replay was refused again. */
  readonly replayOf: string | null;
  /** When it was replayed last; null where it never was. */
  readonly replayedAt: string | null;
  readonly links: {
    readonly self: string;
  };
}

/** A job that is parked, failed or cancelled. */
export interface ListedJob {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly version: number;
  readonly revision: number;
  /** Since when. */
  readonly since: string;
  readonly problem: Reason | null;
  readonly links: {
    readonly self: string;
    readonly retry: string;
    readonly cancel: string;
    readonly run?: string;
  };
}

/** A record of a topic. */
export interface Message {
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
  /** In its partition, from 0. */
  readonly offset: number;
  /** Of the log. */
  readonly time: string;
  /** Bytes that are no text as "base64:…"; null where it has none. */
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The length of its value. */
  readonly bytes: number;
  /** As it lies there, where that is text; null where it has none. */
  readonly value?: string | null;
  /** The value, where its bytes are no text. */
  readonly base64?: string;
  /** There is too much of it: the value is not told. */
  readonly isLeftOut?: true;
}

/** Text where the bytes are UTF-8, else in base64; null where there are none. */
export type Payload =
  | string
  | {
      readonly base64: string;
    }
  | null;

/** Days, the last one not included. */
export interface Period {
  /** The first day. */
  readonly from: string;
  /** The day after the last. */
  readonly to: string;
}

/** How previews stand. */
export interface Preview {
  readonly previewId: string;
  /** Customers: each once. */
  readonly count: number;
  readonly links: {
    readonly self: string;
    readonly wait: string;
  };
  /** Those that no engine has reported yet; they are not listed. */
  readonly requested: number;
  /** Whether all are there, or will never be. */
  readonly ended: boolean;
  /** In the order of the request. */
  readonly previews: readonly {
    readonly customerIdentifier: string;
    readonly workflowId: string;
    /** requested: no engine has reported it yet. completed, failed and cancelled are final. */
    readonly status: 'requested' | 'waiting' | 'parked' | 'completed' | 'failed' | 'cancelled';
    readonly problem?: Reason;
    readonly links: {
      readonly txt: string;
      readonly html: string;
      readonly pdf: string;
      readonly json: string;
    };
  }[];
}

/** What to preview. */
export interface PreviewRequest {
  readonly customerIdentifiers: readonly (string | number)[];
  /** Default: the day of the request. */
  readonly billDate?: string;
  /** A month, whose last day dates the bills; instead of billDate. */
  readonly billingPeriod?: string;
}

/** What would be billed. It is no bill: its number says that it has none. */
export interface PreviewedBill {
  readonly preview: RenderedBill;
}

/** A question that a job asked. */
export interface Question {
  /** The step of the job, from 0. */
  readonly step: number;
  readonly category: string;
  readonly payload: unknown;
  /** When it was asked first. */
  readonly askedAt: string;
  readonly timesAsked: number;
  /** When its answer was taken; null while there is none. */
  readonly answeredAt: string | null;
}

/** Why a job does not go on, or with which error a question was answered. */
export interface Reason {
  /** Stable, for programs. */
  readonly code: string;
  /** For people. */
  readonly message: string;
}

/** A bill, and what its text must be. */
export interface RenderedBill {
  readonly bill: Bill;
  /** Which renderer made its text, such as text/1. */
  readonly renderer: string;
  /** Of its text as UTF-8, in hexadecimal. */
  readonly sha256: string;
}

/** A dead letter that was put back. */
export interface ReplayedDeadLetter {
  /** Of dead-letters. */
  readonly partition: number;
  /** Of dead-letters. */
  readonly offset: number;
  /** Where it is again. */
  readonly topic: string;
  /** Of that topic. */
  readonly toPartition: number;
  readonly links: {
    readonly self: string;
  };
}

/** What was put back, or would be. */
export interface ReplayedDeadLetters {
  readonly dryRun: boolean;
  /** Letters that were looked at. */
  readonly matched: number;
  readonly replayed: readonly {
    /** Of dead-letters. */
    readonly partition: number;
    /** Of dead-letters. */
    readonly offset: number;
    readonly topic: string;
    /** The partition of that topic. */
    readonly to: number;
  }[];
  readonly refused: readonly {
    /** Of dead-letters. */
    readonly partition: number;
    /** Of dead-letters. */
    readonly offset: number;
    readonly code: string;
    readonly detail: string;
  }[];
  /** Where to go on, as partition/offset; null where nothing is left. */
  readonly after: string | null;
}

/** How far a run is, and where each of its workflows stands. */
export interface Run {
  readonly runId: string;
  /** When the run was accepted. */
  readonly createTime: string;
  /** What the request calls the run. */
  readonly label?: string;
  /** The month that is billed, such as 2026-11, where the request named one. */
  readonly billingPeriod?: string;
  /** The date of its bills, where the request named one. */
  readonly billDate?: string;
  /** The type of its workflows, where it is not bill-generation. */
  readonly workflowType?: string;
  readonly period?: Period;
  /** cancelling: cancelled, and some of its jobs have not ended yet. */
  readonly state: 'running' | 'paused' | 'cancelling' | 'cancelled' | 'ended';
  /** Workflows of the run. */
  readonly count: number;
  /** Workflows that no engine has reported yet. */
  readonly requested: number;
  /** Workflows that wait. */
  readonly waiting: number;
  /** Workflows that completed. */
  readonly completed: number;
  /** Workflows that failed. */
  readonly failed: number;
  /** Workflows that go on only after a retry. */
  readonly parked: number;
  /** Workflows that were cancelled. */
  readonly cancelled: number;
  /** Whether all have completed, failed or been cancelled. */
  readonly ended: boolean;
  /** When its counts last changed. */
  readonly updatedAt: string;
  /** Of a run that has ended: when. */
  readonly endedAt?: string;
  /** Workflows that ended a second lately, while the run goes on. */
  readonly rate?: number;
  /** In about so many seconds it ends; absent where nobody can say. */
  readonly secondsLeft?: number;
  /** One page of them, in the order of the request. */
  readonly workflows: readonly RunWorkflow[];
  readonly links: {
    readonly self: string;
    readonly wait: string;
    /** A template: put the workflow-id in, percent-encoded. */
    readonly job: string;
    /** A template: put the workflow-id in, percent-encoded. */
    readonly bill: string;
    /** The path of the next page; absent on the last. */
    readonly next?: string;
  };
}

/** Asked = answered = billed, made from the log alone. */
export interface RunAudit {
  readonly runId: string;
  /** Workflows of the run. */
  readonly count: number;
  readonly ended: boolean;
  /** Questions that were asked, each once. */
  readonly asked: number;
  /** Of those, the ones that have their answer. */
  readonly answered: number;
  /** Workflows that completed with a bill. */
  readonly billed: number;
  /** Whether asked = answered and billed = count. */
  readonly balanced: boolean;
  /** Whether there is no fault. */
  readonly addsUp: boolean;
  /** What must never be. */
  readonly faults: number;
  /** Workflows, as GET /runs/{runId} counts them. */
  readonly progress: {
    readonly requested: number;
    readonly waiting: number;
    readonly parked: number;
    readonly completed: number;
    readonly failed: number;
    readonly cancelled: number;
  };
  /** Workflows that are in the dead letters instead of begun. */
  readonly refused: number;
  /** Questions, by state. */
  readonly questions: {
    readonly waiting: number;
    readonly answered: number;
    readonly late: number;
    readonly repeated: number;
    readonly contradicted: number;
    readonly orphaned: number;
    readonly expired: number;
  };
  /** Where the records of answers-topic ended. */
  readonly answers: {
    readonly applied: number;
    readonly repeats: number;
    readonly contradictions: number;
    readonly late: number;
    readonly orphaned: number;
    readonly pending: number;
    readonly unfit: number;
    readonly refused: number;
  };
  /** Workflows that somebody may want to look at. */
  readonly exceptionCount: number;
  /** One page of them, in the order of the request. */
  readonly exceptions: readonly RunException[];
  readonly links: {
    readonly self: string;
    readonly run: string;
    /** The path of the next page; absent on the last. */
    readonly next?: string;
  };
}

/** What happened to a run; after "ended" nothing more does. */
export type RunEvent =
  | {
      readonly event: 'progress';
      readonly data: RunProgress;
    }
  | {
      readonly event: 'job';
      readonly data: StoppedJob;
    }
  | {
      readonly event: 'jobs-left-out';
      /** There are more jobs than are told of: "links" say where, by status. */
      readonly data: {
        readonly runId: string;
        /** Jobs that were told of. */
        readonly told: number;
        readonly links: Readonly<Record<string, string>>;
      };
    }
  | {
      readonly event: 'ended';
      readonly data: RunProgress;
    };

/** A workflow that somebody may want to look at. */
export interface RunException {
  readonly workflowId: string | null;
  readonly customerIdentifier: string;
  readonly state:
    | 'unknown'
    | 'requested'
    | 'refused'
    | 'waiting'
    | 'parked'
    | 'completed'
    | 'failed'
    | 'cancelled';
  /** For people. */
  readonly reason: string;
  /** Those that are not simply answered, the first 20. */
  readonly questions: readonly {
    readonly qaIdentifier: string;
    readonly category: string | null;
    readonly state: 'waiting' | 'answered' | 'late' | 'repeated' | 'contradicted' | 'orphaned' | 'expired';
    readonly reason: string;
    /** The code of the error that it was answered with. */
    readonly error: string | null;
  }[];
  /** What must never be. */
  readonly faults: readonly {
    readonly code: string;
    readonly detail: string;
  }[];
  readonly links: {
    readonly job: string;
  };
}

/** What was wanted of a run, by whom and when. */
export interface RunHistory {
  readonly runId: string;
  /** The oldest first. */
  readonly history: readonly {
    /** When it was sent. */
    readonly time: string;
    readonly command: 'pause' | 'resume' | 'cancel' | 'retry';
    /** Who sent it: the token's subject; anonymous where there was none. */
    readonly by: string;
    /** Of the record. */
    readonly id: string;
    /** Of a retry. */
    readonly retried?: {
      /** Failed workflows that were asked for anew. */
      readonly failed: number;
      /** Parked jobs that were told to go on. */
      readonly parked: number;
    };
  }[];
  readonly links: {
    readonly self: string;
    readonly run: string;
    /** The path of the next page; absent on the last. */
    readonly next?: string;
  };
}

/** How far a run is. */
export interface RunProgress {
  readonly runId: string;
  /** When the run was accepted. */
  readonly createTime: string;
  /** What the request calls the run. */
  readonly label?: string;
  /** The month that is billed, such as 2026-11, where the request named one. */
  readonly billingPeriod?: string;
  /** The date of its bills, where the request named one. */
  readonly billDate?: string;
  /** The type of its workflows, where it is not bill-generation. */
  readonly workflowType?: string;
  readonly period?: Period;
  /** cancelling: cancelled, and some of its jobs have not ended yet. */
  readonly state: 'running' | 'paused' | 'cancelling' | 'cancelled' | 'ended';
  /** Workflows of the run. */
  readonly count: number;
  /** Workflows that no engine has reported yet. */
  readonly requested: number;
  /** Workflows that wait. */
  readonly waiting: number;
  /** Workflows that completed. */
  readonly completed: number;
  /** Workflows that failed. */
  readonly failed: number;
  /** Workflows that go on only after a retry. */
  readonly parked: number;
  /** Workflows that were cancelled. */
  readonly cancelled: number;
  /** Whether all have completed, failed or been cancelled. */
  readonly ended: boolean;
  /** When its counts last changed. */
  readonly updatedAt: string;
  /** Of a run that has ended: when. */
  readonly endedAt?: string;
  /** Workflows that ended a second lately, while the run goes on. */
  readonly rate?: number;
  /** In about so many seconds it ends; absent where nobody can say. */
  readonly secondsLeft?: number;
}

/** What to bill. */
export interface RunRequest {
  readonly customerIdentifiers?: readonly (string | number)[];
  /** Names the run; instead of an Idempotency-Key. */
  readonly runId?: string;
  /** The date of the bills; default: the day of the request. */
  readonly billDate?: string;
  /** order-billing bills the orders of a period, not the subscriptions. */
  readonly workflowType?: 'bill-generation' | 'order-billing';
  /** With order-billing, and only with it: the days whose orders are billed. */
  readonly period?: {
    /** The first day. */
    readonly from: string;
    /** The day after the last. */
    readonly to: string;
  };
  /** What to call the run; shown wherever it is. */
  readonly label?: string;
  /** All customers that the CRM has; instead of customerIdentifiers. */
  readonly customers?: 'all';
  /** A month, which each customer is billed for once, whichever run asks. The bills are dated by its last day. */
  readonly billingPeriod?: string;
}

/** How far a run is, as the list of runs tells it. */
export interface RunSummary {
  readonly runId: string;
  /** When the run was accepted. */
  readonly createTime: string;
  /** What the request calls the run. */
  readonly label?: string;
  /** The month that is billed, such as 2026-11, where the request named one. */
  readonly billingPeriod?: string;
  /** The date of its bills, where the request named one. */
  readonly billDate?: string;
  /** The type of its workflows, where it is not bill-generation. */
  readonly workflowType?: string;
  readonly period?: Period;
  /** cancelling: cancelled, and some of its jobs have not ended yet. */
  readonly state: 'running' | 'paused' | 'cancelling' | 'cancelled' | 'ended';
  /** Workflows of the run. */
  readonly count: number;
  /** Workflows that no engine has reported yet. */
  readonly requested: number;
  /** Workflows that wait. */
  readonly waiting: number;
  /** Workflows that completed. */
  readonly completed: number;
  /** Workflows that failed. */
  readonly failed: number;
  /** Workflows that go on only after a retry. */
  readonly parked: number;
  /** Workflows that were cancelled. */
  readonly cancelled: number;
  /** Whether all have completed, failed or been cancelled. */
  readonly ended: boolean;
  /** When its counts last changed. */
  readonly updatedAt: string;
  /** Of a run that has ended: when. */
  readonly endedAt?: string;
  /** Workflows that ended a second lately, while the run goes on. */
  readonly rate?: number;
  /** In about so many seconds it ends; absent where nobody can say. */
  readonly secondsLeft?: number;
  readonly links: {
    readonly self: string;
  };
}

/** One workflow of a run. */
export interface RunWorkflow {
  readonly customerIdentifier: string;
  readonly workflowId: string;
  /** requested: no engine has reported it yet. completed, failed and cancelled are final. */
  readonly status: 'requested' | 'waiting' | 'parked' | 'completed' | 'failed' | 'cancelled';
  readonly problem?: Reason;
}

/** One page of the runs. */
export interface RunsPage {
  /** The newest first. */
  readonly runs: readonly RunSummary[];
  readonly links: {
    readonly self: string;
    /** The path of the next page; absent on the last. */
    readonly next?: string;
  };
}

/** One row of a trace. */
export interface Span {
  readonly spanId: string;
  readonly parentId: string | null;
  /** How deep it hangs: 0 for the first. */
  readonly depth: number;
  readonly name: string;
  /** Who did it; null where only the log tells of it. */
  readonly service: string | null;
  readonly kind: string;
  /** When it began. */
  readonly start: string;
  /** From the start of the first, in milliseconds. */
  readonly offsetMs: number;
  /** In milliseconds; null while it lasts. */
  readonly durationMs: number | null;
  readonly status: 'ok' | 'error' | 'open';
  readonly failure: string | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** A workflow of a run that became parked, failed or cancelled. */
export interface StoppedJob {
  readonly runId: string;
  readonly customerIdentifier: string;
  readonly workflowId: string;
  readonly status: 'parked' | 'failed' | 'cancelled';
  /** Since when. */
  readonly since: string;
  readonly problem?: Reason;
  readonly links: {
    readonly self: string;
    readonly run: string;
  };
}

/** What a job waits for. */
export type WaitsFor =
  | {
      readonly kind: 'engine';
    }
  | {
      readonly kind: 'answer';
      /** The step of the job, from 0. */
      readonly step: number;
      readonly category: string;
      /** Since when. */
      readonly since: string;
    }
  | {
      readonly kind: 'event';
      /** The step of the job, from 0. */
      readonly step: number;
      readonly topic: string;
      /** Since when. */
      readonly since: string;
    }
  | {
      readonly kind: 'time';
      /** The step of the job, from 0. */
      readonly step: number;
      /** When it goes on. */
      readonly until: string;
      /** Since when. */
      readonly since: string;
    };
