// WCAG 2.2, 1.4.3 and 1.4.11: text stands out from what is behind it by 4.5 to 1, shapes and edges of fields by 3 to 1.
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';

const styles = await Bun.file(
  join(import.meta.dir, '../../../../services/coordinator/dashboard/assets/styles.css'),
).text();

type Colour = readonly [red: number, green: number, blue: number];

/** The colours of a theme, by name. */
function palette(theme: 'light' | 'dark'): ReadonlyMap<string, Colour> {
  const pairs = styles.matchAll(/--([a-z-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g);
  return new Map(
    [...pairs].map(([, name = '', light = '', dark = '']) => [name, rgb(theme === 'light' ? light : dark)]),
  );
}

function rgb(hex: string): Colour {
  const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}

/** Relative luminance, as WCAG defines it. */
function luminance([red, green, blue]: Colour): number {
  const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ['paper', 'card', 'sunk', 'attention-wash', 'accent-wash'];
const pairs: readonly (readonly [name: string, grounds: readonly string[], least: number])[] = [
  ['ink', grounds, 4.5],
  ['soft', ['paper', 'card', 'sunk'], 4.5],
  ['accent', ['paper', 'card', 'sunk', 'accent-wash'], 4.5],
  ['on-accent', ['accent'], 4.5],
  ['failed', ['paper', 'card', 'sunk'], 4.5],
  ['parked', ['paper', 'card', 'attention-wash'], 3],
  ['waiting', ['paper', 'card'], 3],
  ['edge', ['paper', 'card'], 3],
];

test('black on white is 21 to 1', () => {
  expect(contrast([0, 0, 0], [1, 1, 1])).toBeCloseTo(21, 5);
});

for (const theme of ['light', 'dark'] as const)
  describe(`in the ${theme} theme`, () => {
    const colours = palette(theme);
    const colour = (name: string): Colour => {
      const found = colours.get(name);
      if (found === undefined) throw new Error(`the styles have no pair of colours --${name}`);
      return found;
    };
    for (const [name, behind, least] of pairs)
      for (const ground of behind)
        test(`${name} stands out from ${ground}`, () => {
          expect(contrast(colour(name), colour(ground))).toBeGreaterThanOrEqual(least);
        });
  });
