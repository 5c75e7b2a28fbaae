// A table of some tens of rows that are all there: sorted here, walked through with the arrows, opened with Enter.

import type { ComponentChildren, JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

export interface Column<T> {
  key: string;
  title: string;
  /** What is compared when the column sorts; without it, the column does not. */
  by?: (row: T) => number | string | null;
  cell: (row: T) => ComponentChildren;
  /** Figures stand at the right. */
  number?: boolean;
  /** Left out on a narrow screen. */
  wide?: boolean;
  /** Takes what room is left, and is cut where it is too long. */
  fill?: boolean;
}

export function Table<T>({ rows, columns, rowKey, sort, descending = true, label, id, empty, stacked }: {
  rows: T[]; columns: Column<T>[]; rowKey: (row: T, index: number) => string; sort?: string; descending?: boolean; label: string; id: string; empty?: ComponentChildren;
  /** On a narrow screen each row becomes a block of named lines: for tables with much in a row. */
  stacked?: boolean;
}): JSX.Element {
  const [order, setOrder] = useState({ key: sort ?? '', down: descending });
  const sorted = useMemo(() => {
    const by = columns.find((column) => column.key === order.key)?.by;
    if (!by) return rows;
    return [...rows].sort((a, b) => compare(by(a), by(b)) * (order.down ? -1 : 1));
  }, [rows, order, columns]);
  if (rows.length === 0 && empty) return <>{empty}</>;
  return (
    <div class="table-box">
      <table class={stacked ? 'stacked' : ''} aria-label={label} data-testid={id} onKeyDown={walk}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key} scope="col" class={classOf(column)}
                aria-sort={order.key === column.key ? (order.down ? 'descending' : 'ascending') : undefined}
              >
                {column.by
                  ? (
                    <button type="button" class="sort" onClick={() => setOrder({ key: column.key, down: order.key === column.key ? !order.down : !!column.number })}>
                      {column.title}<span aria-hidden="true">{order.key === column.key ? (order.down ? ' ▾' : ' ▴') : ''}</span>
                    </button>
                  )
                  : column.key === 'act' ? <span class="hidden">{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, index) => (
            <tr key={rowKey(row, index)} data-key={rowKey(row, index)}>
              {columns.map((column) => <td key={column.key} class={classOf(column)} data-title={column.title}>{column.cell(row)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf<T>(column: Column<T>): string {
  return [column.number && 'number', column.wide && 'wide-only', column.fill && 'fill'].filter(Boolean).join(' ');
}

export function compare(a: number | string | null, b: number | string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** Up and down from one row's link to the next row's. */
function walk(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const row = (event.target as Element).closest('tbody tr');
  if (!row) return;
  let next = event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
  while (next && !next.querySelector('a, button')) next = event.key === 'ArrowDown' ? next.nextElementSibling : next.previousElementSibling;
  const focus = next?.querySelector<HTMLElement>('a, button');
  if (focus) {
    event.preventDefault();
    focus.focus();
  }
}
