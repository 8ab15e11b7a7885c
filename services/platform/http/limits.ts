/** What one client may ask of a server of ours. Each has its setting; what no setting has is a constant beside its use. */
export interface RequestLimits {
  /** Requests a second of one client address, on the average; after a pause `BURST_SECONDS` of them at once. 0: any number. */
  readonly perSecond: number;
  /** Requests of one client address that are under way at once. */
  readonly atOnce: number;
  /** So long a body may take to come, from its first byte that is read to its last, in seconds. */
  readonly bodySeconds: number;
  /** So many proxies of ours are in front: their entries of X-Forwarded-For are believed. 0: the header is not read. */
  readonly trustedProxies: number;
  /** Behind TLS: for so many seconds browsers shall use nothing else. 0: they are not told. */
  readonly hstsSeconds: number;
}

export const DEFAULT_LIMITS: RequestLimits = {
  perSecond: 20_000,
  atOnce: 10_000,
  bodySeconds: 30,
  trustedProxies: 0,
  hstsSeconds: 0,
};
