import { COMPLETIONS } from './completions.js';
import { EMBEDDINGS } from './embeddings.js';
import { IMAGE_EDITS, IMAGE_GENERATIONS } from './images.js';
import { MODERATIONS } from './moderations.js';
import { type SandboxOperation } from './operation.js';
import { RERANK } from './rerank.js';
import { SPEECH } from './speech.js';
import { TRANSCRIPTIONS, TRANSLATIONS } from './transcriptions.js';

/** The sandbox's operations other than chat, by method and path without the version. */
export const OPERATIONS: ReadonlyMap<string, SandboxOperation> = new Map([
  ['POST /completions', COMPLETIONS],
  ['POST /embeddings', EMBEDDINGS],
  ['POST /rerank', RERANK],
  ['POST /moderations', MODERATIONS],
  ['POST /images/generations', IMAGE_GENERATIONS],
  ['POST /images/edits', IMAGE_EDITS],
  ['POST /audio/speech', SPEECH],
  ['POST /audio/transcriptions', TRANSCRIPTIONS],
  ['POST /audio/translations', TRANSLATIONS],
]);
