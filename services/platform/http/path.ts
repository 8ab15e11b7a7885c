import { HttpProblem } from './problem.ts';

/** The longest path, as it is sent, in characters: an id of 256 characters takes 2,304 of them where each is escaped. */
const PATH_MAX_LENGTH = 4_096;
/** The longest part of a path between two slashes, decoded, in UTF-16 units; an id has at most 256. */
const SEGMENT_MAX_LENGTH = 512;

/**
 * The problem of a request's address, or null: routes get each part of the path decoded once, and bounded. Bun has resolved
 * `.` and `..`, escaped or not, so that a part is never one of them.
 */
export function addressProblem(url: string): HttpProblem | null {
  // most are short and have no escape: nothing to look at
  if (/^https?:/.test(url) && url.length <= SEGMENT_MAX_LENGTH && !url.includes('%')) return null;
  if (!URL.canParse(url)) {
    const detail = 'The request names no host: send HTTP/1.1 with a Host header.';
    return new HttpProblem({ status: 400, code: 'malformed-request', detail });
  }
  const { pathname } = new URL(url);
  if (pathname.length > PATH_MAX_LENGTH)
    return tooLong(`The path has more than ${PATH_MAX_LENGTH} characters, the limit here`);
  if (pathname.length <= SEGMENT_MAX_LENGTH && !pathname.includes('%')) return null;
  const segments = pathname.split('/').map(decoded);
  if (segments.includes(null)) {
    const detail = 'The path has a "%" that begins no escape of UTF-8: percent-encode each part of it once.';
    return new HttpProblem({ status: 400, code: 'malformed-path', detail });
  }
  if (segments.every((segment) => (segment ?? '').length <= SEGMENT_MAX_LENGTH)) return null;
  return tooLong(`A part of the path has more than ${SEGMENT_MAX_LENGTH} characters, the limit here`);
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    // URIError, the only one that it throws, for an escape that is none
    return null;
  }
}

const tooLong = (what: string): HttpProblem =>
  new HttpProblem({ status: 414, code: 'path-too-long', detail: `${what}: nothing here has such a name.` });
