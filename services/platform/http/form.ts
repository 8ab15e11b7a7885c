import type { BodyKind } from './body.ts';
import type { GuardedRoute } from './guard.ts';
import { HttpProblem } from './problem.ts';

/** The member of a route's `detail` that says its body is what a browser's form sends; the handler gets `FormData`. */
export const formBody: { readonly 'x-body': 'form' } = { 'x-body': 'form' };

/** What the body of a route is, by its `detail`. */
export function bodyKinds(
  routes: () => readonly GuardedRoute[],
): (request: Request, path: string) => BodyKind {
  const known = new Map<string, BodyKind>();
  return ({ method }, path) => {
    if (method === 'GET') return 'json';
    // both are names of our routes, so that there are never many
    const name = `${method} ${path}`;
    let kind = known.get(name);
    if (kind === undefined) {
      const route = routes().find((each) => each.path === path && each.method === method);
      kind = kindOf(route);
      known.set(name, kind);
    }
    return kind;
  };
}

function kindOf(route: GuardedRoute | undefined): BodyKind {
  const { 'x-body': body, 'x-streamed': streamed } = route?.hooks.detail ?? {};
  if (Array.isArray(streamed)) return streamed as readonly string[];
  return body === 'form' ? 'form' : 'json';
}

export function isForm(contentType: string | null): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  return type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data';
}

const malformed = (cause: unknown): HttpProblem => {
  const detail = 'The body is not the form that its Content-Type says: send the form again from its page.';
  return new HttpProblem({ status: 400, code: 'malformed-form', detail, cause });
};

/** A form's fields, as `FormData`. Throws `HttpProblem`: 400 where the bytes are no such form. */
export async function parseForm(bytes: Uint8Array, headers: Headers): Promise<unknown> {
  const type = headers.get('content-type') ?? '';
  const body = new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-type': type } });
  try {
    return await body.formData();
  } catch (error) {
    throw malformed(error);
  }
}
