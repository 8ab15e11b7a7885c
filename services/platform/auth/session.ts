// What is known of a request that came with a session: for whoever answers it.

interface Noted {
  readonly token: string | null;
  readonly cookies: readonly string[];
}

const sessions = new WeakMap<Request, Noted>();

/** Notes the access token of a request's session, and what its answer is to set. */
export function rememberSession(request: Request, noted: Noted): void {
  sessions.set(request, noted);
}

/** The access token of the session that the request came with; null: it has none. */
export function sessionTokenOf(request: Request): string | null {
  return sessions.get(request)?.token ?? null;
}

/** The answer, with the cookies of a session that was renewed or has ended on the way. */
export function withSessionCookies(request: Request, response: Response): Response {
  const { cookies = [] } = sessions.get(request) ?? {};
  // whoever logs in or out says himself what becomes of the session
  if (cookies.length === 0 || response.headers.has('set-cookie')) return response;
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}
