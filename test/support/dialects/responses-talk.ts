import OpenAI from 'openai';
import { TEST_KEY } from '../start-gateway.js';
import { type Wishes, type Said, type Heard, type Talk, SCHEMA } from './talk.js';

export class ResponsesTalk implements Talk {
  readonly #input: OpenAI.Responses.ResponseInputItem[] = [];
  #calls: readonly OpenAI.Responses.ResponseFunctionToolCall[] = [];
  readonly #client: OpenAI;

  constructor(
    url: string,
    private readonly wishes: Wishes,
  ) {
    this.#client = new OpenAI({ baseURL: `${url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
  }

  async say(said: Said): Promise<Heard> {
    const { model, hasThoughts, tools, maxTokens, system, stream } = this.wishes;
    if ('text' in said) this.#input.push({ role: 'user', content: said.text });
    else {
      for (const [index, { text, image }] of said.results.entries()) {
        const { call_id } = this.#calls[index]!;
        const output =
          image === undefined
            ? text
            : [
                { type: 'input_text' as const, text },
                { type: 'input_image' as const, image_url: `data:image/png;base64,${image}` },
              ];
        this.#input.push({ type: 'function_call_output', call_id, output });
      }
    }
    const body: OpenAI.Responses.ResponseCreateParamsNonStreaming = {
      model,
      input: this.#input,
      store: false,
      instructions: system,
      ...(hasThoughts && {
        reasoning: { effort: 'high', summary: 'auto' },
        include: ['reasoning.encrypted_content'],
      }),
      ...(maxTokens && { max_output_tokens: maxTokens }),
      ...(tools && {
        tools: tools.map((name) => ({ type: 'function', name, parameters: SCHEMA, strict: false })),
      }),
    };
    const { response, dropped } = await this.#ask(body, stream);
    // What the client sends back is what it got.
    this.#input.push(...(response.output as OpenAI.Responses.ResponseInputItem[]));
    this.#calls = response.output.filter((item) => item.type === 'function_call');
    const parts = response.output.flatMap((item) => (item.type === 'message' ? item.content : []));
    const cut = response.incomplete_details?.reason;
    return {
      text: response.output_text,
      thought: response.output
        .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
        .map(({ text }) => text)
        .join(''),
      refusal: parts.map((part) => (part.type === 'refusal' ? part.refusal : '')).join(''),
      calls: this.#calls.map(({ name, arguments: text }) => ({ name, input: JSON.parse(text) as unknown })),
      end: cut ?? String(response.status),
      stopSequence: undefined,
      tokens: [response.usage?.input_tokens, response.usage?.output_tokens],
      dropped,
    };
  }

  async #ask(body: OpenAI.Responses.ResponseCreateParamsNonStreaming, isStream: boolean) {
    if (!isStream) {
      const { data, response } = await this.#client.responses.create(body).withResponse();
      return { response: data, dropped: response.headers.get('x-gateway-dropped') };
    }
    const { data, response } = await this.#client.responses.create({ ...body, stream: true }).withResponse();
    let last: OpenAI.Responses.Response | undefined;
    const output: OpenAI.Responses.ResponseOutputItem[] = [];
    for await (const event of data) {
      // As Codex does: each item from the event that ends it.
      if (event.type === 'response.output_item.done') output[event.output_index] = event.item;
      if (event.type === 'response.completed' || event.type === 'response.incomplete') last = event.response;
      if (event.type === 'response.failed') throw new Error(event.response.error?.message);
    }
    if (last === undefined) throw new Error('the stream has ended without a response');
    expect(output).toEqual(last.output);
    const output_text = output
      .flatMap((item) => (item.type === 'message' ? item.content : []))
      .map((part) => (part.type === 'output_text' ? part.text : ''))
      .join('');
    return { response: { ...last, output_text }, dropped: response.headers.get('x-gateway-dropped') };
  }
}
