import type { Access, Role } from './access.ts';

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
  /** Who asks; null where nobody has to say. Throws `HttpProblem`: 401 without a good token, 403 without the role, 503 while the issuer is away. */
  check(request: Request, access: Access): Promise<Principal | null>;
  /** Headers for a call of another service of ours: a token by client credentials, or none. */
  headers(): Promise<Readonly<Record<string, string>>>;
}
