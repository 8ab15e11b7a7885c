// The cookies of people who log in with a browser: what they hold and how they are written.
import { loginPaths } from './login-paths.ts';

/**
 * What a browser keeps. `session` and `refresh` are the issuer's tokens as they are, so that any coordinator reads them
 * without a store or a key that all would have to share; `identity`, the ID token, is only sent to log out; `login` is of
 * a login that is under way.
 */
export type CookieKind = 'session' | 'refresh' | 'identity' | 'login';

/** Name, value and attributes: longer ones browsers drop without a word (RFC 6265, 6.1). */
const COOKIE_MAX_BYTES = 4_096;
/** How long somebody may take to log in. */
const LOGIN_SECONDS = 600;

const PATHS: Readonly<Record<CookieKind, string>> = {
  session: '/',
  refresh: '/',
  identity: loginPaths.logout,
  login: loginPaths.login,
};

/** A cookie that a browser can't keep. The message has its size and no value. */
export class CookieTooLarge extends Error {
  override readonly name = 'CookieTooLarge';
}

/** The cookies of a request, over TLS or not: over TLS they have names that nothing else than TLS may set. */
export class Cookies {
  readonly #isSecure: boolean;
  readonly #given: ReadonlyMap<string, string>;

  constructor(headers: Headers, isSecure: boolean) {
    this.#isSecure = isSecure;
    this.#given = parsed(headers.get('cookie') ?? '');
  }

  /** `of`: which login. */
  get(kind: CookieKind, of = ''): string | null {
    const value = this.#given.get(this.#nameOf(kind, of)) ?? null;
    return value === '' ? null : value;
  }

  /** As a Set-Cookie header; it lasts until the browser ends, or for as long as a login may take. Throws `CookieTooLarge`. */
  set(kind: CookieKind, value: string, of = ''): string {
    const age = kind === 'login' ? `; Max-Age=${LOGIN_SECONDS}` : '';
    const cookie = `${this.#nameOf(kind, of)}=${encodeURIComponent(value)}${this.#attributes(kind)}${age}`;
    if (cookie.length > COOKIE_MAX_BYTES)
      throw new CookieTooLarge(`the cookie ${kind} would have ${cookie.length} bytes`);
    return cookie;
  }

  /** A Set-Cookie header that takes it away. */
  clear(kind: CookieKind, of = ''): string {
    return `${this.#nameOf(kind, of)}=${this.#attributes(kind)}; Max-Age=0`;
  }

  #nameOf(kind: CookieKind, of: string): string {
    const prefix = this.#isSecure ? (PATHS[kind] === '/' ? '__Host-' : '__Secure-') : '';
    return `${prefix}requite-${kind}${of === '' ? '' : `-${of}`}`;
  }

  #attributes(kind: CookieKind): string {
    return `; Path=${PATHS[kind]}; HttpOnly; SameSite=Lax${this.#isSecure ? '; Secure' : ''}`;
  }
}

function parsed(header: string): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const each of header.split(';')) {
    const at = each.indexOf('=');
    const name = each.slice(0, at).trim();
    // of two with one name the first counts: browsers send that of the longer path first
    if (at > 0 && !cookies.has(name)) cookies.set(name, decoded(each.slice(at + 1).trim()));
  }
  return cookies;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // not one of ours
    return '';
  }
}
