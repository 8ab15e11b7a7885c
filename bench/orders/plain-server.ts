// Answers every request with BODY: the floor of a lookup over HTTP.
const { BODY: body = '{}' } = process.env;
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  reusePort: false,
  fetch: () => new Response(body, { headers: { 'content-type': 'application/json' } }),
});
process.stdout.write(`${JSON.stringify({ msg: 'services are up', urls: { plain: server.url.origin } })}\n`);
process.on('SIGTERM', () => process.exit(0));
