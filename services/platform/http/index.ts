// What every service with REST shares: the app, its problems, its input checks, and listening.
export { advertisedUrl } from './advertised.ts';
export { formBody } from './form.ts';
export { forPeople } from './guard.ts';
export { formParts } from './multipart.ts';
export { HttpProblem, problemResponse, unavailable } from './problem.ts';
export { type Opened, type Opening, startRestService } from './rest-service.ts';
export { invalid, jsonBody, onlyNamed, parameters } from './schema.ts';
export { StreamedBody, streamedBody } from './streamed-body.ts';
