import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What the service counts of its requests. Labels come from the route table, never from what a client sent. */
export class RequestMetrics {
  readonly registry: Registry;
  readonly #count: Counter<'method' | 'route' | 'status'>;
  readonly #duration: Histogram<'method' | 'route'>;

  constructor(registry: Registry) {
    this.registry = registry;
    const registers = [registry];
    this.#count = new Counter({
      name: 'http_requests_total',
      help: 'Requests answered, by route and status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From a request to its answer, in seconds.',
      labelNames: ['method', 'route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    registerProcess(registers);
  }

  observe(method: string, route: string | undefined, status: number, seconds: number): void {
    const labels = { method: METHODS.has(method) ? method : 'OTHER', route: route ?? 'unmatched' };
    this.#count.inc({ ...labels, status: String(status) });
    this.#duration.observe(labels, seconds);
  }
}

/** Processor time and memory. prom-client's default metrics read V8's heap and event loop, which Bun has not. */
function registerProcess(registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(read()) });
  };
  gauge('process_cpu_user_seconds', 'User CPU time spent, in seconds.', () => process.cpuUsage().user / 1e6);
  gauge(
    'process_cpu_system_seconds',
    'System CPU time spent, in seconds.',
    () => process.cpuUsage().system / 1e6,
  );
  gauge('process_resident_memory_bytes', 'Resident memory, in bytes.', () => process.memoryUsage().rss);
  gauge('process_heap_used_bytes', 'JavaScript heap in use, in bytes.', () => process.memoryUsage().heapUsed);
  const startedAt = Date.now() / 1000 - process.uptime();
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => startedAt);
}

export { Registry };
