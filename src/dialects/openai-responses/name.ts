/** The dialect's name in `speaks:`, and that of its seals. */
export const OPENAI_RESPONSES_NAME = 'openai-responses';
