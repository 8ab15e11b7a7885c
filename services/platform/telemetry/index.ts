export { type CentralLogs, openCentralLogs } from './central-logs.ts';
export { LEVELS, type LogLine } from './log-line.ts';
export type { LogQuery } from './log-window.ts';
export { openTelemetry } from './open.ts';
export type { RecentSpan, Span, SpanOptions, Telemetry } from './telemetry.ts';
