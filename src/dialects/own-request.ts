import { ChatRequest } from './openai-chat/chat-request.js';

export interface OwnMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A chat that the gateway itself holds with a model: its tests, and the command line. */
export function ownRequest(model: string, messages: readonly OwnMessage[], isStream = false): ChatRequest {
  return ChatRequest.parse(
    Buffer.from(JSON.stringify({ model, messages, ...(isStream && { stream: true }) })),
  );
}
