// What every service with REST shares: the app, its problems, its input checks, and listening.
export { createHttp } from './app.ts';
export { ListenError, listen } from './listen.ts';
export { HttpProblem, unavailable } from './problem.ts';
export { invalid, jsonBody, onlyNamed, parameters } from './schema.ts';
