import { type JsonObject } from '../../../protocol/json.js';
import { CLIENT_RUN, parsedArguments } from '../request/client-run-tools.js';
import { type ClientTool, type ToolKind } from '../request/tool-names.js';
import { type EventText } from './event-text.js';

/** What the writer of a response gives to each of its calls. */
export interface CallPlace {
  readonly id: string;
  readonly index: number;
}

/** How the two kinds of calls are written whose arguments may come in pieces. */
const STREAMED = {
  function: {
    type: 'function_call',
    prefix: 'fc',
    field: 'arguments',
    delta: 'response.function_call_arguments.delta',
    done: 'response.function_call_arguments.done',
  },
  custom: {
    type: 'custom_tool_call',
    prefix: 'ctc',
    field: 'input',
    delta: 'response.custom_tool_call_input.delta',
    done: 'response.custom_tool_call_input.done',
  },
} as const;

/** One call of a tool, as its pieces come, in the words that its client knows. */
export class OutputCall {
  #place: CallPlace | undefined;
  /** Of its arguments; a custom tool's free text, where the service knows such tools. */
  #text = '';
  #sent = 0;

  /**
   * @param id not empty
   * @param isFreeText the service says that the text is no JSON
   */
  constructor(
    readonly id: string,
    private readonly tool: ClientTool,
    private readonly isFreeText: boolean,
  ) {}

  /** More of its text. @param begin gives it its place, once it has an item */
  add(text: string, events: EventText, begin: (prefix: string) => CallPlace): string {
    this.#text += text;
    const { kind } = this.tool;
    if (kind !== 'function' && kind !== 'custom') return '';
    const opened = this.#open(kind, events, begin);
    // A custom tool's text is a value inside of the arguments, readable once they are whole.
    if (kind === 'custom' && !this.isFreeText) return opened;
    return opened + this.#send(this.#text, kind, events);
  }

  /** The rest of it, and its item. @param isCut the reply broke off inside of it */
  end(
    isCut: boolean,
    events: EventText,
    begin: (prefix: string) => CallPlace,
  ): { readonly text: string; readonly index: number; readonly item: JsonObject } {
    const { kind, name, namespace } = this.tool;
    const run = CLIENT_RUN.find((each) => each.kind === kind);
    const parsed = run && parsedArguments(this.#text);
    const fields = parsed && run?.fieldsOf(parsed);
    const status = isCut ? 'incomplete' : 'completed';
    if (run !== undefined && fields !== undefined) {
      const place = begin(run.idPrefix);
      const item = { id: place.id, type: run.callType, call_id: this.id, ...fields, status };
      const started = { ...item, status: 'in_progress' };
      const text =
        events.of('response.output_item.added', { output_index: place.index, item: started }) +
        events.of('response.output_item.done', { output_index: place.index, item });
      return { text, index: place.index, item };
    }
    // Arguments that are none of the tool's own go to the client as they are, which tells the model so.
    const form = kind === 'custom' ? 'custom' : 'function';
    const opened = this.#open(form, events, begin);
    const whole = form === 'custom' ? this.#input() : this.#text === '' && !isCut ? '{}' : this.#text;
    const { type, field, done } = STREAMED[form];
    const place = this.#place!;
    const item = {
      id: place.id,
      type,
      call_id: this.id,
      name,
      ...(namespace !== undefined && { namespace }),
      [field]: whole,
      status,
    };
    const at = { item_id: place.id, output_index: place.index };
    const named = form === 'function' ? { ...at, name } : at;
    const text =
      opened +
      this.#send(whole, form, events) +
      events.of(done, { ...named, [field]: whole }) +
      events.of('response.output_item.done', { output_index: place.index, item });
    return { text, index: place.index, item };
  }

  #open(
    form: Extract<ToolKind, 'function' | 'custom'>,
    events: EventText,
    begin: (prefix: string) => CallPlace,
  ): string {
    if (this.#place !== undefined) return '';
    const { type, field, prefix } = STREAMED[form];
    const { name, namespace } = this.tool;
    this.#place = begin(prefix);
    const { id, index } = this.#place;
    return events.of('response.output_item.added', {
      output_index: index,
      item: {
        id,
        type,
        call_id: this.id,
        name,
        ...(namespace !== undefined && { namespace }),
        [field]: '',
        status: 'in_progress',
      },
    });
  }

  /** What was not sent of the text so far. */
  #send(text: string, form: Extract<ToolKind, 'function' | 'custom'>, events: EventText): string {
    const delta = text.slice(this.#sent);
    if (delta === '') return '';
    this.#sent = text.length;
    const { id, index } = this.#place!;
    return events.delta(STREAMED[form].delta, `"item_id":"${id}","output_index":${index}`, delta);
  }

  /** The text of a custom tool: the one text in the arguments, where they are JSON. */
  #input(): string {
    if (this.isFreeText) return this.#text;
    const parsed = parsedArguments(this.#text);
    if (parsed === undefined) return this.#text;
    if (typeof parsed['input'] === 'string') return parsed['input'];
    const values = Object.values(parsed);
    return values.length === 1 && typeof values[0] === 'string' ? values[0] : this.#text;
  }
}
