// What is known of the whole deployment: who runs, who reads what, how calls stand, what was logged. Asked of the registry, of
// the processes and of the log, each within a limit.
import type { Discovery, Instance } from '../../platform/discovery/index.ts';
import { askAll, type Told, type ToldBreaker, type ToldMember } from '../../platform/operations/index.ts';
import { searchLogs } from '../../platform/operations/search-logs.ts';
import type { Platform } from '../../platform/service.ts';
import type { LogLine } from '../../platform/telemetry/index.ts';
import type { CoordinatorView } from '../view/index.ts';
import type { JobReason } from '../view/job-queries.ts';
import type { LetterReason } from '../view/letter-queries.ts';
import { kept } from './kept.ts';
import { LogStandings, type StandingOfLog } from './log-standings.ts';

export { JOBS_COUNTED, type JobFilter, type JobReason, type ListedJob } from '../view/job-queries.ts';
export { LETTERS_COUNTED, type LetterReason } from '../view/letter-queries.ts';

/** So long what others said counts, in milliseconds: however many look at a page, each is asked once. */
const KEPT_MS = 1_000;

/** What lines of the log are looked for. */
interface LogSearch {
  /** As `GET /logs` of a process takes them: `service`, `level`, `text`, `trace`, `workflow`, `limit`. */
  readonly query: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 UTC; null: as far back as there is. */
  readonly sinceMs: number | null;
}

/** What the pages of the system show. Nothing here rejects because somebody is away: who does not answer is named. */
export interface System {
  /** The live instances; null while this process does not know who is alive. */
  instances(): readonly Instance[] | null;
  members(): Promise<Told<ToldMember>>;
  breakers(): Promise<Told<ToldBreaker>>;
  logs(search: LogSearch): Promise<Told<LogLine>>;
  log(): Promise<StandingOfLog>;
  /** Dead letters that were not replayed, by reason and topic. */
  letterReasons(): readonly LetterReason[];
  /** Parked jobs, by reason and type. */
  parkedReasons(): readonly JobReason[];
  /** A page of the parked jobs. */
  readonly parked: CoordinatorView['jobs']['list'];
  readonly eventBus: string;
}

export interface SystemOptions extends Pick<Platform, 'settings' | 'auth'> {
  readonly discovery: Discovery;
  readonly view: CoordinatorView;
}

/** Opens it; nothing is asked before a page is. */
export function openSystem({ settings, auth, discovery, view }: SystemOptions): System & {
  close(): Promise<void>;
} {
  const standings = new LogStandings(settings);
  const asking = { discovery, auth, own: null };
  return {
    instances: () => {
      const all = discovery.all();
      return all.length === 0 && discovery.readiness() !== 'running' ? null : all;
    },
    members: kept(KEPT_MS, () => askAll<ToldMember>({ ...asking, path: '/groups' })),
    breakers: kept(KEPT_MS, () => askAll<ToldBreaker>({ ...asking, path: '/breakers' })),
    logs: (search) => searchLogs(search, { discovery, auth }),
    log: kept(KEPT_MS, () => standings.get()),
    letterReasons: () => view.letters.reasons(),
    parkedReasons: () => view.jobs.reasons('parked'),
    parked: (...asked) => view.jobs.list(...asked),
    eventBus: settings.eventBus,
    close: () => standings.close(),
  };
}
