// Styles, browser modules and the icon, from the files beside this: one folder that is named after all that is in it, so that browsers
// keep what they have for good, and modules find each other by their names.
import type { Elysia } from 'elysia';
import { openToAll } from '../../platform/auth/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';

const NAMES = [
  'icon.svg',
  'styles.css',
  'records.css',
  'system.css',
  'fragments.js',
  'main.js',
  'live.js',
  'morph.js',
  'sheet.js',
  'start-form.js',
  'topology.js',
  'small-things.js',
] as const;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Asset {
  readonly body: string;
  readonly type: string;
}

const assets: ReadonlyMap<string, Asset> = new Map(
  await Promise.all(
    NAMES.map(async (name): Promise<[string, Asset]> => {
      const body = await Bun.file(new URL(`./assets/${name}`, import.meta.url)).text();
      return [name, { body, type: TYPES[name.slice(name.lastIndexOf('.'))] ?? 'text/plain' }];
    }),
  ),
);

const hash = new Bun.CryptoHasher('sha256');
for (const [name, { body }] of assets) hash.update(`${name}\n${body}\n`);
const version = hash.digest('hex').slice(0, 16);

/** Where a file of these is. */
export function assetPath(name: (typeof NAMES)[number]): string {
  return `/ui/assets/${version}/${name}`;
}

export function addAssets(app: Elysia): void {
  // what is no page of ours, such as a bill alone, has no other icon: browsers look for it there
  app.get('/favicon.ico', () => answer('', 'icon.svg'), { detail: { hide: true, ...openToAll } });
  app.get('/ui/assets/:version/:file', ({ params }) => answer(params.version, params.file), {
    detail: { hide: true, ...openToAll },
  });
}

/** A page of before an upgrade gets what there is now, and doesn't keep it. */
function answer(asked: string, file: string): Response {
  const asset = assets.get(file);
  if (asset === undefined)
    throw new HttpProblem({
      status: 404,
      code: 'not-found',
      detail: 'There is no such file: reload the page that asked for it.',
    });
  const cacheControl = asked === version ? 'public, max-age=31536000, immutable' : 'no-cache';
  return new Response(asset.body, { headers: { 'content-type': asset.type, 'cache-control': cacheControl } });
}
