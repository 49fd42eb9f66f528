import { LiveConfig } from '../../config/live-config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { plainJson } from '../../telemetry/log/plain-text.js';
import { SecretRedactor } from '../../upstream/secret-redactor.js';
import { type CliArguments } from '../arguments.js';
import { loadWritten } from '../gateway/load-gateway.js';
import { renderTable } from '../terminal/table.js';

const COLUMNS = [
  { title: 'NAME' },
  { title: 'TYPE' },
  { title: 'STATE' },
  { title: 'MAX_TOKENS', isNumber: true },
  { title: 'ADDRESS' },
];

/**
 * Shows every configured model, including disabled ones, without calling anything.
 * @returns exit code
 */
export function runList(args: CliArguments): number {
  const { config } = loadWritten(args);
  const redactor = new SecretRedactor(new LiveConfig(config));
  const addressOf = (model: Pick<ModelConfig, 'base_url'>): string =>
    redactor.redact(withoutQuery(model.base_url));
  if (args.isJson) {
    const list = config.models.map((model) => ({
      name: model.name,
      type: model.type,
      enabled: model.enabled,
      max_tokens: model.max_tokens ?? null,
      model_name: model.model_name,
      base_url: addressOf(model),
      ...(model.deployments.length > 0 && {
        deployments: model.deployments.map(({ name, weight, config: { model_name, ...service } }) => {
          return { name, weight, model_name, base_url: addressOf(service) };
        }),
      }),
      ...(model.fallbacks.length > 0 && { fallbacks: model.fallbacks }),
    }));
    process.stdout.write(`${plainJson(list)}\n`);
    return 0;
  }
  const rows = config.models.flatMap((model) => {
    const { name, type, deployments } = model;
    const state = model.enabled ? 'enabled' : 'disabled';
    const row = (first: string, { max_tokens }: ModelConfig, address: string): string[] => [
      first,
      type,
      state,
      String(max_tokens ?? '-'),
      address,
    ];
    if (deployments.length === 0) return [row(name, model, addressOf(model))];
    return [
      row(name, model, `${deployments.length} deployments, ${model.strategy}`),
      ...deployments.map((deployment) =>
        row(
          `  ${deployment.name}`,
          deployment.config,
          `${addressOf(deployment.config)} (weight ${deployment.weight})`,
        ),
      ),
    ];
  });
  process.stdout.write(renderTable(COLUMNS, rows));
  return 0;
}

/** A query may contain a key. */
function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, '');
}
