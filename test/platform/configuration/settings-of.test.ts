import { expect, test } from 'bun:test';
import { type TSchema, Type } from '@sinclair/typebox';
import { SettingsError } from '../../../services/platform/config/settings-error.ts';
import { refuseIdlePins } from '../../../services/platform/configuration/pins.ts';
import { SettingsOf } from '../../../services/platform/configuration/settings-of.ts';

const size = Type.Integer({ default: 5, minimum: 1, maximum: 10, description: 'how many at once' });

const refused: readonly [why: string, key: string, schema: TSchema, says: string][] = [
  ['no default', 'size', Type.Integer({ description: 'x' }), 'needs a default'],
  [
    'a default that does not fit',
    'size',
    Type.Integer({ default: 0, minimum: 1, description: 'x' }),
    'needs a default',
  ],
  ['no description', 'size', Type.Integer({ default: 1 }), 'needs a description'],
  ["a secret's name", 'apiKey', Type.String({ default: '', description: 'x' }), 'is a secret by its name'],
  [
    'a name that no path takes',
    'a/b',
    Type.Integer({ default: 1, description: 'x' }),
    'needs a name of letters',
  ],
  [
    'a kind that others can not check',
    'size',
    Type.Object({}, { default: {}, description: 'x' }),
    "can't be checked elsewhere",
  ],
];
for (const [why, key, schema, says] of refused) {
  test(`a setting with ${why} is refused where the program begins`, () => {
    const settings = new SettingsOf('shop');
    expect(() => settings.add(Type.Object({ [key]: schema }), {})).toThrow(says);
    expect(settings.keys).toEqual([]);
  });
}

test('a service may ask in parts; two schemas for one setting are refused', () => {
  const settings = new SettingsOf('shop');
  settings.add(Type.Object({ size }), {});
  settings.add(Type.Object({ size, other: Type.Boolean({ default: true, description: 'x' }) }), {});
  expect(settings.keys).toEqual(['size', 'other']);
  const another = Type.Integer({ default: 7, description: 'how many at once' });
  expect(() => settings.add(Type.Object({ size: another }), {})).toThrow('two schemas for its setting size');
});

test('the environment goes before what is set centrally, that before the default, and what does not fit counts as not set', () => {
  const values = (pins: Record<string, string>, central?: unknown) => {
    const settings = new SettingsOf('shop');
    settings.add(Type.Object({ size }), pins);
    const misfits: unknown[] = [];
    const found = settings.values(
      ['size'],
      () => central as never,
      (each) => misfits.push(each.value),
    );
    return [found.size, misfits];
  };
  expect(values({})).toEqual([5, []]);
  expect(values({}, 7)).toEqual([7, []]);
  expect(values({}, 70)).toEqual([5, [70]]);
  expect(values({ CONFIG_SHOP_SIZE: '3' }, 7)).toEqual([3, []]);
});

test('a pin that does not fit is an error that names the variable and what it takes', () => {
  const add = () => new SettingsOf('shop').add(Type.Object({ size }), { CONFIG_SHOP_SIZE: 'many' });
  expect(add).toThrow(SettingsError);
  expect(add).toThrow(
    'CONFIG_SHOP_SIZE="many" can\'t be the setting size of shop: give a whole number from 1 to 10',
  );
});

const idle: readonly [variable: string, says: string | null][] = [
  ['CONFIG_SHOP_SIZE', null],
  ['CONFIG_SHOP_SIZ', 'do you mean CONFIG_SHOP_SIZE?'],
  ['CONFIG_SHOP_COLOUR', 'it has CONFIG_SHOP_SIZE'],
  ['CONFIG_SHOP_FRONT_SIZE', null],
  ['CONFIG_SHPO_SIZE', 'there is no such service'],
];
for (const [variable, says] of idle) {
  test(`${variable} is ${says === null ? 'fine' : `refused: ${says}`}`, () => {
    const check = () =>
      refuseIdlePins({ [variable]: '1' }, new Map([['shop', ['size']]]), ['shop', 'shop-front']);
    if (says === null) expect(check).not.toThrow();
    else expect(check).toThrow(says);
  });
}
