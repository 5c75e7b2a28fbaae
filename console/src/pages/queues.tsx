// All queues, as many as there are: filtered, ordered, and acted upon.

import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { atLeast, get, query, session } from '../core/api.ts';
import { count, none } from '../core/format.ts';
import { usePageKeys } from '../core/keys.ts';
import { address, go, keep, place } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { List, QueueRow } from '../core/types.ts';
import { Ago, Empty, FilterBox, useDelayed, useNarrow } from '../ui/parts.tsx';
import { NextRetry, QueueActions, QueueName, QueueState, WaitReason } from '../ui/queueparts.tsx';
import { type GridColumn, VirtualGrid } from '../ui/virtual.tsx';

const shows = [
  { show: '', title: 'All queues' },
  { show: 'waiting', title: 'Waiting for a retry' },
  { show: 'connected', title: 'Connected' },
  { show: 'backoff', title: 'In backoff mode' },
  { show: 'paused', title: 'Paused' },
];

const filters: Record<string, Record<string, string>> = {
  waiting: { waiting: 'true' }, connected: { connected: 'true' }, backoff: { mode: 'backoff' }, paused: { paused: 'true' },
};

const columns: GridColumn<QueueRow>[] = [
  { key: 'name', title: 'Queue', sort: true, cell: (row) => <QueueName name={row.name} walked /> },
  { key: 'recipients', title: 'Waiting', sort: true, number: true, cell: (row) => count(row.recipients) },
  { key: 'rate', title: 'Sent/min', number: true, cell: (row) => (row.perMinute > 0 ? count(row.perMinute) : <span class="dim">{none}</span>) },
  { key: 'connections', title: 'Conn.', sort: true, number: true, cell: (row) => (row.connections > 0 ? count(row.connections) : <span class="dim">{none}</span>) },
  { key: 'state', title: 'State', cell: (row) => <QueueState row={row} /> },
  { key: 'limit', title: 'What binds', cell: (row) => <WaitReason row={row} /> },
  { key: 'nextRetry', title: 'Next retry', sort: true, cell: (row) => <NextRetry row={row} /> },
  {
    key: 'reply', title: 'Last reply',
    cell: (row) => (row.lastReply ? <span class="lines-2" title={row.lastReply}><span class="dim"><Ago time={row.lastReplyTime} /></span> {row.lastReply}</span> : <span class="dim">{none}</span>),
  },
];

/** As the server names them. */
const sorts: Record<string, string> = { name: 'name', recipients: 'recipients', connections: 'connections', nextRetry: 'nextRetry' };

const refreshMs = 2_000;

export function QueuesPage(): JSX.Element {
  const params = useStore(place).params;
  const [text, setText] = useState(params.get('q') ?? '');
  const [show, setShow] = useState(params.get('show') ?? '');
  const [order, setOrder] = useState({ key: params.get('sort') ?? 'recipients', down: params.get('order') !== 'asc' });
  const [selected, setSelected] = useState<ReadonlyMap<string, QueueRow>>(new Map());
  const [total, setTotal] = useState<number | null>(null);
  const [turn, setTurn] = useState(0);
  const q = useDelayed(text.trim(), 200);
  const now = useStore(session);
  const narrow = useNarrow();
  const selectable = atLeast(now?.level, 'operator');
  const search = query({ q, ...filters[show], sort: sorts[order.key] ?? 'recipients', order: order.down ? 'desc' : 'asc' });
  const load = useCallback(
    (offset: number, limit: number, signal: AbortSignal) => get<List<QueueRow>>(`/queues${search}&offset=${offset}&limit=${limit}`, signal),
    [search],
  );
  useEffect(() => {
    keep({ q, show, sort: order.key === 'recipients' ? '' : order.key, order: order.down ? '' : 'asc' });
    setSelected(new Map());
  }, [q, show, order]);
  usePageKeys([
    { key: 'Space', does: 'select the queue' },
    { key: 'Shift + ↓', does: 'select downwards' }, { key: 'Escape', does: 'select nothing', run: () => setSelected(new Map()) },
  ], []);
  const onSelect = (rows: QueueRow[], on: boolean): void => {
    const next = new Map(selected);
    for (const row of rows) {
      if (on) next.set(row.name, row);
      else next.delete(row.name);
    }
    setSelected(next);
  };
  const onRows = (rows: QueueRow[], all: number): void => {
    setTotal(all);
    // What is selected is acted upon as it is now, not as it was when it was selected.
    const known = rows.filter((row) => selected.has(row.name));
    if (known.length > 0) setSelected(new Map([...selected, ...known.map((row) => [row.name, row] as const)]));
  };
  const refresh = useCallback(() => setTurn((value) => value + 1), []);
  const chosen = useMemo(() => [...selected.values()], [selected]);
  const names = useMemo(() => new Set(selected.keys()), [selected]);
  return (
    <div class="page full">
      <div class="bar">
        <h1>Queues</h1>
        <FilterBox value={text} onInput={setText} label="Filter queues" placeholder="Filter: gmail, *.example/vmta1 …" />
        <select value={show} aria-label="Which queues" data-testid="show" onChange={(event) => setShow(event.currentTarget.value)}>
          {shows.map((entry) => <option key={entry.show} value={entry.show}>{entry.title}</option>)}
        </select>
        <span class="dim num total" data-testid="total">{total === null ? '' : `${count(total)} ${total === 1 ? 'queue' : 'queues'}`}</span>
      </div>
      <div class="selection" data-testid="selection">
        {chosen.length > 0
          ? (
            <>
              <strong class="num">{count(chosen.length)} selected</strong>
              <QueueActions rows={chosen} after={refresh} compact />
              <button
                type="button" class="small quiet"
                onClick={() => {
                  setSelected(new Map());
                  document.querySelector<HTMLElement>('.grid')?.focus();
                }}
              >
                Select nothing
              </button>
            </>
          )
          : selectable
            ? <span class="dim hint">Select queues to pause, resume, reroute or delete their mail. Enter opens one.</span>
            : <QueueActions rows={[]} after={refresh} />}
      </div>
      <VirtualGrid
        id="queues" label="Queues" className="queues-grid" columns={columns} rowHeight={narrow ? 66 : 40} rowKey={(row) => row.name} load={load}
        listKey={search} turn={turn} refreshMs={refreshMs} order={order} onOrder={(key) => setOrder({ key, down: order.key === key ? !order.down : key !== 'name' && key !== 'nextRetry' })}
        selected={names} onSelect={onSelect} selectable={selectable} onOpen={(row) => go(address('queues', row.name))} onRows={onRows}
        empty={q || show
          ? <Empty title="No queue matches">Change the filter. A star stands for anything: <code>*.example/*</code>.</Empty>
          : <Empty title="No queues">A queue appears with the first mail for a domain and leaves when it has been empty for a while.</Empty>}
      />
    </div>
  );
}
