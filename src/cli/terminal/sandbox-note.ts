import { plainText } from '../../telemetry/log/plain-text.js';
import { type GatewayContext } from '../gateway/gateway-context.js';
import { refusedBySandbox } from '../gateway/sandbox-credentials.js';

/** Warns on stderr if the sandbox will refuse a model's calls. */
export function warnOfSandbox({ written }: GatewayContext, name: string): void {
  for (const warning of refusedBySandbox(written.models.filter((model) => model.name === name)))
    process.stderr.write(plainText(`llm-gateway: ${warning}\n`));
}
