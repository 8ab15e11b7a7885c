/** What each answer has, unless its route says otherwise: data are for who asked, and no browser shall make more of them. */
const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** Puts the headers on an answer that it lacks. `hstsSeconds`: for how long browsers shall use TLS alone; 0: not told. */
export function secured(response: Response, hstsSeconds: number): Response {
  const { headers } = response;
  for (const [name, value] of Object.entries(HEADERS)) if (!headers.has(name)) headers.set(name, value);
  if (hstsSeconds > 0) headers.set('strict-transport-security', `max-age=${hstsSeconds}; includeSubDomains`);
  return response;
}
