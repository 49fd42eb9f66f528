// @ts-check
// The client in plain JavaScript: `npm start` in one terminal, `node examples/node/client.mjs` in another.
// Inside this repository the client comes from dist/, so `npm run build` comes first.
import { LlmGatewayError, chat, chatStream, listModels } from 'llm-gateway/client';

const model = 'gpt-3.5-turbo';

try {
  const models = await listModels();
  console.log('models:', models.join(', '));

  const answer = await chat('你好', model, { max_tokens: 50, temperature: 0.7 });
  console.log('answer:', answer);

  /** @type {import('llm-gateway/client').ChatMessage[]} */
  const conversation = [
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
