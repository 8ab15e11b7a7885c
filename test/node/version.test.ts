import { expect, test } from 'bun:test';
import { checkNodeVersion } from '../../services/platform/node-version.ts';

test('the host says which Node it needs', () => {
  for (const version of ['22.22.0', '22.23.3', '24.0.0', '26.1.0'])
    expect(() => checkNodeVersion(version)).not.toThrow();
  for (const version of ['20.20.2', '22.21.9'])
    expect(() => checkNodeVersion(version)).toThrow(`this is Node ${version}`);
});
