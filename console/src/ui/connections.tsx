// Connections that are open right now, of a queue or a destination.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { count } from '../core/format.ts';
import type { OpenConnection } from '../core/types.ts';
import { Ago, Badge, Card, Empty, type Tone } from './parts.tsx';
import { QueueName } from './queueparts.tsx';
import { type Column, Table } from './table.tsx';

const tones: Record<string, Tone> = { sending: 'ok', connecting: 'note' };

const queue: Column<OpenConnection> = { key: 'queue', title: 'Queue', by: (row) => row.queue, cell: (row) => <QueueName name={row.queue} /> };

const columns: Column<OpenConnection>[] = [
  {
    key: 'host', title: 'Host', fill: true, by: (row) => row.host || row.remote,
    cell: (row) => (
      <span class="two">
        <span class="break">{row.host || row.remote}</span>
        {row.host && row.host !== row.remote && <span class="dim">{row.remote}</span>}
      </span>
    ),
  },
  { key: 'source', title: 'From', by: (row) => row.source, cell: (row) => row.source || <span class="dim">chosen by the system</span> },
  { key: 'state', title: 'State', by: (row) => row.state, cell: (row) => <Badge tone={tones[row.state] ?? 'plain'}>{row.state}</Badge> },
  { key: 'messages', title: 'Messages', number: true, by: (row) => row.messages, cell: (row) => count(row.messages) },
  { key: 'tls', title: 'TLS', by: (row) => row.tls, cell: (row) => row.tls || <span class="dim">plain text</span> },
  { key: 'since', title: 'Opened', by: (row) => row.since, cell: (row) => <Ago time={row.since} /> },
];

const withQueue = [columns[0]!, queue, ...columns.slice(1)];

/** A screenful beside the rest of the page. */
const firstShown = 10;

/** Nothing where the server does not tell them. */
export function Connections({ items, all, ofMany }: { items: OpenConnection[] | null | undefined; all: number; ofMany?: boolean }): JSX.Element | null {
  const [whole, setWhole] = useState(false);
  if (!items) return null;
  const shown = whole ? items : items.slice(0, firstShown);
  const number = items.length < all ? `${count(items.length)} of ${count(all)}` : items.length > 0 && count(items.length);
  return (
    <Card title="Open connections" id="connections-card" aside={number}>
      <Table
        rows={shown} columns={ofMany ? withQueue : columns} rowKey={(row, index) => `${row.queue} ${row.source} ${row.remote} ${index}`}
        sort="since" descending={false} label="Open connections" id="connections" stacked empty={<Empty title="None right now" />}
      />
      {shown.length < items.length && (
        <button type="button" class="link" data-testid="connections-all" onClick={() => setWhole(true)}>Show all {count(items.length)}</button>
      )}
    </Card>
  );
}
