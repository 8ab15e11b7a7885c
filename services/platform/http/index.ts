// What every service with REST shares: the app, its problems, its input checks, and listening.
export { createHttp } from './app.ts';
export { ListenError, listen, requirePort } from './listen.ts';
export { HttpProblem, unavailable } from './problem.ts';
export { invalid, jsonBody, onlyNamed, parameters } from './schema.ts';
