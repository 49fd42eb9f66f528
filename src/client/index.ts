export { type ChatMessage, type ChatOptions, chat, chatStream } from './chat.js';
export { type ConnectionOptions } from './connection.js';
export { LlmGatewayError } from './gateway-error.js';
export { listModels } from './models.js';
