export { openTelemetry, type TelemetryOptions } from './open.ts';
export type { Attributes, Span, SpanKind, SpanOptions, Telemetry } from './telemetry.ts';
