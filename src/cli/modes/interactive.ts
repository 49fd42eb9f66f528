import { createInterface } from 'node:readline';
import { type CliArguments } from '../arguments.js';
import { CommandError } from '../command-error.js';
import { chooseModels } from '../gateway/choose-models.js';
import { withGateway } from '../gateway/gateway-context.js';
import { plainText } from '../../telemetry/log/plain-text.js';
import { warnOfSandbox } from '../terminal/sandbox-note.js';
import { type Message, TerminalChat } from '../terminal/terminal-chat.js';

/** Lines that end a conversation. */
const GOODBYES: ReadonlySet<string> = new Set(['/exit', 'exit', '/quit', 'quit']);

const HELP = `Each line is a message to the model, which sees the conversation so far.
  /help                this help
  exit, /exit, Ctrl-D  end the conversation
  Ctrl-C               cancels a response, else ends the conversation
`;

/** Holds a conversation, line by line, from a terminal or a pipe. @returns exit code */
export async function runInteractive(args: CliArguments): Promise<number> {
  return withGateway(args, async (gateway) => {
    const [model] = chooseModels(gateway, args.model);
    warnOfSandbox(gateway, model);
    const chat = new TerminalChat(gateway.app, model);
    const conversation = new Conversation(chat);
    if (args.message !== undefined) await conversation.send(args.message);
    await readLines(model, chat, conversation);
    return 0;
  });
}

/**
 * The messages so far. A question without a response is dropped, so that the next one makes sense.
 */
class Conversation {
  #messages: readonly Message[] = [];

  constructor(private readonly chat: TerminalChat) {}

  /** Sends a message. An error is shown and does not end the conversation. */
  async send(content: string): Promise<void> {
    const messages: Message[] = [...this.#messages, { role: 'user', content }];
    try {
      const answer = await this.chat.ask(messages);
      this.#messages = [...messages, { role: 'assistant', content: answer }];
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      process.stderr.write(plainText(`llm-gateway: ${error.message}\n`));
    }
  }
}

async function readLines(model: string, chat: TerminalChat, conversation: Conversation): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  const lines = createInterface({
    input: process.stdin,
    // Prompt and echo do not belong on stdout.
    output: isTerminal ? process.stderr : undefined,
    terminal: isTerminal,
    prompt: isTerminal ? '> ' : '',
  });
  let isOver = false;
  const leave = (): void => {
    isOver = true;
    chat.cancel();
    lines.close();
  };
  // At a terminal, Ctrl-C during a response cancels only that response.
  const interrupt = (): void => (isTerminal && chat.isRunning ? chat.cancel() : leave());
  lines.on('SIGINT', interrupt);
  process.on('SIGINT', interrupt).on('SIGTERM', leave);
  if (isTerminal)
    process.stderr.write(
      plainText(
        `Chatting with ${model}. /help shows the commands; exit, /exit or Ctrl-D ends the conversation.\n`,
      ),
    );
  // A pipe may close while its lines are still queued; prompting it then throws in Node 24.
  let isClosed = false;
  lines.once('close', () => (isClosed = true));
  lines.prompt();
  try {
    for await (const line of lines) {
      const words = line.trim();
      if (GOODBYES.has(words)) break;
      if (words === '/help' || words === '/?') process.stderr.write(HELP);
      else if (words !== '') await conversation.send(line);
      if (isOver) break;
      if (!isClosed) lines.prompt();
    }
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
