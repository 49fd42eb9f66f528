import { type GatewayConfig } from '../../config/gateway.config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { CommandError } from '../command-error.js';

interface Loaded {
  readonly config: GatewayConfig;
  readonly path: string;
}

/**
 * Returns the enabled models, or the one with this name.
 * @throws CommandError if there is none; the message lists the available ones
 */
export function chooseModels(
  { config, path }: Loaded,
  name: string | undefined,
): readonly [string, ...string[]] {
  const enabled = namesOf(config.models.filter((model) => model.enabled));
  if (name === undefined) {
    const [first, ...others] = enabled;
    if (first === undefined) throw new CommandError(`no model is enabled in ${path}`);
    return [first, ...others];
  }
  if (enabled.includes(name)) return [name];
  const disabled = namesOf(config.models.filter((model) => !model.enabled));
  const problem = disabled.includes(name)
    ? `the model '${name}' is disabled in ${path} (enabled: false)`
    : `there is no model '${name}' in ${path}`;
  const alternatives = [
    `Enabled models: ${enabled.join(', ') || 'none'}`,
    ...(disabled.length > 0 ? [`Disabled models: ${disabled.join(', ')}`] : []),
  ];
  throw new CommandError([problem, ...alternatives].join('\n'));
}

function namesOf(models: readonly ModelConfig[]): string[] {
  return models.map((model) => model.name);
}
