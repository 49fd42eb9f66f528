import { type GatewayConfig } from '../gateway.config.js';
import { fileTextsOf, rememberFileTexts } from '../secrets/secrets.js';

/** A copy of a configuration with some blocks replaced; it keeps the list of secrets. */
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
