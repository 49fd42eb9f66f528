import { ModelRegistry } from '../../catalog/model-registry.js';
import { CacheConfig } from '../../config/cache.config.js';
import { UsageConfig } from '../../config/usage.config.js';
import { LiveConfig } from '../../config/live-config.js';
import { withBlocks } from '../../config/loading/with-blocks.js';
import { Prices } from '../../prices/prices.js';
import { plainJson, plainText } from '../../telemetry/log/plain-text.js';
import { SecretRedactor } from '../../upstream/secret-redactor.js';
import { type CliArguments } from '../arguments.js';
import { explain } from '../explain/explanation.js';
import { explanationText } from '../explain/explanation-text.js';
import { chooseModels } from '../gateway/choose-models.js';
import { loadWritten } from '../gateway/load-gateway.js';
import { withContext } from '../gateway/gateway-context.js';

/**
 * Shows how a call to a model would be routed, without calling anything.
 * @returns exit code: 1 if the key may not use the model
 */
export async function runExplain(args: CliArguments): Promise<number> {
  const loaded = loadWritten(args);
  const [name] = chooseModels(loaded, args.model);
  // Opens no store and no cache, so that nothing is counted or stored.
  const config = withBlocks(loaded.config, {
    usage: new UsageConfig(),
    cache: new CacheConfig(),
    tracing: {},
  });
  return withContext(config, loaded.warnings, async (app) => {
    const redactor = new SecretRedactor(new LiveConfig(loaded.config));
    const explanation = explain({
      model: app.get(ModelRegistry).get(name),
      config,
      prices: app.get(Prices),
      key: args.keyName,
      redact: (text) => redactor.redact(text),
    });
    process.stdout.write(
      args.isJson ? `${plainJson(explanation)}\n` : plainText(explanationText(explanation)),
    );
    return explanation.key?.may_use === false ? 1 : 0;
  });
}
