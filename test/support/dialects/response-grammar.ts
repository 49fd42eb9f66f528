import { type JsonObject } from '../../../src/protocol/json.js';

interface Open {
  readonly item: JsonObject;
  readonly parts: JsonObject[];
  part: { readonly index: number; readonly whole: JsonObject; text: string; isDone: boolean } | undefined;
  text: string;
  isTextDone: boolean;
}

/**
 * What clients take for a good stream, written down from the SDKs' accumulators: the order of events, which item each
 * belongs to, and that each event that ends something repeats what the deltas said.
 */
export class ResponseGrammar {
  readonly output: JsonObject[] = [];
  readonly #open = new Map<unknown, Open>();
  readonly #ids = new Set<unknown>();
  readonly #callIds = new Set<unknown>();
  #next = 0;

  accept(events: readonly JsonObject[]): void {
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress']);
    const ids = new Set<unknown>();
    for (const [index, each] of events.entries()) {
      const isLast = index === events.length - 1;
      if (each['response'] === undefined) this.#accept(each);
      else {
        const response = each['response'] as JsonObject;
        ids.add(response['id']);
        expect(index < 2 || isLast).toBe(true);
        if (isLast) this.#acceptEnd(String(each['type']), response);
        else expect(response).toMatchObject({ status: 'in_progress', output: [], usage: null });
      }
    }
    expect(ids.size).toBe(1);
    expect([...ids][0]).toMatch(/^resp_/);
  }

  #acceptEnd(type: string, response: JsonObject): void {
    expect(this.#open.size).toBe(0);
    expect(type).toBe(`response.${String(response['status'])}`);
    expect(['completed', 'incomplete']).toContain(response['status']);
    const isCut = response['status'] === 'incomplete';
    expect(response['incomplete_details']).toEqual(isCut ? { reason: expect.any(String) as string } : null);
    const cut = this.output.filter(({ status }) => status === 'incomplete');
    expect(cut.length).toBeLessThanOrEqual(isCut ? 1 : 0);
    const { usage } = response;
    if (usage !== null)
      expect(usage).toMatchObject({
        input_tokens_details: { cached_tokens: expect.any(Number) as number },
        output_tokens_details: { reasoning_tokens: expect.any(Number) as number },
      });
  }

  #accept(event: JsonObject): void {
    const type = String(event['type']);
    if (type === 'response.output_item.added') return this.#begin(event);
    const open = this.#open.get(event['output_index']);
    expect(open).toBeDefined();
    if (type === 'response.output_item.done') return this.#end(open!, event);
    expect(event['item_id']).toBe(open!.item['id']);
    this.#inside(open!, type, event);
  }

  #begin({ output_index: index, item: value }: JsonObject): void {
    const item = value as JsonObject;
    expect(index).toBe(this.#next++);
    expect(item['id']).toMatch(/^[a-z]+_\w+$/);
    expect(this.#ids.has(item['id'])).toBe(false);
    this.#ids.add(item['id']);
    if (item['type'] !== 'message' && item['type'] !== 'reasoning') {
      expect(item['call_id']).toMatch(/./);
      expect(this.#callIds.has(item['call_id'])).toBe(false);
      this.#callIds.add(item['call_id']);
    }
    expect(item['status']).toBe('in_progress');
    this.#open.set(index, { item, parts: [], part: undefined, text: '', isTextDone: false });
  }

  #inside(open: Open, type: string, event: JsonObject): void {
    const allowed: Record<string, readonly string[]> = {
      message: ['content_part', 'output_text', 'refusal'],
      reasoning: ['reasoning_summary_part', 'reasoning_summary_text'],
      function_call: ['function_call_arguments'],
      custom_tool_call: ['custom_tool_call_input'],
    };
    if (type === 'response.output_text.annotation.added') return this.#cite(open, event);
    const [, what, how] = /^response\.(\w+)\.(added|delta|done)$/.exec(type)!;
    expect(allowed[String(open.item['type'])]).toContain(what);
    const index = (event['content_index'] ?? event['summary_index']) as number;
    const isPart = what === 'content_part' || what === 'reasoning_summary_part';
    if (isPart && how === 'added') {
      expect(open.part).toBeUndefined();
      expect(index).toBe(open.parts.length);
      open.part = { index, whole: event['part'] as JsonObject, text: '', isDone: false };
      return;
    }
    if (isPart) {
      const { part } = open;
      expect(part).toMatchObject({ index, isDone: true });
      const whole = event['part'] as JsonObject;
      const field = whole['type'] === 'refusal' ? 'refusal' : 'text';
      expect(whole).toEqual({ ...part!.whole, [field]: part!.text });
      open.parts.push(whole);
      open.part = undefined;
      return;
    }
    const target =
      what === 'function_call_arguments' || what === 'custom_tool_call_input' ? undefined : open.part;
    if (target === undefined) {
      expect(index).toBeUndefined();
      expect(open.isTextDone).toBe(false);
      if (how === 'delta') open.text += String(event['delta']);
      else {
        open.isTextDone = true;
        expect(event['arguments'] ?? event['input']).toBe(open.text);
      }
      return;
    }
    expect(target.index).toBe(index);
    expect(target.isDone).toBe(false);
    const names: Record<string, string> = {
      output_text: 'output_text',
      refusal: 'refusal',
      summary_text: 'reasoning_summary_text',
    };
    expect(what).toBe(names[String(target.whole['type'])]);
    if (how === 'delta') target.text += String(event['delta']);
    else {
      target.isDone = true;
      expect(event[what === 'refusal' ? 'refusal' : 'text']).toBe(target.text);
    }
  }

  #cite({ part }: Open, event: JsonObject): void {
    const { content_index: index, annotation_index: position, annotation } = event;
    expect(part).toMatchObject({ index, isDone: false, whole: { type: 'output_text' } });
    const annotations = part!.whole['annotations'] as unknown[];
    expect(position).toBe(annotations.length);
    annotations.push(annotation);
  }

  #end(open: Open, { output_index: index, item: value }: JsonObject): void {
    const item = value as JsonObject;
    const { id, type, call_id } = open.item;
    expect(item).toMatchObject({ id, type, ...(call_id !== undefined && { call_id }) });
    expect(open.part).toBeUndefined();
    expect(['completed', 'incomplete']).toContain(item['status']);
    if (type === 'message') expect(item['content']).toEqual(open.parts);
    if (type === 'message') expect(open.parts.length).toBeGreaterThan(0);
    if (type === 'reasoning') expect(item['summary']).toEqual(open.parts);
    if (type === 'function_call' || type === 'custom_tool_call') {
      expect(open.isTextDone).toBe(true);
      expect(item['arguments'] ?? item['input']).toBe(open.text);
    }
    this.#open.delete(index);
    this.output[index as number] = item;
  }
}
