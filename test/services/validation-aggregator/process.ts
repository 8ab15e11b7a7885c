// An aggregator alone in its process, for tests that kill it.
import { readSettings } from '../../../services/platform/config.ts';
import { startValidationAggregator } from '../../../services/validation-aggregator/index.ts';
import { logger, openPlace, PARTITIONS, type Place } from './support.ts';

const place = JSON.parse(process.env.PLACE ?? '{}') as Place;
const environment = {
  DATA_DIR: place.dataDir,
  PARTITIONS: String(PARTITIONS),
  VALIDATION_LIMIT: process.env.VALIDATION_LIMIT,
};
const settings = readSettings(environment, false);
await startValidationAggregator({ settings, backing: await openPlace(place), logger });
process.stdout.write('up\n');
