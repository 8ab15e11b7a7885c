import { isFloor, type Setup, type Varied } from '../setup.ts';

/** The columns that name a row. */
export interface Names {
  readonly headers: readonly string[];
  cellsOf(setup: Setup): readonly string[];
}

/** What a row is: of its shape only what differs between rows. */
export function namesOf(varied: Varied): Names {
  const shape = [
    { header: 'part.', shown: varied.partitions, of: ({ partitions }: Setup) => partitions },
    { header: 'eng.', shown: varied.engines, of: ({ engines }: Setup) => engines },
    { header: 'rate', shown: varied.rate, of: ({ rate }: Setup) => rate },
  ].filter(({ shown }) => shown);
  return {
    headers: ['log', 'system', 'jobs in', 'files', ...shape.map(({ header }) => header)],
    cellsOf: (setup) => [
      setup.log,
      [
        setup.system,
        ...(setup.fsync === undefined ? [] : [`fsync ${setup.fsync ? 'on' : 'off'}`]),
        ...(setup.tracing === undefined ? [] : [`tracing ${setup.tracing}`]),
        ...(setup.numbers === undefined ? [] : [`numbers ${setup.numbers}`]),
      ].join(', '),
      setup.store ?? '–',
      isFloor(setup.system) ? '–' : setup.files ? 'on' : 'off',
      ...shape.map(({ of }) => String(of(setup))),
    ],
  };
}
