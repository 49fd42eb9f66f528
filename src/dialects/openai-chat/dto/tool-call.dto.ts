import { ApiSchema } from '@nestjs/swagger';

/** What a model wants to have called. */
@ApiSchema({ name: 'FunctionCall' })
export class FunctionCallDto {
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
}

/** One call that a model asks for. */
@ApiSchema({ name: 'ToolCall' })
export class ToolCallDto {
  /** Goes into `tool_call_id` of the message that carries the result. */
  id: string;
  type: string;
  function: FunctionCallDto;
}
