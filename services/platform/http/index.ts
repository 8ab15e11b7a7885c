// What every service with REST shares: the app, its problems, its input checks, and listening.
export { BODY_LIMIT_BYTES, createHttp, type HttpOptions } from './app.ts';
export { ListenError, type Listening, listen } from './listen.ts';
export { HttpProblem, type InputError, type ProblemOptions, unavailable } from './problem.ts';
export { type Checked, inputErrors, invalid, jsonBody, parameters } from './schema.ts';
