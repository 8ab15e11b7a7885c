import { expect, test } from 'bun:test';
import type { PdfErrand, PdfReport } from '../../../../services/coordinator/documents/pdf/worker.ts';
import {
  PdfWorkers,
  type PdfWorkersOptions,
} from '../../../../services/coordinator/documents/pdf-workers.ts';
import { HttpProblem } from '../../../../services/platform/http/index.ts';
import { until } from '../../../support/until.ts';
import { billOf } from './run-of-bills.ts';

/** Workers that answer when they are told to. */
class Workshop {
  readonly errands: { readonly errand: PdfErrand; readonly answer: (report: PdfReport) => void }[] = [];
  opened = 0;
  ended = 0;

  open(): Worker {
    this.opened++;
    const worker = {
      onmessage: (_: { readonly data: PdfReport }): void => {},
      postMessage: (errand: PdfErrand): void => {
        this.errands.push({ errand, answer: (data) => worker.onmessage({ data }) });
      },
      terminate: (): void => void this.ended++,
      ref: (): void => {},
      unref: (): void => {},
    };
    return worker as unknown as Worker;
  }

  answer(at: number, pdf = new Uint8Array([at])): void {
    this.errands[at]?.answer({ pdf });
  }
}

function workers(options: PdfWorkersOptions = {}): { readonly shop: Workshop; readonly pdfs: PdfWorkers } {
  const shop = new Workshop();
  return { shop, pdfs: new PdfWorkers({ open: () => shop.open(), ...options }) };
}

const bill = billOf('r_1');

async function problemOf(attempt: Promise<unknown>): Promise<HttpProblem> {
  const error: unknown = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof HttpProblem) return error;
  throw new Error('this was no problem', { cause: error });
}

test('two are made at once, the others in turn, by the same workers', async () => {
  const { shop, pdfs } = workers();
  const made = ['a', 'b', 'c', 'd'].map((hash) => pdfs.render(bill, hash));
  expect(shop.errands).toHaveLength(2);
  shop.answer(1);
  await until('the third is begun', () => shop.errands.length === 3);
  shop.answer(2);
  await until('the fourth is begun', () => shop.errands.length === 4);
  shop.answer(0);
  shop.answer(3);
  expect((await Promise.all(made)).map((pdf) => pdf[0])).toEqual([0, 1, 2, 3]);
  expect([shop.opened, shop.ended]).toEqual([2, 0]);
});

test('what is asked for twice is made once, whether it is being made or was made of late', async () => {
  const { shop, pdfs } = workers();
  const both = Promise.all([pdfs.render(bill, 'a'), pdfs.render(bill, 'a')]);
  shop.answer(0);
  await both;
  await pdfs.render(bill, 'a');
  expect(shop.errands).toHaveLength(1);
  const preview = pdfs.render(bill, 'a', { preview: true });
  shop.answer(1);
  await preview;
  expect(shop.errands.map(({ errand }) => errand.options)).toEqual([{}, { preview: true }]);
});

test('where too many wait already, the next is told to come again', async () => {
  const { shop, pdfs } = workers({ waiting: 2 });
  const taken = ['a', 'b', 'c', 'd'].map((hash) => pdfs.render(bill, hash));
  const problem = await problemOf(pdfs.render(bill, 'e'));
  expect([problem.status, problem.code]).toEqual([503, 'too-many-documents']);
  expect(problem.headers['retry-after']).toBeDefined();
  for (let at = 0; at < 4; at++) {
    await until('it is begun', () => shop.errands.length > at);
    shop.answer(at);
  }
  await Promise.all(taken);
});

test('one that takes too long is given up with its worker, and the next gets another', async () => {
  const { shop, pdfs } = workers({ workers: 1, limitMs: 20 });
  const problem = await problemOf(pdfs.render(bill, 'a'));
  expect([problem.status, problem.code]).toEqual([503, 'document-too-slow']);
  expect(shop.ended).toBe(1);
  const next = pdfs.render(bill, 'a');
  shop.answer(1);
  expect((await next)[0]).toBe(1);
  expect(shop.opened).toBe(2);
});

test('one that fails says why, and its worker goes on', async () => {
  const { shop, pdfs } = workers();
  const failing = pdfs.render(bill, 'a').catch((error: unknown) => error);
  shop.errands[0]?.answer({ error: 'no such glyph' });
  expect(String(await failing)).toContain('no such glyph');
  const next = pdfs.render(bill, 'b');
  shop.answer(1);
  await next;
  expect([shop.opened, shop.ended]).toEqual([1, 0]);
});

test('a worker with nothing to do ends', async () => {
  const { shop, pdfs } = workers({ idleMs: 1 });
  const made = pdfs.render(bill, 'a');
  shop.answer(0);
  await made;
  await until('it has ended', () => shop.ended === 1);
  const next = pdfs.render(bill, 'b');
  shop.answer(1);
  await next;
  expect(shop.opened).toBe(2);
});
