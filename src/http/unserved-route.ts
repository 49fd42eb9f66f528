import { CLIENT_DIALECTS } from '../dialects/client-dialects.js';

/**
 * Routes of model services that do not exist in a gateway without storage, and what to use instead.
 * Negative lookaheads exclude paths that end in another route: those come from a wrong base
 * address.
 */
const UNSERVED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [
    /(?:^|\/)responses\/input_tokens$/,
    'The gateway counts tokens by POST /v1/messages/count_tokens, for every chat model.',
  ],
  [
    /(?:^|\/)responses\/compact$/,
    'The gateway does not compact conversations: shorten the `input` of the next request yourself.',
  ],
  [
    /(?:^|\/)responses\/(?!.*(?:responses|completions|embeddings|v1\/messages)$)./,
    'The gateway keeps no responses: send the whole conversation as `input` with each POST /v1/responses.',
  ],
  [
    /(?:^|\/)chat\/completions\/(?!.*(?:responses|completions|embeddings|v1\/messages)$)./,
    'The gateway keeps no chat completions: store what POST /v1/chat/completions returns yourself.',
  ],
  [
    /(?:^|\/)conversations(?:\/|$)/,
    'The gateway keeps no conversations: send the whole conversation as `input` with each POST /v1/responses.',
  ],
  [
    /(?:^|\/)(?:assistants|threads|chatkit)(?:\/|$)/,
    'The gateway keeps no assistants and no threads: send the messages and tools with each ' +
      'POST /v1/chat/completions or POST /v1/responses.',
  ],
  [
    /(?:^|\/)batches(?:\/|$)/,
    'The gateway keeps no batches: send the requests of a batch one by one, to the route of each.',
  ],
  [
    /(?:^|\/)vector_stores(?:\/|$)/,
    'The gateway keeps no vectors: make them by POST /v1/embeddings and store them in a database of yours.',
  ],
  [
    /(?:^|\/)(?:files|uploads)(?:\/|$)/,
    'The gateway keeps no files: send them inside the request that needs them, images and documents in Base64.',
  ],
  [
    /(?:^|\/)(?:containers|skills|agents|sessions|environments)(?:\/|$)/,
    'The gateway keeps no sessions and runs no code: offer `tools` with a request, and run what the model calls.',
  ],
  [
    /(?:^|\/)(?:fine_tuning|fine-tunes|fine-tuning)(?:\/|$)/,
    "The gateway trains no models: train at the model's service, and set the result as `model_name` of a model.",
  ],
  [
    /(?:^|\/)evals(?:\/|$)/,
    'The gateway keeps no evaluations: send the requests of an evaluation one by one.',
  ],
  [
    /(?:^|\/)(?:realtime|live)(?:\/|$)/,
    'The gateway holds no realtime sessions: use POST /v1/audio/transcriptions, POST /v1/chat/completions with ' +
      '`stream: true`, and POST /v1/audio/speech.',
  ],
  [/(?:^|\/)images\/variations$/, 'The gateway makes no variations of images: use POST /v1/images/edits.'],
  [/(?:^|\/)videos(?:\/|$)/, 'The gateway makes no videos.'],
  [
    /(?:^|\/)organizations?(?:\/|$)/,
    'The gateway manages no organizations: its keys are in the configuration file.',
  ],
];

const SERVED = CLIENT_DIALECTS.map(({ route }) => route).join(', ');

/**
 * Explains why a path of other model services does not exist here.
 * @param path at most 2,000 characters are examined
 * @returns undefined for any other path
 */
export function unservedRoute(path: string): string | undefined {
  const lower = path.slice(0, 2000).toLowerCase().replace(/\/+$/, '');
  return UNSERVED.find(([pattern]) => pattern.test(lower))?.[1];
}

/** The existing routes, for paths that resemble none of them. */
export function servedRoutes(): string {
  return `The gateway serves POST ${SERVED}; GET /v1/models, /v1/health.`;
}
