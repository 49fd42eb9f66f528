import {
  type FilePart,
  type ImagePart,
  type Part,
  type Prompt,
  type ReasoningPart,
  type Source,
  type Tool,
  type ToolCallPart,
  type ToolChoice,
  type ToolResultPart,
  type Turn,
} from '../../conversation/prompt.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { type JsonObject, isJsonObject, parseLosslessJson, stringifyJson } from '../../protocol/json.js';
import { hasCacheMarks } from '../translating/cache-marks.js';
import { type WrittenRequest } from '../ports/upstream-dialect.js';
import { labelledSchema } from '../fields/labelled-schema.js';
import { hasFile, losesReasoning } from '../fields/lost-parts.js';
import { signatureOf, textSignatureOf, withoutSignature } from './thought-signature.js';

/** Maximum number of stop sequences. */
const MAX_STOPS = 5;
const LEVELS: ReadonlySet<string> = new Set(['minimal', 'low', 'medium', 'high']);

/**
 * A prompt as the body of `generateContent`.
 * @see https://ai.google.dev/api/generate-content
 * @throws InvalidRequestError for anything that the format cannot express and that must not be lost
 */
export function geminiBody(prompt: Prompt): { body: JsonObject } & Pick<WrittenRequest, 'dropped'> {
  const dropped: string[] = [];
  const { sampling, output, reasoning, tools, toolChoice } = prompt;
  if (sampling.choiceCount > 1)
    throw new InvalidRequestError('invalid_value', "'n' must be 1 for this model.", 'n');
  if (prompt.user !== undefined) dropped.push('user');
  if (prompt.parallelToolCalls === false) dropped.push('parallel_tool_calls');
  if (hasCacheMarks(prompt)) dropped.push('cache_control');
  if (hasDetail(prompt)) dropped.push('detail');
  if (hasFile(prompt, ({ name }) => name !== undefined)) dropped.push('filename');
  if (tools.some(({ isStrict }) => isStrict === true)) dropped.push('tools.strict');
  if (losesReasoning(prompt, isSigned)) dropped.push('reasoning');
  const stop = sampling.stop?.filter((text) => text !== '');
  if (stop !== undefined && stop.length > MAX_STOPS) dropped.push('stop');
  const generationConfig = present({
    maxOutputTokens: sampling.maxTokens,
    temperature: sampling.temperature,
    topP: sampling.topP,
    topK: sampling.topK,
    stopSequences: stop?.length === 0 ? undefined : stop?.slice(0, MAX_STOPS),
    seed: sampling.seed,
    frequencyPenalty: sampling.frequencyPenalty,
    presencePenalty: sampling.presencePenalty,
    responseMimeType: output.kind === 'text' ? undefined : 'application/json',
    responseJsonSchema: output.kind === 'schema' ? labelledSchema(output) : undefined,
    thinkingConfig: reasoning && thinkingOf(reasoning),
  });
  const said = contentsOf(prompt.turns);
  const instructions = prompt.system.map(({ text }) => ({ text })).filter(({ text }) => text !== '');
  // The service requires contents, so instructions alone become the conversation.
  const isSpoken = said.length > 0 || instructions.length === 0;
  const body = present({
    contents: isSpoken ? said : [{ role: 'user', parts: instructions }],
    systemInstruction: isSpoken && instructions.length > 0 ? { parts: instructions } : undefined,
    tools: tools.length === 0 ? undefined : [{ functionDeclarations: tools.map(declarationOf) }],
    toolConfig:
      toolChoice === undefined || tools.length === 0
        ? undefined
        : { functionCallingConfig: callingConfig(toolChoice) },
    generationConfig: Object.keys(generationConfig).length === 0 ? undefined : generationConfig,
  });
  return { body, dropped };
}

function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function thinkingOf({
  isEnabled,
  effort,
  budgetTokens,
  isVisible,
}: NonNullable<Prompt['reasoning']>): JsonObject {
  if (!isEnabled) return { thinkingBudget: 0 };
  return present({
    includeThoughts: isVisible ?? true,
    thinkingBudget: budgetTokens,
    thinkingLevel:
      budgetTokens !== undefined || effort === undefined
        ? undefined
        : (LEVELS.has(effort) ? effort : 'high').toUpperCase(),
  });
}

function callingConfig(choice: ToolChoice): JsonObject {
  switch (choice.kind) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
  }
}

function isSigned({ seal }: ReasoningPart): boolean {
  return signatureOf(seal) !== undefined || textSignatureOf(seal) !== undefined;
}

/** Whether an image requests a level of detail other than the default. */
function hasDetail({ turns }: Prompt): boolean {
  const isDetailed = (part: Part): boolean =>
    part.kind === 'tool-result'
      ? part.parts.some(isDetailed)
      : part.kind === 'image' && part.detail !== undefined && part.detail !== 'auto';
  return turns.some(({ parts }) => parts.some(isDetailed));
}

