import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeTurns } from './plain.mjs';
import { startNode, stop } from './processes.mjs';

const BENCH = join(import.meta.dirname, '..');
const SHARE = '0.1';

/** Plain chats through gateways with more and less observability: the cost of metrics and traces. */
export async function measureObserved(rig, options) {
  const collector = startNode([join(BENCH, 'collector.mjs')], { hasIpc: true });
  const [{ port }] = await once(collector, 'message');
  const { traffic } = rig.variants.gateway;
  const start = async (name, changes) => ({ name, ...(await rig.startGateway(changes)), traffic });
  const variants = {
    raw: rig.variants.raw,
    unmeasured: await start('unmeasured', { configPath: withoutMetrics(rig.options.folder) }),
    measured: await start('measured'),
    traced: await start('traced', {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: SHARE,
        OTEL_BSP_SCHEDULE_DELAY: '500',
      },
    }),
  };
  const results = await takeTurns(rig, variants, options);
  collector.send('posts');
  const [{ posts }] = await once(collector, 'message');
  assert.ok(posts > 0, 'no spans were sent');
  for (const name of ['unmeasured', 'measured', 'traced']) await stop(variants[name].child);
  await stop(collector);
  return results;
}

function withoutMetrics(folder) {
  const path = join(folder, 'unmeasured.yaml');
  writeFileSync(path, `${readFileSync(join(BENCH, 'gateway.yaml'), 'utf8')}\nmetrics:\n  enabled: false\n`);
  return path;
}
