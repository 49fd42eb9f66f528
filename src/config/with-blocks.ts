import { type GatewayConfig } from './gateway.config.js';
import { fileTextsOf, rememberFileTexts } from './secrets.js';

/** The same configuration with other blocks in it; what it keeps secret stays secret. */
export function withBlocks(config: GatewayConfig, blocks: Partial<GatewayConfig>): GatewayConfig {
  const copy = copyOf(config);
  Object.assign(copy, blocks);
  if (blocks.models !== undefined) copy.models = Object.freeze([...blocks.models]);
  rememberFileTexts(copy, fileTextsOf(config));
  return Object.freeze(copy);
}

/** A shallow copy of a block, of the same class. */
export function copyOf<Block extends object>(block: Block): Block {
  return Object.assign(Object.create(Object.getPrototypeOf(block) as object) as Block, block);
}
