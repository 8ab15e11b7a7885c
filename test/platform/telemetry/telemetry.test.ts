import { describe, expect, test } from 'bun:test';
import { childContext, parseTraceparent } from '../../../core/mod.ts';
import { open } from './support.ts';

const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const NOT_SAMPLED = SAMPLED.replace(/01$/, '00');

describe('telemetry', () => {
  test('a span is active while it runs, also after an await, and its child hangs below it', async () => {
    const telemetry = open();
    let inner: string | null = null;
    await telemetry.span('outer', { kind: 'server' }, async (outer) => {
      await Promise.resolve();
      expect(telemetry.active()).toBe(outer?.traceparent ?? '');
      await telemetry.span('inner', {}, async () => {
        inner = telemetry.active();
      });
    });
    expect(telemetry.active()).toBeNull();
    const [child, parent] = telemetry.recent();
    expect([child?.name, parent?.name, parent?.kind]).toEqual(['inner', 'outer', 'server']);
    expect(child?.traceparent).toBe(inner ?? '');
    expect(child?.parent).toBe(parent?.traceparent ?? '');
    expect(parent?.parent).toBeNull();
    expect(child?.traceId).toBe(parent?.traceId ?? '');
    expect(child?.service).toBe('tests');
  });

  test('a span that throws has failed with the reason, and the error goes on', async () => {
    const telemetry = open();
    const run = telemetry.span('work', {}, async () => {
      throw new Error('no stock');
    });
    expect(run).rejects.toThrow('no stock');
    await run.catch(() => undefined);
    expect(telemetry.recent()[0]?.failure).toBe('no stock');
  });

  test('a caller that samples is followed whatever the ratio; one that does not is never recorded', async () => {
    const telemetry = open({ ratio: 0 });
    await telemetry.span('followed', { parent: SAMPLED }, async (span) => {
      expect(parseTraceparent(span?.traceparent)?.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    });
    const always = open({ ratio: 1 });
    await always.span('not followed', { parent: NOT_SAMPLED }, async (span) => {
      expect(span).toBeNull();
      expect(always.active()).toBe(NOT_SAMPLED);
    });
    expect(telemetry.recent()).toHaveLength(1);
    expect(always.recent()).toBeEmpty();
  });

  test('of traces that begin here the ratio is recorded, and the others have a context all the same', async () => {
    const telemetry = open({ ratio: 0.25 });
    let sampled = 0;
    for (let count = 0; count < 2_000; count++) {
      await telemetry.span('work', { parent: null }, async (span) => {
        const context = parseTraceparent(telemetry.active());
        expect(context?.sampled).toBe(span !== null);
        if (span !== null) sampled++;
      });
    }
    expect(sampled).toBeGreaterThan(350);
    expect(sampled).toBeLessThan(650);
  });

  test('off, nothing is recorded and no trace begins, but the trace of others is passed on', async () => {
    const telemetry = open({ tracing: false });
    await telemetry.span('work', { parent: null }, async (span) => {
      expect(span).toBeNull();
      expect(telemetry.active()).toBeNull();
    });
    await telemetry.span('work', { parent: SAMPLED }, async (span) => {
      expect(span).toBeNull();
      expect(telemetry.active()).toBe(SAMPLED);
    });
    expect(telemetry.within(SAMPLED, () => telemetry.active())).toBe(SAMPLED);
    expect(telemetry.headersOf({ headers: { traceparent: SAMPLED, other: 'x' } })).toEqual({
      traceparent: SAMPLED,
    });
    expect(telemetry.recent()).toBeEmpty();
  });

  test('a span with a seed has the id that follows from it', async () => {
    const telemetry = open();
    await telemetry.span('work', { parent: SAMPLED, seed: 'this work' }, async (span) => {
      expect(span?.traceparent).toBe(childContext(SAMPLED, 'this work'));
    });
  });

  test('spans that run side by side do not see each other', async () => {
    const telemetry = open();
    const run = (): Promise<boolean> =>
      telemetry.span('work', { parent: null }, async (span) => {
        await Bun.sleep(1);
        return telemetry.active() === span?.traceparent;
      });
    expect(await Promise.all(Array.from({ length: 50 }, run))).toEqual(
      Array.from({ length: 50 }, () => true),
    );
  });

  test('long texts and many attributes are cut', async () => {
    const telemetry = open();
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`a${at}`, 'x'.repeat(10_000)]));
    await telemetry.span('work', { attributes: many }, async () => undefined);
    const attributes = Object.values(telemetry.recent()[0]?.attributes ?? {});
    expect(attributes).toHaveLength(32);
    expect(attributes.every((each) => String(each).length === 256)).toBe(true);
  });
});
