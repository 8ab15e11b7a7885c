import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { until } from '../support/until.ts';
import { type Command, commandsOf, isAsShown, splitCommands } from './commands.ts';
import { Ground, startIn } from './ground.ts';
import * as plan from './plan.ts';

const root = resolve(import.meta.dir, '../..');
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', ...docs.map((name) => `docs/${name}`)];
const contents = new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')]));
const commands = new Map([...contents].map(([page, text]) => [page, commandsOf(text)]));

type Named = { readonly page: string; readonly command: RegExp };
const namedIn = <T extends Named>(list: readonly T[], page: string, { text }: Command): T | undefined =>
  list.find((each) => each.page === page && each.command.test(text));

let shared: Ground;
beforeAll(async () => {
  shared = await Ground.open();
  await shared.start({ services: ['all'], env: {} });
}, 180_000);
afterAll(() => shared.close());

const toRun = pages.filter((page) => !(page in plan.FOLLOWED) && (commands.get(page)?.length ?? 0) > 0);
test.each(toRun)(
  'the commands of %s do what it says',
  async (page) => {
    const services = plan.ON_THEIR_OWN[page];
    const ground = services === undefined ? shared : await Ground.open();
    if (services) await ground.start({ services: [services], env: {} });
    const shell = ground.shell();
    try {
      const before = plan.AFTER[page];
      for (const command of commands.get(before?.page ?? '') ?? [])
        if (before?.command.test(command.text)) await follow(page, command, ground, shell);
      for (const command of commands.get(page) ?? []) await follow(page, command, ground, shell);
    } catch (error) {
      throw new Error(`${page}: ${String(error)}\n${ground.tail()}`, { cause: error });
    } finally {
      await shell.close();
      if (ground !== shared) await ground.close();
    }
  },
  600_000,
);

async function follow(page: string, command: Command, ground: Ground, shell: ReturnType<Ground['shell']>) {
  if (namedIn(plan.LEFT_OUT, page, command) ?? namedIn(plan.ELSEWHERE, page, command)) return;
  const fails = namedIn(plan.FAILING, page, command) !== undefined;
  const start = fails ? null : startIn(command.text);
  if (start !== null && ground !== shared) return await ground.start(start);
  // the shared services are all of them; what they were not started with needs a place of its own
  if (start !== null)
    return expect({ command: command.text, env: start.env }).toEqual({ command: command.text, env: {} });
  const other = namedIn(plan.IN_ANOTHER_FORM, page, command);
  const text = command.text.replace(other?.from ?? '', other?.to ?? '');
  if (namedIn(plan.UNTIL_AS_SHOWN, page, command))
    await until('it to print what the page shows', async () =>
      isAsShown((await shell.run(text)).printed, command.prints),
    ).catch(() => null); // what it prints instead is told below
  const { status, printed } = await shell.run(text);
  const outcome = `${command.text}\nended with ${status}\n${printed}`;
  // 141: whoever read it had enough
  if ((status !== 0 && status !== 141) !== fails) throw new Error(outcome);
  if (command.prints === '' || namedIn(plan.PRINTING_OTHERWISE, page, command)) return;
  if (!isAsShown(printed, command.prints))
    throw new Error(`${outcome}\nbut the page shows\n${command.prints}`);
}

test('what is not run here is on a page, and the tests that run it are there', () => {
  const lists: readonly Named[][] = [
    [...plan.LEFT_OUT],
    Object.values(plan.AFTER),
    [...plan.ELSEWHERE],
    [...plan.FAILING],
    [...plan.IN_ANOTHER_FORM],
    [...plan.PRINTING_OTHERWISE],
    [...plan.UNTIL_AS_SHOWN],
  ];
  for (const entry of lists.flat()) {
    const matching = (commands.get(entry.page) ?? []).filter(({ text }) => entry.command.test(text));
    expect({ ...entry, matching: matching.length }).not.toEqual({ ...entry, matching: 0 });
  }
  for (const { test, contains } of plan.ELSEWHERE)
    expect(readFileSync(join(root, test), 'utf8')).toContain(contains);
  for (const [page, test] of Object.entries(plan.FOLLOWED))
    expect(readFileSync(join(root, test), 'utf8')).toContain(page);
  for (const { why } of plan.LEFT_OUT)
    for (const [test] of why.matchAll(/test\/[\w/.-]*\w/g))
      expect({ test, isThere: existsSync(join(root, test)) }).toEqual({ test, isThere: true });
  for (const page of Object.keys(plan.ON_THEIR_OWN)) expect(pages).toContain(page);
});

test('the index names every page once, and nothing that is not there', () => {
  const [, ...groups] = (contents.get('docs/README.md') ?? '').split(/^## /m);
  expect(groups.map((group) => group.split('\n', 1)[0])).toEqual([
    'Tutorial',
    'How to',
    'Reference',
    'Explanation',
  ]);
  const links = Array.from(groups.join().matchAll(/\]\(([\w-]+\.md)\)/g), ([, name]) => name);
  expect(links.sort()).toEqual(docs.filter((name) => name !== 'README.md').sort());
  expect(contents.get('README.md')).toContain('(docs/README.md)');
});

test('a block is taken apart into commands, and what they print', () => {
  const script =
    'a 1 \\\n  --b   # why\n\n# nothing\nb \'{"x":\n "y # z"}\'\nf() {\n  g; h\n}\nexport A=$(date -u)\n';
  expect(splitCommands(script)).toEqual([
    'a 1 \\\n  --b',
    'b \'{"x":\n "y # z"}\'',
    'f() {\n  g; h\n}',
    'export A=$(date -u)',
  ]);
  const page =
    "```console\n$ a '{\n  1}'\nwell\n\n$ b | c\nyes\nno\n```\n```ts\nconst no = 1;\n```\n```\nnothing\n```\n";
  expect(commandsOf(page)).toEqual([
    { text: "a '{\n  1}'", prints: 'well' },
    { text: 'b | c', prints: 'yes\nno' },
  ]);
});

test('what is printed is compared but for times, white space and what the page leaves out', () => {
  expect(isAsShown('{"a":1,"b":2}  at 2026-01-01T00:00:00.000Z\n', '{"a":1,…} at 2026-11-21T18:10:50Z')).toBe(
    true,
  );
  expect(isAsShown('{"id":"20270101-081500-abc"}', '{"id":"20261122-…"}')).toBe(true);
  expect(isAsShown('{"id":"november"}', '{"id":"20261122-…"}')).toBe(false);
  expect(isAsShown('{"a":2}', '{"a":1}')).toBe(false);
  expect(isAsShown('more {"a":1}', '{"a":1}')).toBe(false);
});
