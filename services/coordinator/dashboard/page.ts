import type { access, Login } from '../../platform/auth/index.ts';
import type { Calls } from '../../platform/calls/index.ts';
import type { Discovery } from '../../platform/discovery/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import type { StartCommand } from '../../platform/start-command.ts';
import type { System } from '../system/index.ts';
import type { Api } from './api.ts';
import type { Html } from './html.ts';

/** What the pages need beside the REST interface. */
export interface DashboardOptions {
  readonly discovery: Pick<Discovery, 'all' | 'readiness'>;
  readonly calls: Pick<Calls, 'to'>;
  /** Null where nobody has to say who he is. */
  readonly login: Login | null;
  readonly system: System;
  /** What starts a service that is missing. */
  readonly starting: StartCommand;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Somebody who looks at a page. */
export interface Visit extends DashboardOptions {
  readonly request: Request;
  readonly url: URL;
  readonly api: Api;
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Who it is; null where nobody has to say. */
  readonly visitor: string | null;
}

/** What a page shows, between header and footer. */
export interface Shown {
  /** Of the window, and for the heading where it has none of its own. */
  readonly title: string;
  readonly main: Html;
  /** Default 200. */
  readonly status?: number;
  /** Whether it belongs to the pages of the system, which have styles of their own. */
  readonly isSystem?: boolean;
  /** While the page is open, elements with `data-live` (and an id) follow what happens. */
  readonly live?: Live;
}

interface Live {
  /** Server-sent events that say when something has changed; without them the page is asked for again and again. */
  readonly events?: string;
  /** Where the page itself is: what a form posted to is not there to be asked for again. Default: where it was asked for. */
  readonly path?: string;
  /** And at least so often, in milliseconds. */
  readonly everyMs: number;
}

type Access = ReturnType<typeof access>;

/** A page at a path. */
export interface Page {
  /** Below `/ui/`, as Elysia writes it: `/ui/runs/:runId`. */
  readonly path: string;
  /** As the routes of the REST interface that it shows. */
  readonly access: Access;
  /** The query parameters that it takes; others are refused. */
  readonly query?: readonly string[];
  /** And those that may be given several times: `visit.url.searchParams` has them all. */
  readonly lists?: readonly string[];
  /** What to show, or where it is instead: `seeOther`. */
  readonly show: (visit: Visit) => Promise<Shown | Response>;
}

/** What a form sent. */
export interface Form {
  get(name: string): unknown;
  getAll(name: string): readonly unknown[];
}

/** What a form posts to. It ends in `seeOther`, or in the form's page with what was wrong. */
export interface Action {
  readonly path: string;
  readonly access: Access | { readonly 'x-access': 'public' };
  readonly act: (visit: Visit, form: Form) => Promise<Response | Shown>;
}

/** The browser asks for this page instead: after a form, so that a reload does not send it again. */
export function seeOther(path: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { location: path, ...headers } });
}

/** A field of a form, without white space around; '' where it was left empty or is not there. */
export function field(form: Form, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** The problem, where that is something that whoever filled in the form can mend; else it is thrown. */
export function asComplaint(error: unknown): HttpProblem {
  if (error instanceof HttpProblem && error.status !== 401) return error;
  throw error;
}
