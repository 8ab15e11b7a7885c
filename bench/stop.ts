/** Whoever stopped the bench ends the process with a code of its own. */
export const STOPPED = 130;

/** On Ctrl-C or SIGTERM: ends what the bench has started, and the process with the signal's code. */
export function stopOnSignals(hold: { isStopping: boolean }, end: () => Promise<void>): void {
  const stop = async (code: number): Promise<void> => {
    hold.isStopping = true;
    await end();
    process.exit(code);
  };
  process.once('SIGINT', () => void stop(130));
  process.once('SIGTERM', () => void stop(143));
}
