// What a person sees once the services are up.
import type { Backing } from './platform/backing.ts';
import type { Settings } from './platform/config.ts';
import type { Service } from './platform/service.ts';

const json = `-H 'Content-Type: application/json' -d`;

/** What to try first with a service, given its URL. */
const suggestions: Readonly<Record<string, (url: string) => readonly string[]>> = {
  coordinator: (url) => [`curl -X POST ${url} ${json} '{"customerIdentifiers":["2","4","5"]}'`],
  'orders-service': (url) => [
    `curl -X POST ${url}/v1/orders ${json} '{"id":"1","customerId":"2","product":"JUMPERS","quantity":1,"price":"75.00"}'`,
    `curl '${url}/v1/orders/1/validated?timeout=10000'`,
  ],
};

/** The rows: name and where it is. Where the bills and mails go is named if somebody here writes them. */
export function bannerText(
  running: readonly Service[],
  { dataDir, billsDir, billFiles, outboxDir, smtpUrl }: Settings,
  { description, kind }: Pick<Backing, 'description' | 'kind'>,
): string {
  const runs = (name: string): boolean => running.some((service) => service.name === name);
  const rows: [name: string, value: string][] = [
    ...running.map(({ name, url }): [string, string] => [name, url ?? 'no REST: works on topics']),
    ['data', dataDir],
  ];
  if (runs('engine') && billFiles) rows.push(['bills', billsDir]);
  if ((runs('email-service') || runs('notification-service')) && smtpUrl === null)
    rows.push(['mails', outboxDir]);
  rows.push(['log', description]);
  if (kind === 'embedded') rows.push(['', 'for one machine; several processes may share it']);
  const width = Math.max(12, ...rows.map(([name]) => name.length));
  const tries = running.flatMap(({ name, url }) => (url === null ? [] : (suggestions[name]?.(url) ?? [])));
  const lines = [
    '',
    'Requite is up.',
    ...rows.map(([name, value]) => `  ${name.padEnd(width)} ${value}`),
    ...(tries.length === 0 ? [] : ['', 'Try:', ...tries.map((line) => `  ${line}`)]),
    '',
    'Stop with Ctrl-C.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}
