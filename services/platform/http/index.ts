// What every service with REST shares: the app, its problems, its input checks, and listening.
export { advertisedUrl } from './advertised.ts';
export { createHttp, type HttpOptions } from './app.ts';
export { ListenError, listen, listenEarly } from './listen.ts';
export { HttpProblem, unavailable } from './problem.ts';
export { invalid, jsonBody, onlyNamed, parameters } from './schema.ts';
