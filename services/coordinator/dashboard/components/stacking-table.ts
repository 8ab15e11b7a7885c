// A table whose rows become blocks where the window is narrow. It says its roles, since a browser forgets them then.
import { type Content, type Html, html } from '../html.ts';

export interface Column {
  readonly name: string;
  readonly isNumber?: boolean;
  /** Whether its text stays on one line. */
  readonly isFixed?: boolean;
}

/** `rows`: a cell for each column; the first is the row's header. `caption` is for who can't see the table. */
export function stackingTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
): Html {
  const heads = columns.map(
    (column) => html`<th scope="col" role="columnheader" class="${classOf(column)}">${column.name}</th>`,
  );
  return html`<div class="scroll"><table class="stacks" role="table"><caption class="unseen">${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads}</tr></thead>
<tbody role="rowgroup">${rows.map((cells) => html`<tr role="row">${cells.map((cell, at) => cellOf(columns[at], cell, at))}</tr>`)}</tbody></table></div>`;
}

function cellOf(column: Column | undefined, cell: Content, at: number): Html {
  if (at === 0) return html`<th scope="row" role="rowheader">${cell}</th>`;
  return html`<td role="cell" class="${column === undefined ? '' : classOf(column)}">${cell}</td>`;
}

function classOf({ isNumber = false, isFixed = false }: Column): string {
  return [isNumber && 'number', isFixed && 'fixed'].filter(Boolean).join(' ');
}
