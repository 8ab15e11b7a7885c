import type { Access, Role } from './access.ts';
import type { Login } from './login.ts';

/** Who asks. */
export interface Principal {
  /** The token's `sub`. */
  readonly subject: string;
  /** For people: preferred_username, or the client. */
  readonly name: string;
  readonly roles: ReadonlySet<Role>;
}

/** Who may do what. */
export interface Auth {
  /** Whether bearer tokens are asked for at all. */
  readonly required: boolean;
  /**
   * Who asks; null where nobody has to say. `withSession`: the cookies of a browser's session do as well as the header
   * Authorization. Throws `HttpProblem`: 401 without a good token, 403 without the role, 503 while the issuer is away.
   */
  check(request: Request, access: Access, withSession?: boolean): Promise<Principal | null>;
  /** Headers for a call of another service of ours: a token by client credentials, or none. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** How people log in with a browser; null where nobody has to. What it throws for want of the issuer is a problem. */
  readonly login: Login | null;
}
