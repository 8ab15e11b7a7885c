export type ConfigurationErrorCode = 'unknown-service' | 'unknown-key' | 'bad-value' | 'pinned' | 'stale';

/** A change that is refused, or a setting that is not there: the message says what to do. */
export class ConfigurationError extends Error {
  readonly code: ConfigurationErrorCode;

  constructor(code: ConfigurationErrorCode, message: string) {
    super(message);
    this.name = 'ConfigurationError';
    this.code = code;
  }
}
