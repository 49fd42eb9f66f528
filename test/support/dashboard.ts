/** The parts of a Grafana dashboard that query Prometheus. */
export interface Dashboard {
  readonly uid: string;
  readonly templating: { readonly list: readonly DashboardVariable[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly panels: readonly DashboardPanel[];
}

export interface DashboardVariable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}

export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** One query of a panel. */
export interface PanelQuery {
  readonly panel: string;
  readonly expr: string;
  /** Labels that its legend shows. */
  readonly legendLabels: readonly string[];
}

export function queriesOf({ panels }: Dashboard): PanelQuery[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      panel: title,
      expr,
      legendLabels: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!),
    })),
  );
}

/** Names of the metrics that an expression reads, without the suffixes of a histogram. */
export function metricsIn(expr: string): string[] {
  const found = expr.match(/\b(?:llm_gateway|gen_ai_server|process|nodejs)_\w+(?=\{|\[|\))/g) ?? [];
  return [...new Set(found.map((name) => name.replace(/_(bucket|sum|count)$/, '')))];
}

/** Replaces variables by values, as Grafana does. */
export function substitute(expr: string, values: Readonly<Record<string, string>>): string {
  const filled = expr.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => values[name] ?? whole);
  if (filled.includes('$')) throw new Error(`a variable is left: ${filled}`);
  return filled;
}

/** `label_values(metric{…}, label)`, with which Grafana finds the values of a variable. */
export function labelValues(query: string): { series: string; label: string } {
  const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
  if (series === undefined || label === undefined) throw new Error(`not understood: ${query}`);
  return { series, label };
}
