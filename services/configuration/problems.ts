import { ConfigurationError, type ConfigurationErrorCode } from '../platform/configuration/index.ts';
import { HttpProblem } from '../platform/http/index.ts';

const STATUS: Readonly<Record<ConfigurationErrorCode, number>> = {
  'unknown-service': 404,
  'unknown-key': 404,
  'bad-value': 422,
  pinned: 409,
  stale: 412,
};

/** The answer, or the problem document of what was refused. */
export async function answered(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    throw error instanceof ConfigurationError ? problemOf(error) : error;
  }
}

function problemOf(error: ConfigurationError): HttpProblem {
  const { code, message: detail } = error;
  return new HttpProblem({ status: STATUS[code], code, detail, cause: error });
}
