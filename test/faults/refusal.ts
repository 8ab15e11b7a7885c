import { TransportError } from '../../core/mod.ts';
import { until } from '../support/until.ts';
import type { Greetings } from './greetings.ts';

/** Asks for more until it is refused: what was asked before is acknowledged. */
export async function askUntilRefused(greetings: Greetings): Promise<TransportError> {
  return until('a publish to be refused', async () => {
    try {
      await greetings.ask(100);
      return null;
    } catch (error) {
      // what is waited for; anything else is a failure
      if (error instanceof TransportError) return error;
      throw error;
    }
  });
}

/** How a log that can't be written behaved, and whether all went on once it could. */
export interface Survival {
  readonly code: string;
  readonly canRetry: boolean;
  readonly message: string;
  readonly wasDown: boolean;
}

const isUp = async (greetings: Greetings, value: 0 | 1): Promise<boolean> =>
  (await greetings.metrics()).includes(`requite_store_up{store="embedded"} ${value}`);

/** Asks a log that can't be written, mends it, and waits until all that was acknowledged and more has completed. */
export async function survive(greetings: Greetings, mend: () => void): Promise<Survival> {
  const { code, canRetry, message } = await askUntilRefused(greetings);
  const wasDown = await isUp(greetings, 0);
  mend();
  await greetings.allCompleted();
  await greetings.ask(50);
  await greetings.allCompleted();
  await until('the store to be up', () => isUp(greetings, 1));
  return { code, canRetry, message, wasDown };
}
