/** The dialect's name in `speaks:` and in its seals. */
export const OPENAI_RESPONSES_NAME = 'openai-responses';
