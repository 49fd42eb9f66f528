const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} id */
export const byId = (id) => document.getElementById(id);

/**
 * Creates an element. `on…` are listeners, `text` is its text, others are attributes; false and undefined omit one.
 * @param {string} tag
 */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Creates an SVG element in the same way. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (name === 'text') node.textContent = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

/** Changes the node only if the text differs, for the sake of screen readers and selections. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Puts nodes into this order, moving as few as possible and keeping the focus. */
export function arrange(parent, nodes) {
  const focused = document.activeElement;
  for (const child of Array.from(parent.children)) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
}

const SHAPES = {
  ok: () => [svg('circle', { cx: 12, cy: 12, r: 10.5, class: 'body' }), line('M7.2 12.4l3.3 3.3 6.4-7')],
  slow: () => [svg('path', { d: 'M12 2.2 23 21.4H1Z', class: 'body' }), line('M12 9.4v5.4M12 18v.1')],
  degraded: () => [
    svg('path', { d: 'M4.5 1.5h15l3 3v15l-3 3h-15l-3-3v-15Z', class: 'body' }),
    line('M6.5 9h11M6.5 15h3.5M14 15h3.5'),
  ],
  failing: () => [
    svg('path', { d: 'M7.6 1.5h8.8l6.1 6.1v8.8l-6.1 6.1H7.6l-6.1-6.1V7.6Z', class: 'body' }),
    line('M8.3 8.3l7.4 7.4M15.7 8.3l-7.4 7.4'),
  ],
  credentials_refused: () => [
    svg('path', { d: 'M12 .8 23.2 12 12 23.2.8 12Z', class: 'body' }),
    svg('circle', { cx: 12, cy: 9.7, r: 2.4, class: 'mark' }),
    line('M12 11.5v5'),
  ],
  never_seen: () => [svg('circle', { cx: 12, cy: 12, r: 9.5, class: 'hollow' })],
};

const line = (d) => svg('path', { d, class: 'line' });

/** The symbol of a state. Outlines differ, so that states are distinguishable without colour. */
export function glyph(state) {
  return svg(
    'svg',
    { viewBox: '0 0 24 24', class: 'glyph', 'data-state': state, 'aria-hidden': 'true' },
    ...SHAPES[state](),
  );
}
