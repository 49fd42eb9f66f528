import { readFileSync } from 'node:fs';
import { CallerLeftError } from '../../errors/caller-errors.js';
import { DEFAULT_TEST_MESSAGE } from '../../routing/testing/model-tester.js';
import { Cancellation } from '../../calls/cancellation.js';
import { type CliArguments } from '../arguments.js';
import { CommandError } from '../command-error.js';
import { chooseModels } from '../gateway/choose-models.js';
import { withGateway } from '../gateway/gateway-context.js';
import { plainJson } from '../../telemetry/log/plain-text.js';
import { type Model } from '../../routing/model.js';
import { ModelRegistry } from '../../catalog/model-registry.js';
import { type Deployment } from '../../routing/deployment/deployment.js';
import { toText } from '../workbench/render.js';
import { requestIn, sampleRequest, triedDialect } from '../workbench/tried-call.js';
import { Workbench } from '../workbench/workbench.js';

/** Shows one call of a model step by step, with secrets masked. @returns exit code: 1 if a step fails */
export async function runTry(args: CliArguments): Promise<number> {
  const reply = args.replyPath === undefined ? undefined : readFile(args.replyPath, 'recorded response');
  const body = args.bodyPath === undefined ? undefined : readFile(args.bodyPath, 'JSON request');
  return withGateway(args, async (gateway) => {
    const [model] = chooseModels(gateway, args.model);
    const { operation, isStream, message = DEFAULT_TEST_MESSAGE } = args;
    const { deployments } = gateway.app.get(ModelRegistry).get(model);
    const chosen = chooseDeployment(model, deployments, args.deployment);
    const dialect = triedDialect(
      args.deployment === undefined ? deployments : [chosen],
      operation,
      args.dialect,
    );
    const sample = await sampleRequest(model, {
      dialect,
      message,
      isStream,
      ...(body !== undefined && { body: requestIn(body.toString(), args.bodyPath!) }),
    });
    const workbench = new Workbench(gateway.app, chosen, sample);
    const isGood = await run(workbench, args, reply);
    const steps = workbench.steps();
    const deployment = deployments.length === 1 ? undefined : chosen.name;
    const which = `${args.deployment === undefined ? 'the first' : 'one'} of ${deployments.length}`;
    const intro = deployment === undefined ? undefined : `Deployment: ${deployment} (${which})`;
    process.stdout.write(
      args.isJson
        ? `${plainJson({ model, deployment, dialect: dialect.name, ok: isGood, steps })}\n`
        : workbench.mask(toText(steps, intro)),
    );
    return isGood ? 0 : 1;
  });
}

/** @throws CommandError */
function chooseDeployment(
  model: string,
  deployments: Model['deployments'],
  name: string | undefined,
): Deployment {
  const chosen = name === undefined ? deployments[0] : deployments.find((each) => each.name === name);
  if (chosen !== undefined) return chosen;
  const names = deployments.map((each) => each.name).join(', ');
  throw new CommandError(`the model '${model}' has no deployment '${name}'\nDeployments: ${names}`);
}

async function run(workbench: Workbench, args: CliArguments, reply: Buffer | undefined): Promise<boolean> {
  if (reply !== undefined) return workbench.replay(reply);
  if (args.isDryRun) return workbench.dryRun();
  const cancellation = new Cancellation();
  const cancel = (): void => cancellation.cancel(new CallerLeftError());
  process.on('SIGINT', cancel).on('SIGTERM', cancel);
  return workbench.call(cancellation);
}

/** @throws CommandError */
function readFile(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CommandError(`cannot read the ${what} ${path} (${code})`, { cause });
  }
}
