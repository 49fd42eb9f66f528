import { type ChatRequest, isObject } from './chat-request.js';
import { sampleOf } from './schema-sample.js';

const MAX_ECHO_CHARACTERS = 200;
const CHINESE = /[\u4e00-\u9fff]/u;

/**
 * Writes the reply's text. It repeats the last user message, so that a person sees that it arrived.
 */
export function replyTextFor(request: ChatRequest): string {
  const json = jsonReply(request);
  if (json !== undefined) return JSON.stringify(json);

  const question = lastText(request, 'user');
  const isChinese = CHINESE.test(question);
  const last = request.messages.at(-1);
  if (last?.role === 'tool') {
    return isChinese ? `工具返回了：“${echo(last.text)}”。` : `The tool answered: "${echo(last.text)}".`;
  }
  const parts = isChinese ? chineseReply(request, question) : englishReply(request, question);
  return parts.join(isChinese ? '' : ' ');
}

function chineseReply(request: ChatRequest, question: string): string[] {
  const parts = [`你好！我是沙箱里的演示模型 ${request.model}。`, `你刚才说：“${echo(question)}”。`];
  const images = imageCount(request);
  if (images > 0) parts.push(`我看到了 ${images} 张图片。`);
  const turns = userTurns(request);
  if (turns > 1) parts.push(`这是我们对话中的第 ${turns} 句。`);
  parts.push('这里没有真正的大模型，但整条链路是通的。');
  return parts;
}

function englishReply(request: ChatRequest, question: string): string[] {
  const parts = [`Hello! I am ${request.model}, a pretend model in the sandbox.`];
  if (question !== '') parts.push(`You said: "${echo(question)}".`);
  const images = imageCount(request);
  if (images > 0) parts.push(`I see ${images} ${images === 1 ? 'image' : 'images'}.`);
  const turns = userTurns(request);
  if (turns > 1) parts.push(`That was message ${turns} of our conversation.`);
  parts.push('No real model answers here, but every step on the way works.');
  return parts;
}

function jsonReply({ responseFormat, ...request }: ChatRequest): unknown {
  if (responseFormat?.type === 'json_schema' && isObject(responseFormat.json_schema)) {
    return sampleOf(responseFormat.json_schema.schema ?? { type: 'object' });
  }
  if (responseFormat?.type !== 'json_object') return undefined;
  return { model: request.model, you_said: echo(lastText(request, 'user')), sandbox: true };
}

function lastText(request: Pick<ChatRequest, 'messages'>, role: string): string {
  return request.messages.findLast((message) => message.role === role)?.text ?? '';
}

function imageCount(request: ChatRequest): number {
  let images = 0;
  for (const message of request.messages) images += message.imageCount;
  return images;
}

function userTurns(request: ChatRequest): number {
  let turns = 0;
  for (const message of request.messages) if (message.role === 'user') turns += 1;
  return turns;
}

function echo(text: string): string {
  if (text.length <= MAX_ECHO_CHARACTERS) return text;
  // Removes half a surrogate pair at the cut.
  return `${text.slice(0, MAX_ECHO_CHARACTERS).replace(/[\ud800-\udbff]$/u, '')}…`;
}
