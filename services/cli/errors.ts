// How asking a service can fail.

/** Nobody answers there, or only that it can't now. */
export class NotReached extends Error {
  override readonly name = 'NotReached';
}

/** It answered that it won't; the message is its own. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string | null;

  constructor(detail: string, options: ErrorOptions & Pick<Refused, 'status' | 'code'>) {
    super(detail, options);
    this.status = options.status;
    this.code = options.code;
  }
}
