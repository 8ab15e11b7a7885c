import { WorkflowProcessor as CoreProcessor, type WorkflowProcessorOptions } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { observing } from './observing.ts';

/** The core's processor of workflows, with its traces and records told as a process of ours tells them. */
export class WorkflowProcessor extends CoreProcessor {
  constructor(
    options: Omit<WorkflowProcessorOptions, 'observer' | 'logger'> & {
      readonly logger: Logger;
      readonly telemetry?: Telemetry | undefined;
    },
  ) {
    super({ ...options, observer: observing(options.logger, options.telemetry) });
  }
}
