import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client';

/**
 * One text of the metrics of the process and of its services: those of a service are told apart by the label `service`,
 * as several may have the same names. A registry that can't be read leaves its metrics out, and the others stand.
 */
export async function mergedMetrics(
  shared: readonly Registry[],
  services: ReadonlyMap<string, Registry>,
): Promise<string> {
  const read = await Promise.allSettled([
    ...shared.map((registry) => registry.getMetricsAsJSON()),
    ...[...services].map(async ([service, registry]) =>
      (await registry.getMetricsAsJSON())
        .filter(({ name }) => !name.startsWith('process_'))
        .map((metric) => labelled(metric, service)),
    ),
  ]);
  const metrics = read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return await AggregatorRegistry.aggregate(metrics).metrics();
}

function labelled(metric: MetricObject, service: string): MetricObject {
  const { values } = metric as MetricObject & { readonly values: readonly { labels: object }[] };
  const told = values.map((each) => ({ ...each, labels: { ...each.labels, service } }));
  return { ...metric, values: told } as MetricObject;
}
