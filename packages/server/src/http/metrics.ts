/** Counters for Prometheus: routes by pattern, never a tenant, a query or a key. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** From a cached page to a large export, in seconds. */
const DURATION_BUCKETS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

export interface Metrics {
  readonly registry: Registry;
  observeRequest(labels: { method: string; route: string; status: number }, seconds: number): void;
  countEvents(result: 'accepted' | 'duplicate' | 'rejected', count: number): void;
}

/** What is asked at each scrape. */
export interface Gauges {
  readonly queuedEvents: () => number;
  readonly follower: () => Promise<{ isActive: boolean; lag: number }>;
}

export function createMetrics({ queuedEvents, follower }: Gauges): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'annals_http_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const events = new Counter({
    name: 'annals_events_total',
    help: 'Events of recordings, by what became of them',
    labelNames: ['result'],
    registers,
  });
  new Gauge({
    name: 'annals_queued_events',
    help: 'Events that wait to be recorded',
    registers,
    collect() {
      this.set(queuedEvents());
    },
  });
  const ofFollower = async () => await follower().catch(() => ({ isActive: false, lag: 0 }));
  new Gauge({
    name: 'annals_follower_active',
    help: '1 if the follower of this server is the one that keeps the indexes',
    labelNames: ['follower'],
    registers,
    async collect() {
      this.set({ follower: 'index' }, (await ofFollower()).isActive ? 1 : 0);
    },
  });
  new Gauge({
    name: 'annals_follower_lag_events',
    help: 'Events that are recorded and not yet in the indexes, as the active follower knows',
    labelNames: ['follower'],
    registers,
    async collect() {
      this.set({ follower: 'index' }, (await ofFollower()).lag);
    },
  });
  return {
    registry,
    observeRequest: (labels, seconds) => requests.observe(labels, seconds),
    countEvents: (result, count) => {
      if (count > 0) events.inc({ result }, count);
    },
  };
}
