import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadText } from '../fixtures/config/load-text.js';
import { ROOT } from './cli-process.js';
import { exampleVariables, readServices } from './compose.js';

export const FOLDER = join(ROOT, 'deploy', 'compose-replicas');
export const SMALL = join(ROOT, 'deploy', 'compose');
export const read = (path: string): string => readFileSync(join(FOLDER, path), 'utf8');
export const services = readServices(FOLDER);
export const env = exampleVariables(FOLDER);
export const text = read('config/models.yaml');
export const { config, warnings } = loadText(text, { env });
export const REPLICAS = ['gateway-1', 'gateway-2'];
/** In place of the file's 600 a minute, which would take as long to reach. */
export const LIMIT = 60;
