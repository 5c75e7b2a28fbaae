// The queues that a question is about, as many as one can read.

import type { JSX } from 'preact';
import { count } from '../core/format.ts';
import type { QueueRow } from '../core/types.ts';

export function QueueNames({ rows }: { rows: QueueRow[] }): JSX.Element {
  const shown = rows.slice(0, 8);
  return (
    <ul class="names">
      {shown.map((row) => <li key={row.name}><code>{row.name}</code> <span class="dim num">{count(row.recipients)}</span></li>)}
      {rows.length > shown.length && <li class="dim">and {count(rows.length - shown.length)} more</li>}
    </ul>
  );
}
