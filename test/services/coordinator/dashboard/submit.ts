import type { Running } from '../support.ts';

/** Sends a form as a browser does from a page of the coordinator's own. */
export async function submit(
  { url }: Running,
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = { 'sec-fetch-site': 'same-origin' },
): Promise<Response> {
  const body = new URLSearchParams(fields);
  return await fetch(url + path, {
    method: 'POST',
    body: String(body),
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    redirect: 'manual',
  });
}
