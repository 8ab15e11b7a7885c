import { errors, type JWTPayload, type JWTVerifyResult, jwtVerify } from 'jose';
import { isRole, type Role } from './access.ts';
import type { Principal } from './auth.ts';
import type { Issuer, Known } from './issuer.ts';

/** Signatures that need the issuer's private key. With a shared secret's, whoever has the public key could sign. */
export const ALGORITHMS: string[] = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
/** By how much clocks may differ, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 5;
/** `typ` in the header of an access token (RFC 9068), or of one that doesn't say. ID tokens say JWT as well. */
const HEADER_TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** A token that is not good. The message says why in words that may go out, and never quotes the token. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

export interface TokensOptions {
  readonly issuer: Issuer;
  /** The issuer's name, as tokens have it. */
  readonly name: string;
  readonly audience: string;
  readonly now: () => number;
}

/** Who presents this token. Throws `TokenError`, or `IssuerError` where the issuer is needed to tell and can't be asked. */
export async function principalOfToken(token: string, options: TokensOptions): Promise<Principal> {
  const { payload, protectedHeader } = await verified(token, options);
  if (protectedHeader.typ !== undefined && !HEADER_TYPES.has(protectedHeader.typ.toLowerCase()))
    throw new TokenError('it is not an access token');
  // Keycloak's own claim: ID, Refresh and Logout are tokens of other uses
  if (payload.typ !== undefined && payload.typ !== 'Bearer')
    throw new TokenError('it is not an access token');
  if (payload.cnf !== undefined) throw new TokenError('it is bound to a key, which is not checked here');
  const subject = payload.sub ?? '';
  const names = [payload.preferred_username, payload.client_id, payload.azp, subject];
  const name = names.find((each): each is string => typeof each === 'string') ?? subject;
  return { subject, name, roles: rolesOf(payload, options.audience) };
}

async function verified(token: string, options: TokensOptions): Promise<JWTVerifyResult> {
  const known = await options.issuer.current();
  try {
    return await verifiedWith(known, token, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw tokenErrorOf(error);
  }
  const newer = await options.issuer.refreshed(known);
  try {
    if (newer !== null) return await verifiedWith(newer, token, options);
  } catch (error) {
    throw tokenErrorOf(error);
  }
  throw new TokenError('its key is not one of the issuer');
}

function verifiedWith(known: Known, token: string, options: TokensOptions): Promise<JWTVerifyResult> {
  return jwtVerify(token, known.keys, {
    algorithms: ALGORITHMS,
    issuer: options.name,
    audience: options.audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(options.now()),
  });
}

const CLAIMS: Readonly<Record<string, string>> = {
  iss: 'it is of another issuer',
  aud: 'it is meant for others: its audience is not ours',
  nbf: 'it is not valid yet',
};

function tokenErrorOf(cause: unknown): Error {
  if (!(cause instanceof errors.JOSEError)) return cause instanceof Error ? cause : new Error(String(cause));
  return new TokenError(reasonOf(cause), { cause });
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return `it has no claim ${error.claim}`;
    return CLAIMS[error.claim] ?? `its claim ${error.claim} is not good`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not good';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'its key is not one of the issuer';
  return 'it is not a signed JSON Web Token';
}

/** The roles that we know among those of the realm and of the audience, where Keycloak has them. */
function rolesOf(payload: JWTPayload, audience: string): ReadonlySet<Role> {
  const resources = objectOf(payload.resource_access);
  const lists = [payload.realm_access, Object.hasOwn(resources, audience) ? resources[audience] : null].map(
    (each) => objectOf(each).roles,
  );
  return new Set(lists.flatMap((list) => (Array.isArray(list) ? list.filter(isRole) : [])));
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
