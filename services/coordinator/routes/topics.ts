import type { Elysia } from 'elysia';
import type { AsyncApiDocument } from '../../platform/asyncapi/document.ts';
import { topicsPage } from '../../platform/asyncapi/page.ts';
import { openToAll } from '../../platform/auth/index.ts';

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

/** What is on the topics: as a document for programs, and as a page. Both say nothing that is not in the source. */
export function addTopicRoutes(app: Elysia, document: AsyncApiDocument): void {
  const page = topicsPage(document);
  const hidden = { detail: { hide: true, ...openToAll } };
  app
    .get('/asyncapi.json', () => Response.json(document), hidden)
    .get(
      '/docs/topics',
      () => {
        const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
        return new Response(page, { headers });
      },
      hidden,
    );
}
