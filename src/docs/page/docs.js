import { KeySession } from './session.js';

/** The gateway's address: this page is at `…/docs` or `…/docs/` behind any prefix. */
const BASE = new URL(location.pathname.endsWith('/') ? '../' : './', location.href);
const SCHEMES = ['bearer', 'x-api-key', 'api-key'];

const session = new KeySession(BASE);
const request = window.fetch;

/** A key that the gateway refuses is no longer kept. */
window.fetch = async (...args) => {
  const response = await request(...args);
  if (response.status === 401) session.set(undefined);
  return response;
};

/** The key that was entered in the dialog, regardless of how it is sent. */
function enteredKey(authorized) {
  for (const scheme of SCHEMES) {
    const value = authorized.getIn([scheme, 'value']);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/**
 * Shows a component only after its title is clicked. @param isFolded whether to fold a component
 * with these properties
 */
const folded =
  (title, isFolded) =>
  (Component, { React }) =>
    function Folded(props) {
      const shown = React.createElement(Component, props);
      if (!isFolded(props)) return shown;
      return React.createElement('details', null, React.createElement('summary', null, title), shown);
    };

/** Whether it is the schema or the example of an error response. */
function isOfFailure({ specPath }) {
  const path = specPath?.toArray?.() ?? [];
  const at = path.indexOf('responses');
  return at >= 0 && !String(path[at + 1]).startsWith('2');
}

/** Each route has a dozen headers and a dozen failures, which would make it eight screens long. */
const Folding = {
  wrapComponents: {
    headers: folded('Headers', () => true),
    modelExample: folded('Example', isOfFailure),
  },
};

async function begin() {
  const response = await request(new URL('docs-json', BASE));
  const spec = await response.json();
  // Requests go to the server of this page.
  spec.servers = [{ url: BASE.href.replace(/\/$/, '') }];
  const ui = SwaggerUIBundle({
    spec,
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [Folding],
    layout: 'StandaloneLayout',
    displayRequestDuration: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    defaultModelExpandDepth: 1,
    onComplete: () => {
      const kept = session.get();
      if (kept !== undefined) ui.preauthorizeApiKey(SCHEMES[0], kept);
      let authorized = ui.authSelectors.authorized();
      ui.getStore().subscribe(() => {
        const now = ui.authSelectors.authorized();
        if (now === authorized) return;
        authorized = now;
        session.set(enteredKey(now));
      });
    },
  });
}

void begin();
