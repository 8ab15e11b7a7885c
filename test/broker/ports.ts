import { createServer } from 'node:net';

/**
 * Free ports on 127.0.0.1 from below the ranges that systems give to outgoing connections, so that none is taken
 * between this look and the broker's bind, nor while a broker that will come back on its ports is down.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = 16_000 + Math.floor(Math.random() * 16_000);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer().once('error', () => answer(false)); // Taken: whatever the code, try another.
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });
}
