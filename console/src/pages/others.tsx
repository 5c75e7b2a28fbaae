// Small pages that others lead to: replies that no rule knows, and long operations.

import type { JSX } from 'preact';
import { atLeast, change, session } from '../core/api.ts';
import { count } from '../core/format.ts';
import { usePoll } from '../core/poll.ts';
import { address } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { List, Operation, Unclassified } from '../core/types.ts';
import { failed } from '../ui/notices.tsx';
import { Ago, Badge, Empty, Failure, Loading, NeedsLevel, Progress } from '../ui/parts.tsx';
import { type Column, Table } from '../ui/table.tsx';

const replyColumns: Column<Unclassified>[] = [
  { key: 'count', title: 'Count', number: true, by: (row) => row.count, cell: (row) => count(row.count) },
  { key: 'text', title: 'Reply', fill: true, by: (row) => row.pattern ?? row.text ?? '', cell: (row) => <span class="reply">{row.pattern ?? row.text}</span> },
  {
    key: 'domains', title: 'Destinations', wide: true,
    cell: (row) => <span class="chips">{row.domains.slice(0, 4).map((name) => <a key={name} class="chip" href={address('destinations', name)}>{name}</a>)}{row.domains.length > 4 && <span class="dim">+{row.domains.length - 4}</span>}</span>,
  },
  { key: 'last', title: 'Last', by: (row) => row.lastTime, cell: (row) => <Ago time={row.lastTime} /> },
];

export function UnclassifiedPage(): JSX.Element {
  const { value, error, refresh } = usePoll<List<Unclassified>>('/unclassified?limit=500', 10_000);
  return (
    <div class="page">
      <div class="bar"><h1>Unclassified replies</h1></div>
      <p class="dim">Refusals that no rule knows. They count as ordinary failures until a <code>&lt;smtp-pattern-list&gt;</code> or a bounce category says more.</p>
      {error && !value ? <Failure error={error} retry={refresh} /> : !value ? <Loading /> : (
        <div class="card">
          <Table rows={value.items} columns={replyColumns} rowKey={(row) => row.pattern ?? row.text ?? ''} sort="count" label="Unclassified replies" id="unclassified" empty={<Empty title="None">Every refusal so far was known.</Empty>} />
        </div>
      )}
    </div>
  );
}

export function OperationsPage(): JSX.Element {
  const now = useStore(session);
  const may = atLeast(now?.level, 'operator');
  const { value, error, refresh } = usePoll<List<Operation> | Operation[]>('/operations', 1_500);
  const rows = Array.isArray(value) ? value : value?.items ?? [];
  const columns: Column<Operation>[] = [
    { key: 'what', title: 'Operation', fill: true, by: (row) => row.what, cell: (row) => row.what },
    { key: 'state', title: 'State', by: (row) => row.state, cell: (row) => <Badge tone={row.state === 'failed' ? 'bad' : row.state === 'done' ? 'ok' : 'note'} title={row.message}>{row.state}</Badge> },
    { key: 'progress', title: 'Progress', cell: (row) => <span class="progress-cell"><Progress share={row.total > 0 ? row.done / row.total : 0} label={row.what} /><span class="num">{count(row.done)} of {count(row.total)}</span></span> },
    { key: 'begun', title: 'Begun', by: (row) => row.begun, cell: (row) => <Ago time={row.begun} /> },
    {
      key: 'act', title: 'Action',
      cell: (row) => may && row.state === 'running' && <button type="button" class="small" onClick={() => void change('DELETE', `/operations/${row.id}`).then(refresh, failed)}>Stop</button>,
    },
  ];
  return (
    <div class="page">
      <div class="bar"><h1>Operations</h1></div>
      {error && !value ? <Failure error={error} retry={refresh} /> : !value ? <Loading /> : (
        <div class="card">
          <Table rows={rows} columns={columns} rowKey={(row) => String(row.id)} sort="begun" label="Operations" id="operations" stacked empty={<Empty title="None">Deleting or rerouting much mail is listed here while it goes on and for a while after.</Empty>} />
        </div>
      )}
      {!may && <p><NeedsLevel what="Stopping operations" level="operator" /></p>}
    </div>
  );
}
