import { SharedEntries } from '../../cache/shared-entries.js';
import { LiveConfig } from '../../config/live-config.js';
import { plainJson, plainText } from '../../telemetry/log/plain-text.js';
import { SecretRedactor } from '../../upstream/secret-redactor.js';
import { type CliArguments } from '../arguments.js';
import { checkNode, checkPort, checkProxy, checkRedis, checkStore } from '../doctor/check-machine.js';
import { checkServices } from '../doctor/check-services.js';
import { type Finding, ok } from '../doctor/finding.js';
import { withGateway } from '../gateway/gateway-context.js';

const MARKS: Readonly<Record<Finding['state'], string>> = {
  ok: 'ok',
  warning: 'warning',
  problem: 'PROBLEM',
};
const MARK_WIDTH = 9;

/**
 * Checks whatever startup and calls need.
 * @returns exit code: 1 if there is a problem or a warning
 */
export async function runDoctor(args: CliArguments): Promise<number> {
  return withGateway(args, async ({ app, config, path }) => {
    const found: Finding[] = [
      checkNode(),
      ok('config', `${path} is valid`),
      await checkPort(config),
      checkProxy(config),
      checkRedis(config, app.get(SharedEntries, { strict: false })),
      await checkStore(config),
      ...(await checkServices(app, config)),
    ];
    const redactor = new SecretRedactor(new LiveConfig(config));
    const findings = found.map((each) => ({ ...each, says: redactor.redact(each.says) }));
    const text = findings
      .map(({ check, state, says }) => `${MARKS[state].padEnd(MARK_WIDTH)}${check}: ${says}\n`)
      .join('');
    process.stdout.write(args.isJson ? `${plainJson(findings)}\n` : plainText(text));
    return findings.every(({ state }) => state === 'ok') ? 0 : 1;
  });
}
