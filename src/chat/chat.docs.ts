import { applyDecorators } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';

/** What Swagger UI shows of the chat route. */
export const ApiChatCompletion = (): MethodDecorator =>
  applyDecorators(ApiOperation({ summary: 'Create a chat completion' }));
