import { type TestConfig, type TestGateway, startGateway } from './start-gateway.js';
import { type TestUpstream, startUpstream } from './start-upstream.js';

/** Nobody listens there. */
export const NOWHERE = 'http://127.0.0.1:9';
export const QUICK = { interval_seconds: 0.15, jitter_percent: 50, timeout_seconds: 2 };

interface Health {
  readonly model: string;
  readonly state: string;
  readonly reason: string | null;
  readonly last_60_minutes: { readonly requests: number };
  readonly probe?: { readonly kind: string; readonly ok: boolean; readonly error: string | null };
}

export let upstream: TestUpstream;
export let gateway: TestGateway;

export async function startWith(content: TestConfig): Promise<void> {
  gateway = await startGateway(content);
}
export const start = (model: Record<string, unknown>, type = 'openai') =>
  startWith({ models: { [type]: [{ name: 'm', base_url: upstream.url, ...model }] } });

export async function health(): Promise<Health> {
  const { data } = (await (await gateway.get('/v1/health/models')).json()) as { data: [Health] };
  return data[0];
}

/** Looks again until the model's health is as wanted. */
export async function becomes(isWanted: (health: Health) => boolean): Promise<Health> {
  const endAt = Date.now() + 15_000;
  for (;;) {
    const seen = await health();
    if (isWanted(seen)) return seen;
    if (Date.now() > endAt) throw new Error(`still ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
export const becomesState = (state: string) => becomes((seen) => seen.state === state);

/** For a whole spec: a service before each test, which closes after it with the gateway. */
export function openProbedService(): void {
  beforeEach(async () => {
    upstream = await startUpstream();
  });
  afterEach(async () => {
    await gateway.close();
    await upstream.close();
  });
}
