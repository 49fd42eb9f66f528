import { type JsonObject } from '../../../protocol/json.js';
import { CLIENT_RUN, parsedArguments } from '../request/client-run-tools.js';
import { type ClientTool, type ToolKind } from '../request/tool-names.js';
import { type EventText } from './event-text.js';

/** The place that the writer of a response assigns to each call. */
export interface CallPlace {
  readonly id: string;
  readonly index: number;
}

/** How the two kinds of calls whose arguments may arrive in pieces are written. */
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

/** One tool call, assembled from its pieces, in the form that its client knows. */
export class OutputCall {
  #place: CallPlace | undefined;
  /** The arguments, or a custom tool's free text if the service supports such tools. */
  #text = '';
  #sent = 0;

  /**
   * @param id not empty
   * @param isFreeText whether the service labels the text as free text, not JSON
   */
  constructor(
    readonly id: string,
    private readonly tool: ClientTool,
    private readonly isFreeText: boolean,
  ) {}

  /**
   * Adds more of the text of the call.
   * @param begin assigns the place of the call when its item begins
   */
  add(text: string, events: EventText, begin: (prefix: string) => CallPlace): string {
    this.#text += text;
    const { kind } = this.tool;
    if (kind !== 'function' && kind !== 'custom') return '';
    const opened = this.#open(kind, events, begin);
    // A custom tool's text is a value within the arguments, readable only once they are complete.
    if (kind === 'custom' && !this.isFreeText) return opened;
    return opened + this.#send(this.#text, kind, events);
  }

  /**
   * Writes the rest of the text, and the item.
   * @param isCut whether the reply broke off within it
   */
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
    // Arguments that do not fit the tool are passed on unchanged; the client reports the error to
    // the model.
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

  /** Writes the part of the text that is not sent yet. */
  #send(text: string, form: Extract<ToolKind, 'function' | 'custom'>, events: EventText): string {
    const delta = text.slice(this.#sent);
    if (delta === '') return '';
    this.#sent = text.length;
    const { id, index } = this.#place!;
    return events.delta(STREAMED[form].delta, `"item_id":"${id}","output_index":${index}`, delta);
  }

  /** The text of a custom tool: the only text in the arguments, if they are JSON. */
  #input(): string {
    if (this.isFreeText) return this.#text;
    const parsed = parsedArguments(this.#text);
    if (parsed === undefined) return this.#text;
    if (typeof parsed['input'] === 'string') return parsed['input'];
    const values = Object.values(parsed);
    return values.length === 1 && typeof values[0] === 'string' ? values[0] : this.#text;
  }
}
