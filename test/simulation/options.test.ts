import { describe, expect, test } from 'bun:test';
import { OptionsError } from '../support/flags.ts';
import { commandOf, readOptions } from './options.ts';

describe('the command line of the simulation', () => {
  test('without options simulates 10,000 schedules of any seeds on all cores', () => {
    const task = readOptions([]);
    expect(task).toMatchObject({ kind: 'schedules', schedules: 10_000, from: null, json: null, run: {} });
  });

  test('a command that replays a run is read as that run again', () => {
    const run = {
      steps: 200,
      workflows: 1,
      engines: 2,
      answerers: 1,
      partitions: 3,
      backing: 'in-order',
      faults: { crash: 3, slow: 0 },
      suppress: new Set([9, 0, 1, 2, 3, 11]),
      plant: 'random-ids',
    } as const;
    const command = commandOf(42, run);
    expect(command).toBe(
      'bun run simulate --seed 42 --steps 200 --workflows 1 --engines 2 --answerers 1 --partitions 3 --backing in-order ' +
        '--plant random-ids --faults crash=3,slow=0 --suppress 0-3,9,11',
    );
    expect(readOptions(command.split(' ').slice(3))).toEqual({
      kind: 'replay',
      seed: 42,
      run: { ...run, suppress: new Set([0, 1, 2, 3, 9, 11]) },
    });
  });

  test.each(['none', 'slow', 'crash,deploy'])('--only %s is said and read as that', (only) => {
    const task = readOptions(['--seed', '1', '--only', only]);
    expect(task.kind === 'replay' && commandOf(1, task.run)).toBe(`bun run simulate --seed 1 --only ${only}`);
  });

  test.each([
    [['--schedules', '0'], '--schedules "0" can\'t be used: give a whole number from 1'],
    [['--seed', '-1'], 'seed'],
    [['--seed', 'x'], '--seed "x" can\'t be used'],
    [['--seed', '1', '--schedules', '5'], '--seed replays one schedule: leave --schedules out'],
    [['--seed', '1', '--plants'], 'leave --plants out'],
    [['--plants', '--plant', 'a'], '--plants builds each in: leave --plant out'],
    [['--faults', 'crsh=1'], '--faults "crsh=1" can\'t be used: give KIND=WEIGHT'],
    [['--faults', 'crash'], '--faults "crash"'],
    [['--only', 'slow,fast'], '--only "fast" can\'t be used: give none, or some of crash'],
    [['--only', 'slow', '--faults', 'slow=1'], 'leave one out'],
    [['--suppress', '1-'], '--suppress "1-"'],
    [['--backing', 'sqlite'], 'give atomic or in-order'],
    [['--steps', '100'], 'from 200'],
    [['--sed', '1'], '--sed'],
    [['7'], '7'],
  ])('%j is refused with what to do', (args, message) => {
    expect(() => readOptions(args)).toThrow(OptionsError);
    expect(() => readOptions(args)).toThrow(message);
  });
});
