// A fraud service alone in its process, for tests that kill it.
import { startFraudService } from '../../../services/fraud/index.ts';
import { openPlace, type Place, settingsIn, silent } from './support.ts';

const place = JSON.parse(process.env.PLACE ?? '{}') as Place;
await startFraudService({ settings: settingsIn(place), backing: await openPlace(place), logger: silent });
process.stdout.write('up\n');
