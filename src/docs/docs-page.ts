/**
 * The page around Swagger UI.
 * @param files address of the page's files, relative to the page
 * @param root the gateway's address, relative to the page
 */
export function docsPage(files: string, root: string, hasDashboard: boolean): string {
  const dashboard = hasDashboard ? `\n      <a href="${root}ui">Dashboard · 看板</a>` : '';
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>LLM Gateway</title>
    <link rel="icon" type="image/png" href="${files}favicon-32x32.png" sizes="32x32" />
    <link rel="stylesheet" href="${files}swagger-ui.css" />
    <link rel="stylesheet" href="${files}docs.css" />
    <script defer src="${files}swagger-ui-bundle.js"></script>
    <script defer src="${files}swagger-ui-standalone-preset.js"></script>
    <script type="module" src="${files}docs.js"></script>
  </head>
  <body>
    <nav class="links">
      <a href="${root}">LLM Gateway</a>${dashboard}
      <a href="${root}docs-json">OpenAPI JSON</a>
    </nav>
    <noscript><p>This page needs JavaScript. 本页面需要启用 JavaScript。</p></noscript>
    <div id="swagger-ui"></div>
  </body>
</html>
`;
}
