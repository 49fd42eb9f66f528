import {
  FILE,
  FLAG,
  FORM_DESCRIPTION,
  TEXT,
  WHOLE,
  exampleEvent,
  passedDocs,
} from '../passed/passed-docs.js';

const IMAGE = { created: 1_735_689_600, data: [{ b64_json: 'iVBORw0KGgo=' }] };

export const GENERATIONS_DOCS = passedDocs({
  operationId: 'createImage',
  summary: 'Make images · 生成图像',
  fields: { prompt: TEXT, n: WHOLE, size: TEXT, stream: FLAG, partial_images: WHOLE },
  example: { model: 'gpt-4', prompt: '一只猫' },
  response: IMAGE,
  stream: exampleEvent({ type: 'image_generation.completed', ...IMAGE.data[0] }),
});

export const EDITS_DOCS = passedDocs({
  operationId: 'editImage',
  summary: 'Edit images · 编辑图像',
  description: FORM_DESCRIPTION,
  isForm: true,
  fields: { image: FILE, mask: FILE, prompt: TEXT, stream: FLAG },
  example: { model: 'gpt-4', prompt: '加一顶帽子', image: 'cat.png' },
  response: IMAGE,
  stream: exampleEvent({ type: 'image_edit.completed', ...IMAGE.data[0] }),
});
