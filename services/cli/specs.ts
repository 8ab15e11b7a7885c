// The commands that ask a service, as data: what they take, and their help.
import type { CommandSpec, OptionSpec } from './words.ts';

const JSON_OPTION = (about: string): OptionSpec => ({ name: 'json', about });
const URL_OPTION: OptionSpec = {
  name: 'url',
  value: 'URL',
  about: 'the coordinator; default REQUITE_URL, COORDINATOR_URL or http://127.0.0.1:$COORDINATOR_PORT',
};
const CRM_URL_OPTION: OptionSpec = {
  name: 'crm-url',
  value: 'URL',
  about: 'the CRM; default CRM_URL or http://127.0.0.1:$CRM_PORT',
};
const FORMAT_OPTION = (fallback: string): OptionSpec => ({
  name: 'format',
  value: 'FORMAT',
  about: `text, html, pdf or json; default ${fallback}`,
});

const TOKEN = `Where the coordinator asks for a token: REQUITE_TOKEN has one, or OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET
get one (docs/authentication.md).`;

const ENDED = `Exits with 0 when all bills are made, 4 when the run has ended, or can't go on by itself, with workflows that failed, are
parked or were cancelled, 3 when the coordinator does not answer, 130 after Ctrl-C: the run goes on without this command.`;

const PROGRESS_JSON =
  'each progress as a line of JSON, as GET /runs/:runId tells it; the last has "ended": true';

export const runSpec: CommandSpec = {
  usage: [
    'run ID … [--label TEXT] [--bill-date DAY] [--billing-period MONTH] [--run-id ID]',
    'run --csv FILE [the same]',
    'run --all [the same]',
    'run --preview ID … [--format text|html|pdf|json] [--out FILE]',
  ],
  about: `Starts a bill run of these customers, and watches it until it has ended. What it says of the start is on disk: if this
command, or the machine, dies after that, the run goes on.`,
  options: [
    {
      name: 'csv',
      value: 'FILE',
      about: 'customers from a CSV file with a column customerIdentifier; -: standard input',
    },
    { name: 'all', about: 'all customers that the CRM has' },
    { name: 'label', value: 'TEXT', about: 'what the run is called in lists' },
    { name: 'bill-date', value: 'DAY', about: 'the date of the bills, YYYY-MM-DD; default: today' },
    {
      name: 'billing-period',
      value: 'MONTH',
      about: 'YYYY-MM: each customer is billed once for it, in whatever run',
    },
    {
      name: 'run-id',
      value: 'ID',
      about: 'names the run: the same command again finds it instead of starting another',
    },
    {
      name: 'preview',
      about: 'shows what the bills of these customers would be, and makes none: no number, no file, no run',
    },
    FORMAT_OPTION('by the ending of --out, else text; with --preview'),
    { name: 'out', short: 'o', value: 'FILE', about: 'writes the preview of one customer there' },
    { name: 'detach', short: 'd', about: 'returns once the run is accepted' },
    JSON_OPTION(`${PROGRESS_JSON}; with --detach the reply to the start; with --preview a line each`),
    URL_OPTION,
  ],
  more: `${ENDED}\n\n${TOKEN}`,
};

export const watchSpec: CommandSpec = {
  usage: ['watch RUN'],
  about: 'Shows how far a run is until it has ended, through restarts of the coordinator.',
  options: [JSON_OPTION(PROGRESS_JSON), URL_OPTION],
  more: ENDED,
};

export const runsSpec: CommandSpec = {
  usage: ['runs [--limit N]', 'runs RUN [--history]'],
  about:
    'Lists the runs, the newest first; or shows one, with those of its workflows that are not completed.',
  options: [
    { name: 'limit', value: 'N', about: 'at most so many; default 20' },
    { name: 'history', about: 'who paused, resumed, cancelled or retried it, and when' },
    JSON_OPTION('a line of JSON for each run; with RUN one document'),
    URL_OPTION,
  ],
};

const controlSpec = (name: string, about: string): CommandSpec => ({
  usage: [`${name} RUN`],
  about,
  options: [JSON_OPTION('the reply as JSON'), URL_OPTION],
  more: 'It is on disk when this returns, and done once is as good as twice. requite runs RUN --history tells who did what.',
});

export const controlSpecs = {
  pause: controlSpec('pause', 'Publishes nothing more of a run. What is published already is billed.'),
  resume: controlSpec('resume', 'Lets a paused run go on.'),
  cancel: controlSpec(
    'cancel',
    'Ends a run: what has no bill yet gets none. Bills that there are stay. It is final.',
  ),
  retry: controlSpec('retry', 'Tries the failed and parked workflows of a run again, and only those.'),
} as const;

export const billSpec: CommandSpec = {
  usage: ['bill RUN CUSTOMER [--format text|html|pdf|json] [--out FILE]', 'bill WORKFLOW-ID [the same]'],
  about: 'Prints the bill of a customer in a run, or writes it to a file.',
  options: [
    FORMAT_OPTION('by the ending of --out, else text'),
    { name: 'out', short: 'o', value: 'FILE', about: 'writes it there; a PDF is not printed on a terminal' },
    JSON_OPTION('the same as --format json'),
    URL_OPTION,
  ],
};

export const billsSpec: CommandSpec = {
  usage: ['bills RUN --zip FILE [--format pdf]', 'bills restore'],
  about: `Saves all bills of a run in one ZIP archive, with a manifest of what is missing and why. restore writes every bill of the
log that has no file in BILLS_DIR; files that are there are compared, never changed.`,
  options: [
    { name: 'zip', value: 'FILE', about: 'the archive; it is there when it is complete, never in part' },
    FORMAT_OPTION('pdf'),
    JSON_OPTION('what was done as JSON'),
    URL_OPTION,
  ],
  more: `restore works on the log: the cluster of BROKERS or, without it, DATA_DIR. It exits with 1 where a file differs from the
log, or a bill can't be rendered here.`,
};

export const customersSpec: CommandSpec = {
  usage: ['customers list [--limit N] [--after ID]', 'customers show ID', 'customers put FILE'],
  about: `Lists customers, shows one, or creates and changes those of a file: one customer as JSON, an array of them, or a line of
JSON each; - is standard input.`,
  options: [
    { name: 'limit', value: 'N', about: 'lists at most so many; default all' },
    { name: 'after', value: 'ID', about: 'lists those behind this one' },
    JSON_OPTION('list: a line of JSON each; put: what was done. show is JSON anyway'),
    CRM_URL_OPTION,
  ],
};

export const doctorSpec: CommandSpec = {
  usage: ['doctor [SET or SERVICE …]'],
  about: `Looks whether services would run here with these settings, and how those are that run: a line for each thing, with what
to do where it is not well. It changes nothing. SETs and SERVICEs as requite services takes them; default billing.`,
  options: [
    JSON_OPTION('all of it as one JSON document: {"ok", "checks":[{"name","state","detail","fix"}]}'),
  ],
  more: 'Exits with 1 where something is marked ✗. What is marked ! can be lived with.',
};

export const completionSpec: CommandSpec = {
  usage: ['completion bash|zsh|fish'],
  about: `Prints a script that completes commands and options. For bash: eval "$(requite completion bash)" in ~/.bashrc; zsh the
same in ~/.zshrc, behind compinit; fish: requite completion fish > ~/.config/fish/completions/requite.fish.`,
  options: [],
};
