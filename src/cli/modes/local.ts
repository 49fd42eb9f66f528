import { DEFAULT_TEST_MESSAGE } from '../../routing/testing/model-tester.js';
import { type CliArguments } from '../arguments.js';
import { chooseModels } from '../gateway/choose-models.js';
import { withGateway } from '../gateway/gateway-context.js';
import { warnOfSandbox } from '../terminal/sandbox-note.js';
import { TerminalChat } from '../terminal/terminal-chat.js';

/**
 * Runs one chat in the terminal.
 * @returns exit code
 * @throws CommandError when it fails
 */
export async function runLocal(args: CliArguments): Promise<number> {
  return withGateway(args, async (gateway) => {
    const [model] = chooseModels(gateway, args.model);
    warnOfSandbox(gateway, model);
    const chat = new TerminalChat(gateway.app, model);
    const cancel = (): void => chat.cancel();
    process.on('SIGINT', cancel).on('SIGTERM', cancel);
    await chat.ask([{ role: 'user', content: args.message ?? DEFAULT_TEST_MESSAGE }]);
    return 0;
  });
}
