// The client in TypeScript. Plain Node runs it from 22.18 on (`node examples/client.ts`); for Node 20 the same stands
// in examples/node/client.mjs. Inside this repository the client comes from dist/, so `npm run build` comes first.
import { type ChatMessage, LlmGatewayError, chat, chatStream, listModels } from 'llm-gateway/client';

const model = 'gpt-3.5-turbo';

try {
  const models: string[] = await listModels();
  console.log('models:', models.join(', '));

  const answer: string = await chat('你好', model, { max_tokens: 50, temperature: 0.7 });
  console.log('answer:', answer);

  const conversation: ChatMessage[] = [
    { role: 'system', content: 'You are brief.' },
    { role: 'user', content: 'What is a gateway?' },
  ];
  process.stdout.write('stream: ');
  for await (const piece of chatStream(conversation, model)) process.stdout.write(piece);
  process.stdout.write('\n');

  // A gateway elsewhere: await chat('你好', model, { base_url: 'https://llm.example.com', api_key: '…' })
} catch (error) {
  if (!(error instanceof LlmGatewayError)) throw error;
  const { message, status, code, requestId } = error;
  console.error(`${message} (status ${status}, code ${code}, request ${requestId})`);
  process.exitCode = 1;
}