/**
 * A free-text tool becomes a function with one text parameter; its grammar goes into the
 * description.
 */
function declarationOf({ name, description, parameters, isCustom, format }: Tool): JsonObject {
  const grammar =
    isCustom === true && format !== undefined
      ? `The input must be of this format: ${stringifyJson(format)}`
      : undefined;
  const words = [description, grammar].filter((text) => text !== undefined).join('\n\n');
  return present({
    name,
    description: words === '' ? undefined : words,
    parametersJsonSchema: isCustom === true ? INPUT : parameters,
  });
}

const INPUT = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };

/**
 * Consecutive turns of one role are merged and empty ones omitted, because the service refuses
 * both.
 */
function contentsOf(turns: readonly Turn[]): JsonObject[] {
  const contents: { role: string; parts: JsonObject[] }[] = [];
  const names = new Map<string, string>();
  for (const { role, parts } of turns) {
    const own = role === 'assistant' ? 'model' : 'user';
    const said: JsonObject[] = [];
    for (const part of parts) if (!signText(part, said)) said.push(...partsOf(part, names));
    if (said.length === 0) continue;
    const last = contents.at(-1);
    if (last?.role === own) last.parts.push(...said);
    else contents.push({ role: own, parts: said });
  }
  for (const { role, parts } of contents) if (role === 'model') signFirstCall(parts);
  return contents as unknown as JsonObject[];
}

/**
 * Puts the signature of a text back where it was.
 * @returns false for parts that are not such a signature
 */
function signText(part: Part, said: JsonObject[]): boolean {
  const signed = part.kind === 'reasoning' ? textSignatureOf(part.seal) : undefined;
  if (signed === undefined) return false;
  const last = signed.isAlone ? undefined : said.at(-1);
  const isText = typeof last?.['text'] === 'string' && last['thought'] !== true;
  if (isText && last['thoughtSignature'] === undefined) last['thoughtSignature'] = signed.signature;
  else said.push({ text: '', thoughtSignature: signed.signature });
  return true;
}

/** @param names names of the called tools by call id */
function partsOf(part: Part, names: Map<string, string>): JsonObject[] {
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'image':
    case 'file':
      return [sourceOf(part)];
    case 'audio':
      return [{ inlineData: { mimeType: `audio/${part.format}`, data: part.data } }];
    case 'reasoning': {
      const signature = signatureOf(part.seal);
      return signature === undefined ? [] : [{ text: part.text, thought: true, thoughtSignature: signature }];
    }
    case 'tool-call':
      names.set(part.id, part.name);
      return [callOf(part)];
    case 'tool-result':
      return resultOf(part, names);
  }
}

function callOf({ id, name, arguments: text, isCustom, seal }: ToolCallPart): JsonObject {
  const parsed = isCustom === true ? { input: text } : parseLosslessJson(text === '' ? '{}' : text);
  const { plainId, signature } = withoutSignature(id);
  return present({
    functionCall: { id: plainId, name, args: isJsonObject(parsed) ? parsed : { input: text } },
    thoughtSignature: signatureOf(seal) ?? signature,
  });
}

/**
 * Gemini 3 refuses a turn whose first call lacks its signature. This value is documented to replace
 * a lost one.
 */
function signFirstCall(parts: JsonObject[]): void {
  const first = parts.find((part) => part['functionCall'] !== undefined);
  if (first !== undefined) first['thoughtSignature'] ??= 'skip_thought_signature_validator';
}

function resultOf({ id, parts, isError }: ToolResultPart, names: Map<string, string>): JsonObject[] {
  const text = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
  const parsed = parseLosslessJson(text);
  const response =
    isJsonObject(parsed) && isError !== true ? parsed : { [isError === true ? 'error' : 'result']: text };
  const others = parts.filter((part): part is ImagePart | FilePart => part.kind !== 'text');
  const name = names.get(id);
  if (name === undefined)
    throw new InvalidRequestError(
      'invalid_value',
      `The tool result '${id}' answers no tool call before it.`,
      'messages',
    );
  return [
    { functionResponse: { id: withoutSignature(id).plainId, name, response } },
    ...others.map((part) => sourceOf(part)),
  ];
}

function sourceOf({ source }: { readonly source: Source }): JsonObject {
  switch (source.kind) {
    case 'data':
      return { inlineData: { mimeType: source.mediaType, data: source.data } };
    case 'url':
      return { fileData: { fileUri: source.url } };
    case 'id':
      throw new InvalidRequestError(
        'invalid_value',
        'This model cannot read files that another service keeps; send the file itself.',
        'messages',
      );
  }
}
