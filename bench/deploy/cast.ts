import type { BenchOptions } from '../options.ts';
import type { Setup } from '../setup.ts';
import { type Cast, customerCount } from './deployment.ts';

/** The scripts of each system. */
export function castOf({ system }: Setup, options: BenchOptions): Cast {
  switch (system) {
    case 'requite':
      return {
        coordinator: ['services/main.ts', 'coordinator'],
        engine: ['services/main.ts', 'engine'],
        crm: ['services/main.ts', 'crm'],
      };
    case 'floor':
    case 'jobs-floor':
      return {
        coordinator: ['bench/floor/coordinator.ts'],
        engine: [system === 'floor' ? 'bench/floor/engine.ts' : 'bench/floor/engine-with-jobs.ts'],
        crm: ['bench/floor/crm.ts'],
      };
    case 'baseline':
      return {
        coordinator: ['bench/baseline/coordinator.ts'],
        engine: ['bench/baseline/engine.ts'],
        crm: ['bench/baseline/crm.ts', String(customerCount(options)), String(options.seed)],
      };
    default:
      return system satisfies never;
  }
}
