/** Events over connections that end in the midst of anything. */
import { afterEach, expect, test } from 'bun:test';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Caller } from '../../client/call.ts';
import { follow } from '../../client/follow.ts';
import { connect, type RunEvent } from '../../client/mod.ts';
import { routes } from '../../client/routes.ts';

const sockets: Socket[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets.splice(0)) socket.destroy();
});

interface Connection {
  /** What it sends, piece by piece. */
  readonly pieces: readonly (string | Uint8Array)[];
  /** How it ends; default: as it should. With a promise it breaks off, once that is settled. */
  readonly ends?: Promise<void> | 'never';
}

/** A server whose connections send these, one after the other, and the ids that they were asked to go on after. */
async function serving(connections: readonly Connection[]): Promise<{ url: string; ids: (string | null)[] }> {
  const ids: (string | null)[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    // who is cut off, or cuts us off, is no failure of the test
    socket.on('error', () => {});
    socket.once('data', (request) => {
      const connection = connections[ids.length];
      ids.push(/^last-event-id: (.*)\r$/im.exec(request.toString())?.[1] ?? null);
      void answer(socket, connection);
    });
  });
  servers.push(server);
  const port = await new Promise<number>((found) => {
    server.listen(0, '127.0.0.1', () => found((server.address() as AddressInfo).port));
  });
  return { url: `http://127.0.0.1:${port}`, ids };
}

async function answer(socket: Socket, connection: Connection | undefined): Promise<void> {
  if (connection === undefined)
    return void socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n');
  const head = 'content-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close';
  socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
  for (const piece of connection.pieces) {
    const bytes = Buffer.from(piece as string);
    socket.write(
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]),
    );
    await new Promise((next) => setImmediate(next));
  }
  const { ends } = connection;
  if (ends === 'never') return;
  await ends;
  // without its last chunk an answer is cut short
  socket.end(ends === undefined ? '0\r\n\r\n' : '');
}

const told = (event: string, id: string, completed: number, label = 'x'): string =>
  `event: ${event}\nid: ${id}\ndata: ${JSON.stringify({ runId: 'r', label, completed })}\n\n`;

async function allOf(events: AsyncIterable<RunEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { event, data } of events)
    seen.push('completed' in data ? `${event} ${data.completed}` : event);
  return seen;
}

test('goes on behind the last event where a connection ends or breaks off', async () => {
  // what a connection that breaks off has brought may be lost with it
  const third = Promise.withResolvers<void>();
  const { url, ids } = await serving([
    {
      pieces: [told('progress', 'a', 1), told('progress', 'b', 2), 'event: progress\nid: half\ndata: {"run'],
    },
    { pieces: [told('progress', 'c', 3)], ends: third.promise },
    { pieces: [': still here\n\n'] },
    { pieces: [told('ended', 'd', 4), told('progress', 'e', 5)] },
  ]);
  const seen: number[] = [];
  for await (const { completed } of connect(url).run('r').follow()) {
    seen.push(completed);
    if (completed === 3) third.resolve();
  }
  expect(seen).toEqual([1, 2, 3, 4]);
  expect(ids).toEqual([null, 'b', 'c', 'c']);
});

test('reads events however they are cut into pieces, with each kind of line end', async () => {
  const text = told('progress', 'a', 1, 'Zoë € 😀') + told('ended', 'b', 2);
  for (const lineEnd of ['\n', '\r\n', '\r']) {
    const bytes = new TextEncoder().encode(text.replaceAll('\n', lineEnd));
    const { url } = await serving([{ pieces: [...bytes].map((byte) => Uint8Array.of(byte)) }]);
    const events = await Array.fromAsync(connect(url).run('r').events());
    expect(events.map(({ event }) => event)).toEqual(['progress', 'ended']);
    expect(events[0]?.data).toMatchObject({ label: 'Zoë € 😀' });
  }
});

test('passes over what it does not know, and keeps its place', async () => {
  const { url, ids } = await serving([
    { pieces: ['retry: 10\nnonsense\ndata: {"a":\ndata: 1}\nid: a\nevent: news\n\n', 'event: empty\n\n'] },
    { pieces: [told('ended', 'b', 1)] },
  ]);
  expect(await allOf(connect(url).run('r').events())).toEqual(['ended 1']);
  expect(ids).toEqual([null, 'a']);
});

test('ends where the coordinator says that there are no more', async () => {
  const { url } = await serving([]);
  expect(await allOf(connect(url).run('r').events())).toEqual([]);
});

test('leaves a connection on which nothing comes any more', async () => {
  const { url, ids } = await serving([
    { pieces: [told('progress', 'a', 1)], ends: 'never' },
    { pieces: [told('ended', 'b', 2)] },
  ]);
  const caller = new Caller(url, { timeoutMs: 200 });
  const isLast = (event: string): boolean => event === 'ended';
  const events = await Array.fromAsync(follow(caller, routes.runEvents, { path: { runId: 'r' } }, isLast));
  expect(events.map(({ event }) => event)).toEqual(['progress', 'ended']);
  expect(ids).toEqual([null, 'a']);
});

test('a signal ends it with its reason', async () => {
  const { url } = await serving([{ pieces: [told('progress', 'a', 1)], ends: 'never' }]);
  const controller = new AbortController();
  const why = new Error('enough');
  const following = (async () => {
    for await (const _ of connect(url).run('r').events({ signal: controller.signal })) controller.abort(why);
  })();
  await expect(following).rejects.toBe(why);
});
