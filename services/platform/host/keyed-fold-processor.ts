import {
  type KeyedFoldProcessorOptions as CoreOptions,
  KeyedFoldProcessor as CoreProcessor,
} from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { observing } from './observing.ts';

export interface KeyedFoldProcessorOptions extends Omit<CoreOptions, 'observer' | 'logger'> {
  readonly logger: Logger;
  readonly telemetry?: Telemetry | undefined;
}

/** The core's processor of keyed folds, with its traces and records told as a process of ours tells them. */
export class KeyedFoldProcessor extends CoreProcessor {
  constructor(options: KeyedFoldProcessorOptions) {
    super({ ...options, observer: observing(options.logger, options.telemetry) });
  }
}
