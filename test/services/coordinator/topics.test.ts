import { afterEach, expect, test } from 'bun:test';
import { asyncApiDocument } from '../../../services/platform/asyncapi/document.ts';
import { cleanUp, newLog, PARTITIONS, start } from './support.ts';

afterEach(cleanUp);

test('the topics are described at /asyncapi.json and shown at /docs/topics, which the first page leads to', async () => {
  const { get, json } = await start(await newLog());
  expect(await json('/asyncapi.json')).toEqual(
    JSON.parse(JSON.stringify(asyncApiDocument({ partitions: PARTITIONS }))),
  );
  const page = await get('/docs/topics');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('<section id="workflow-queue">');
  // the API's own page and its files are still where they were
  expect(await (await get('/docs')).text()).toContain('swagger-ui');
  expect((await get('/docs/start.js')).status).toBe(200);
  expect(await (await get('/')).text()).toContain('href="/docs/topics"');
});
