// Where mail goes: all destinations, and one of them.

import type { JSX } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { query } from '../core/api.ts';
import { count, none, octets, percent } from '../core/format.ts';
import { usePoll } from '../core/poll.ts';
import { address, place } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { DestinationDetail, DestinationRow, DestinationSource, List } from '../core/types.ts';
import { Ago, Badge, Card, Empty, Failure, Figure, FilterBox, Loading, Stale, useDelayed } from '../ui/parts.tsx';
import { anyAddress, QueueActions, queueColumns, Replies } from '../ui/queueparts.tsx';
import { Connections } from '../ui/connections.tsx';
import { HistoryCard, startRange } from '../ui/history.tsx';
import { SinceOpened } from '../ui/since.tsx';
import { type Column, Table } from '../ui/table.tsx';

const columns: Column<DestinationRow>[] = [
  { key: 'name', title: 'Destination', fill: true, by: (row) => row.name, cell: (row) => <a href={address('destinations', row.name)}>{row.name}</a> },
  { key: 'recipients', title: 'Waiting', number: true, by: (row) => row.recipients, cell: (row) => count(row.recipients) },
  { key: 'octets', title: 'Size', number: true, wide: true, by: (row) => row.octets, cell: (row) => octets(row.octets) },
  { key: 'queues', title: 'Queues', number: true, wide: true, by: (row) => row.queues, cell: (row) => count(row.queues) },
  { key: 'connections', title: 'Conn.', number: true, by: (row) => row.connections, cell: (row) => count(row.connections) },
  {
    key: 'state', title: 'State', by: (row) => row.backoff * 1e6 + row.paused,
    cell: (row) => (
      <span class="states">
        {row.backoff > 0 && <Badge tone="bad" title="Queues in backoff mode">backoff {row.backoff > 1 ? count(row.backoff) : ''}</Badge>}
        {row.paused > 0 && <Badge tone="warn" title="Paused queues">paused {row.paused > 1 ? count(row.paused) : ''}</Badge>}
      </span>
    ),
  },
  { key: 'delivered', title: 'Delivered', number: true, wide: true, by: (row) => row.delivered, cell: (row) => count(row.delivered) },
  { key: 'deferral', title: 'Deferred', number: true, wide: true, by: (row) => row.deferred, cell: (row) => share(row.deferred, row) },
  { key: 'bounce', title: 'Bounced', number: true, wide: true, by: (row) => row.bounced, cell: (row) => share(row.bounced, row) },
  {
    key: 'reply', title: 'Last reply', wide: true, fill: true,
    cell: (row) => (row.lastReply ? <span class="clamp" title={row.lastReply}><span class="dim"><Ago time={row.lastReplyTime} /></span> {row.lastReply}</span> : <span class="dim">{none}</span>),
  },
];

function share(part: number, row: DestinationRow): JSX.Element {
  const all = row.delivered + row.deferred + row.bounced;
  return <span title={count(part)}>{all > 0 ? percent(part / all) : none}</span>;
}

/** Beyond it one filters. */
const mostShown = 500;

export function DestinationsPage(): JSX.Element {
  const [text, setText] = useState(useStore(place).params.get('q') ?? '');
  const q = useDelayed(text.trim(), 200);
  const { value, error, refresh } = usePoll<List<DestinationRow>>('/destinations' + query({ q, sort: 'recipients', order: 'desc', limit: mostShown }), 3_000);
  return (
    <div class="page">
      <div class="bar">
        <h1>Destinations</h1>
        <FilterBox value={text} onInput={setText} label="Filter destinations" placeholder="Filter: gmail, *.example …" />
        <span class="dim num total" data-testid="total">{value && (value.total > value.items.length ? `the ${count(value.items.length)} fullest of ${count(value.total)}` : count(value.total))}</span>
      </div>
      <Stale error={value ? error : null} />
      {error && !value ? <Failure error={error} retry={refresh} /> : !value ? <Loading lines={10} /> : (
        <div class="card">
          <Table
            rows={value.items} columns={columns} rowKey={(row) => row.name} sort="recipients" label="Destinations" id="destinations"
            empty={q ? <Empty title="No destination matches">Change the filter; a star stands for anything.</Empty> : <Empty title="No destinations">They appear with the first mail.</Empty>}
          />
        </div>
      )}
    </div>
  );
}

