/** One CJK character, or one word with the white space before it: close enough to a real tokenizer's tokens. */
const PIECE =
  /\s*[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u3000-\u303f\uff00-\uffef]|\s*[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u3000-\u303f\uff00-\uffef]+|\s+/gu;

/** Longer texts are estimated from their start, because the number only has to be plausible. */
const MEASURED_CHARACTERS = 65_536;

/** Splits a text into pieces that count as one token each; joined, they are the text. */
export function splitPieces(text: string): string[] {
  return text.match(PIECE) ?? [];
}

/** Estimates the tokens of a prompt: four Latin letters or one other character each. */
export function estimateTokens(text: string): number {
  const measured = Math.min(text.length, MEASURED_CHARACTERS);
  if (measured === 0) return 0;
  let quarters = 0;
  for (let i = 0; i < measured; i += 1) quarters += text.charCodeAt(i) < 0x2e80 ? 1 : 4;
  return Math.ceil((quarters / 4) * (text.length / measured));
}
