import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { type DescribedRoute, describeApi } from '../../../services/platform/http/openapi.ts';

const info = { title: 'A test', description: '', version: '1' };
const Leaf = Type.Object({ size: Type.Integer() }, { title: 'Leaf' });
const Tree = Type.Object({ leaves: Type.Array(Leaf), title: Type.String() }, { title: 'Tree' });

const giving = (path: string, schema: unknown): DescribedRoute => {
  const responses = { 200: { content: { 'application/json': { schema, example: { title: 'Leaf' } } } } };
  return { method: 'GET', path, hooks: { detail: { responses } } };
};

test('a schema with a name is described once, and referred to', () => {
  const routes = [
    giving('/tree', Tree),
    giving('/leaf', Leaf),
    giving('/plain', Type.Object({}, { title: 'not a name' })),
  ];
  const { paths, components } = JSON.parse(JSON.stringify(describeApi(info, routes)));
  const given = (path: string) => paths[path].get.responses[200].content['application/json'];
  expect(given('/tree').schema).toEqual({ $ref: '#/components/schemas/Tree' });
  expect(given('/leaf').schema).toEqual({ $ref: '#/components/schemas/Leaf' });
  expect(given('/plain').schema.title).toBe('not a name');
  expect(given('/tree').example).toEqual({ title: 'Leaf' });
  expect(Object.keys(components.schemas).sort()).toEqual(['Leaf', 'Problem', 'Tree']);
  expect(components.schemas.Tree.properties).toEqual({
    leaves: { type: 'array', items: { $ref: '#/components/schemas/Leaf' } },
    title: { type: 'string' },
  });
});

test('two schemas of one name are refused', () => {
  const other = Type.Object({ colour: Type.String() }, { title: 'Leaf' });
  expect(() => describeApi(info, [giving('/a', Leaf), giving('/b', other)])).toThrow('called Leaf');
});