const connections: Column<DestinationSource> = { key: 'connections', title: 'Conn.', number: true, by: (row) => row.connections, cell: (row) => count(row.connections) };

const sourceColumns: Column<DestinationSource>[] = [
  { key: 'source', title: 'Source address', fill: true, by: (row) => row.source, cell: (row) => row.source || anyAddress },
  { key: 'vmta', title: 'Virtual MTA', by: (row) => row.vmta, cell: (row) => <a href={address('virtual-mtas', row.vmta)}>{row.vmta}</a> },
  { key: 'delivered', title: 'Delivered', number: true, by: (row) => row.delivered, cell: (row) => count(row.delivered) },
  { key: 'deferred', title: 'Deferred', number: true, by: (row) => row.deferred, cell: (row) => count(row.deferred) },
  { key: 'bounced', title: 'Bounced', number: true, by: (row) => row.bounced, cell: (row) => count(row.bounced) },
];

const withConnections = [...sourceColumns.slice(0, 2), connections, ...sourceColumns.slice(2)];

export function DestinationPage({ name }: { name: string }): JSX.Element {
  const range = useMemo(startRange, []);
  const shown = useStore(range);
  const { value, error, refresh } = usePoll<DestinationDetail>('/destinations/' + encodeURIComponent(name) + query({ history: shown }), 2_000, name);
  const totals = useMemo(() => value && { delivered: value.delivered, deferred: value.deferred, bounced: value.bounced, waiting: value.recipients }, [value]);
  const after = useCallback(refresh, [refresh]);
  // Those that have just emptied are listed, and counted no more.
  const queues = value ? Math.max(value.queueCount, value.queues.length) : 0;
  const counted = value?.sources.some((row) => typeof row.connections === 'number');
  const tried = value ? value.delivered + value.deferred + value.bounced : 0;
  return (
    <div class="page">
      <div class="bar"><h1><span class="crumb"><a href={address('destinations')}>Destinations</a> /</span> {name}</h1></div>
      {value && value.queues.length > 0 && <div class="bar sub"><span class="dim">{value.queues.length < value.queueCount ? `Its ${count(value.queues.length)} fullest queues:` : 'All its queues:'}</span> <QueueActions rows={value.queues} after={after} /></div>}
      {error && !value && (error.status === 404
        ? <Empty title="Nothing is known of this destination now">No mail waits for it. <a href={address('recipients', '', {})}>Search a recipient</a> to see what became of mail.</Empty>
        : <Failure error={error} retry={refresh} />)}
      <Stale error={value ? error : null} />
      {!value && !error && <Loading lines={8} />}
      {value && (
        <>
          <div class="figures" data-testid="figures">
            <Figure name="Recipients waiting" value={count(value.recipients)} note={octets(value.octets)} />
            <Figure name="Connections" value={count(value.connections)} />
            <Figure name="Queues" value={count(queues)} note={value.backoff + value.paused > 0 ? `${count(value.backoff)} in backoff, ${count(value.paused)} paused` : ' '} />
            <Figure name="Delivered" value={count(value.delivered)} note="since the start" />
            <Figure name="Deferred" value={tried > 0 ? percent(value.deferred / tried) : none} note={count(value.deferred)} />
            <Figure name="Bounced" value={tried > 0 ? percent(value.bounced / tried) : none} note={count(value.bounced)} />
          </div>
          <HistoryCard
            history={value.history} range={range} id="destination-traffic" about={name} otherwise={<SinceOpened now={totals} turn={value} about={name} />}
          />
          <Card title={value.queues.length < value.queueCount ? 'Fullest queues' : 'Queues'} id="queues-card" aside={count(queues)}>
            <Table rows={value.queues} columns={queueColumns} rowKey={(row) => row.name} sort="recipients" label="Queues of the destination" id="destination-queues" empty={<Empty title="No queue now" />} />
          </Card>
          <Card title="Replies" id="replies-card"><Replies groups={value.replies} /></Card>
          <Connections items={value.openConnections} all={value.connections} ofMany />
          <Card title="Source addresses" id="sources-card">
            <Table
              rows={value.sources} columns={counted ? withConnections : sourceColumns} rowKey={(row) => row.source + row.vmta} sort="delivered"
              label="By source address" id="destination-sources" stacked empty={<Empty title="None used yet" />}
            />
            <p class="dim foot">Counted over all destinations of the address.</p>
          </Card>
        </>
      )}
    </div>
  );
}
