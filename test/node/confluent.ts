/** @confluentinc/kafka-javascript with its native part, for the Node that tests run on. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { madeOnce, root, run } from './once.ts';
import type { NodeRuntime } from './runtime.ts';

const NAME = '@confluentinc/kafka-javascript';
const NODE_GYP = 'node-gyp@11.5.0';
const FETCH_WITHIN_MS = 20_000;
const ADDON = 'build/Release/confluent-kafka-javascript.node';
/** All that the package needs to run; its sources and what the compiler leaves are 250 MB more. */
const KEPT = ['package.json', 'librdkafka.js', 'lib', 'types', 'index.d.ts', 'LICENSE.txt', ADDON];
const LIBRARIES = ['librdkafka.so.1', 'librdkafka++.so.1', 'librdkafka.dylib', 'librdkafka++.dylib'];

/**
 * A folder whose `node_modules` has the package, ready for this Node: with its prebuilt binary where that can be
 * fetched, else built from source (1 to 2 minutes, once). Building takes a C++ compiler, Python 3 and, on Debian,
 * libssl-dev zlib1g-dev libzstd-dev libcurl4-openssl-dev liblz4-dev.
 */
export function confluentFolder(node: NodeRuntime): Promise<string> {
  const installed = path.join(root, 'node_modules', NAME);
  const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
    version: string;
  };
  const name = `confluent-kafka-${version}-abi${node.abi}-${process.platform}-${process.arch}`;
  return madeOnce(name, async (making) => {
    const sources = path.join(making, 'sources', NAME);
    cpSync(installed, sources, { recursive: true, dereference: true });
    if (!(await fetched(sources, node))) await build(sources, node);
    const target = path.join(making, 'node_modules', NAME);
    for (const file of [...KEPT, ...LIBRARIES.map((each) => `build/deps/${each}`)]) {
      if (!existsSync(path.join(sources, file))) continue;
      mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
      renameSync(path.join(sources, file), path.join(target, file));
    }
    rmSync(path.join(making, 'sources'), { recursive: true });
    await run([node.path, '-e', `require(${JSON.stringify(target)})`], making);
  });
}

/** What the package's own install script does first: the binary lies with the releases on GitHub. */
async function fetched(sources: string, node: NodeRuntime): Promise<boolean> {
  const fetcher = path.join(root, 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp');
  const child = Bun.spawn([node.path, fetcher, 'install'], {
    cwd: sources,
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: FETCH_WITHIN_MS,
  });
  await child.exited;
  return child.exitCode === 0 && existsSync(path.join(sources, ADDON));
}

async function build(sources: string, node: NodeRuntime): Promise<void> {
  console.error(`Building ${NAME} for Node's ABI ${node.abi} (1 to 2 minutes, once) …`);
  // in the environment: npm hands on a `nodedir` of its user's there, and node-gyp takes that before an argument
  const headers = node.headers === null ? {} : { npm_config_nodedir: node.headers };
  const env = {
    ...headers,
    CKJS_LINKING: 'dynamic',
    PATH: `${path.dirname(node.path)}${path.delimiter}${process.env.PATH ?? ''}`,
  };
  try {
    await run([process.execPath, 'x', NODE_GYP, 'rebuild'], sources, env);
  } catch (error) {
    throw new Error(
      `${NAME} could not be built. It needs a C++ compiler, Python 3 and, on Debian: apt-get install libssl-dev ` +
        `zlib1g-dev libzstd-dev libcurl4-openssl-dev liblz4-dev\n${error instanceof Error ? error.message : ''}`,
      { cause: error },
    );
  }
}
