import { expect, test } from 'bun:test';
import { connect, createServer } from 'node:net';
import { ListenError, listen } from '../../../services/platform/http/listen.ts';
import { BODY_LIMIT, sampleApp } from './support.ts';

test('a taken port is an error that names the setting, also where another program has it', async () => {
  const listening = listen(sampleApp().app, '127.0.0.1', 0);
  expect(() => listen(sampleApp().app, '127.0.0.1', listening.port)).toThrow(
    new ListenError(`port ${listening.port} is taken: stop the other process or set CRM_PORT`),
  );
  await listening.stop();
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  expect(() => listen(sampleApp().app, '127.0.0.1', port)).toThrow(ListenError);
  other.close();
});

test('an address of another machine is an error that names HOST', () => {
  expect(() => listen(sampleApp().app, '192.0.2.1', 0)).toThrow(/set HOST to an address of this machine/);
});

test('HEAD answers as GET does, without a body', async () => {
  const listening = listen(sampleApp().app, '127.0.0.1', 0);
  const response = await fetch(`${listening.url}/accepted`, { method: 'HEAD' });
  expect([response.status, await response.text()]).toEqual([202, '']);
  await listening.stop();
});

test('stop lets a request in flight finish and refuses new connections', async () => {
  const { app } = sampleApp();
  const began = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  app.get('/slow', async () => {
    began.resolve();
    await finish.promise;
    return { finished: true };
  });
  const listening = listen(app, '127.0.0.1', 0);
  const slow = fetch(`${listening.url}/slow`);
  await began.promise;
  const stopped = listening.stop();
  await expect(fetch(`${listening.url}/health/live`, { keepalive: false })).rejects.toThrow();
  finish.resolve();
  expect(await (await slow).json()).toEqual({ finished: true });
  await stopped;
});

test('a chunked body without end gets its 413 over a real connection', async () => {
  const listening = listen(sampleApp().app, '127.0.0.1', 0);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(listening.port, '127.0.0.1', () => {
    socket.write(
      'POST /any HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    for (let n = 0; n < 4; n++)
      socket.write(`${(BODY_LIMIT / 2).toString(16)}\r\n${'x'.repeat(BODY_LIMIT / 2)}\r\n`);
  });
  socket.once('data', (data) => resolve(String(data)));
  socket.once('error', reject);
  expect(await promise).toStartWith('HTTP/1.1 413');
  socket.destroy();
  await listening.stop();
});
