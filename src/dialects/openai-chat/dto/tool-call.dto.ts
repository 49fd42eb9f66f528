import { ApiSchema } from '@nestjs/swagger';

/** The function that a model calls. */
@ApiSchema({ name: 'FunctionCall' })
export class FunctionCallDto {
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
}

/** One tool call of a model. */
@ApiSchema({ name: 'ToolCall' })
export class ToolCallDto {
  /** Goes into `tool_call_id` of the message that carries the result. */
  id: string;
  type: string;
  function: FunctionCallDto;
}
