// What is done with the commands of README.md and docs: whatever is not named here is run, and has to succeed.

/** A command of a page. What matches nothing any more is a mistake: the test says so. */
interface Named {
  readonly page: string;
  readonly command: RegExp;
}

/** Pages that another test follows from their first word to their last. */
export const FOLLOWED: Readonly<Record<string, string>> = {
  'docs/tutorial.md': 'test/docs/tutorial.test.ts',
};

/** Commands that an existing test runs; the text that it has to contain. */
export const ELSEWHERE: readonly (Named & { readonly test: string; readonly contains: string })[] = [
  {
    page: 'README.md',
    command: /^BROKERS=localhost:9092 /,
    test: 'test/story/billing-lab.test.ts',
    contains: 'describeWithCluster',
  },
  {
    page: 'docs/bad-inputs.md',
    command: /^bun test test\/hardening\/bad-inputs\.test\.ts$/,
    test: 'test/hardening/bad-inputs.test.ts',
    contains: 'docs/bad-inputs.md',
  },
  {
    page: 'docs/simulation.md',
    command: /^bun run simulate --plants$/,
    test: 'test/simulation/plants.test.ts',
    contains: 'plant',
  },
];

/** Commands that are run nowhere in the form that the page has. */
export const LEFT_OUT: readonly (Named & { readonly why: string })[] = [
  {
    page: 'docs/authentication.md',
    command: /./,
    why: 'Keycloak is 200 MB; test/story/auth.test.ts does the same with an issuer of its own',
  },
  {
    page: 'docs/chaos.md',
    command: /./,
    why: 'minutes on three brokers; test/chaos/chaos.test.ts runs a small one',
  },
  { page: 'docs/orders.md', command: /^bun run demo orders$/, why: "the README's, which is run" },
  {
    page: 'docs/simulation.md',
    command: /--schedules 1000000$/,
    why: 'an hour; the command above it is the same with fewer',
  },
  {
    page: 'docs/store-faults.md',
    command: /./,
    why: 'mounts a file system; test/faults/embedded.test.ts fills one',
  },
  {
    page: 'docs/tracing.md',
    command: /^OTEL_EXPORTER_OTLP_ENDPOINT=/,
    why: 'needs a collector; test/story/trace.test.ts sends to one',
  },
  {
    page: 'docs/notifications.md',
    command: /^WEBHOOK_URL=|notification-webhook-n2/,
    why: 'the receiver is a program of the reader; test/story/notifications.test.ts has one',
  },
  {
    page: 'docs/stock-check.md',
    command: /"d[34]"|orders\/d[34]\/|^curl -s localhost:3090\/metrics/,
    why: 'the inventory is killed by hand; test/story/stock-check.test.ts does it',
  },
  {
    page: 'docs/choreography.md',
    command: /^bun run rules diff /,
    why: 'rules.json is the reader’s own; test/services/choreography has the command',
  },
];

/** Commands that are to fail: that is what the page is about. */
export const FAILING: readonly Named[] = [
  { page: 'docs/audit.md', command: /--exceptions 1 / },
  { page: 'docs/catalogue.md', command: /"unitPrice":"55\.00"/ },
  { page: 'docs/configuration.md', command: /set crm logLevel verbose$/ },
  { page: 'docs/configuration.md', command: /^CONFIG_CRM_LOGLEVEL=debug / },
  { page: 'docs/http-limits.md', command: /limt=5/ },
  { page: 'docs/http-limits.md', command: /"name":"b"/ },
  { page: 'docs/simulation.md', command: /--violations 1$/ },
  { page: 'docs/stock-check.md', command: /"sku":"GLOVES","quantity":1/ },
];

/** Commands that print other than the page shows, each time or here. */
export const PRINTING_OTHERWISE: readonly (Named & { readonly why: string })[] = [
  {
    page: 'docs/notifications.md',
    command: /orderId=n1/,
    why: 'without the receiver there is the mail alone',
  },
  { page: 'docs/http-limits.md', command: /^for n in /, why: 'how many are let through is the clock’s' },
];

/** Commands that only look at what the services do meanwhile: they are said again until they print what the page shows. */
export const UNTIL_AS_SHOWN: readonly (Named & { readonly why: string })[] = [
  {
    page: 'docs/configuration.md',
    command: /^bun run config get$/,
    why: 'services tell their settings shortly after they are up',
  },
];

/**
 * Pages that get services and a log of their own, since what they show depends on nothing else having happened. The
 * services where the page starts none in a command of its own.
 */
export const ON_THEIR_OWN: Readonly<Record<string, string>> = {
  'docs/audit.md': 'billing',
  'docs/configuration.md': '',
  'docs/dead-letters.md': 'billing',
  'docs/http-limits.md': '',
  'docs/runs.md': '',
  'docs/stock-check.md': '',
};

/** Pages that go on from what a command of another page has made. */
export const AFTER: Readonly<Record<string, Named>> = {
  'docs/dead-letters.md': { page: 'docs/audit.md', command: /^curl -s -X POST localhost:3007 / },
};

/** Commands that are run with `to` in the place of `from`, and why. */
export const IN_ANOTHER_FORM: readonly (Named & {
  readonly from: string;
  readonly to: string;
  readonly why: string;
})[] = [
  {
    page: 'docs/simulation.md',
    command: /^bun run simulate --schedules 1000 --from 1$/,
    from: '1000',
    to: '20',
    why: 'a few show the same',
  },
  {
    page: 'docs/configuration.md',
    command: /^CONFIG_CRM_LOGLEVEL=debug /,
    from: 'bun run',
    to: 'CRM_PORT=0 bun run',
    why: 'the CRM that the page started before still runs here',
  },
];
