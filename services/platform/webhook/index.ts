// Signed webhooks: one attempt at a time, bounded, with a circuit breaker.
export { WebhookReceiver } from './receiver.ts';
