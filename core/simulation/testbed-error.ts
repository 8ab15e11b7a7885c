export type TestbedErrorCode =
  | 'unknown-workflow'
  | 'unknown-job'
  | 'unknown-topic'
  | 'invalid-id'
  | 'invalid-input'
  | 'no-question'
  | 'which-question'
  | 'not-completed'
  | 'time-backwards'
  | 'invalid-time'
  | 'answerer-threw'
  | 'processor-threw'
  | 'never-settles'
  | 'not-explorable'
  | 'violated';

/** What a testbed throws: a test asked for what can't be. The message says what to do instead. */
export class TestbedError extends Error {
  readonly code: TestbedErrorCode;
  constructor(code: TestbedErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TestbedError';
    this.code = code;
  }
}
