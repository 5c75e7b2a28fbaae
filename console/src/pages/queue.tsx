// One queue: how it is doing, why its mail still waits, what its hosts said.

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { actOnce } from '../core/actions.ts';
import { atLeast, query, queuePath, session } from '../core/api.ts';
import { count, dateTime, none, octets, short } from '../core/format.ts';
import { usePoll } from '../core/poll.ts';
import { address } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { QueueDetail, QueueSource } from '../core/types.ts';
import { Ago, Badge, Card, Empty, Failure, Figure, For, Loading, Stale, Until } from '../ui/parts.tsx';
import { anyAddress, QueueActions, QueueState, Replies, Settings } from '../ui/queueparts.tsx';
import { Connections } from '../ui/connections.tsx';
import { HistoryCard, startRange } from '../ui/history.tsx';
import { SinceOpened } from '../ui/since.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Trace } from '../ui/trace.tsx';
import { WhyChain } from '../ui/why.tsx';

export function QueuePage({ name }: { name: string }): JSX.Element {
  const range = useMemo(startRange, []);
  const shown = useStore(range);
  const { value, error, refresh } = usePoll<QueueDetail>(queuePath(name) + query({ history: shown }), 2_000, name);
  const pace = useMemo(() => value && { perMinute: value.perMinute, waiting: value.recipients }, [value]);
  const cut = name.lastIndexOf('/');
  return (
    <div class="page">
      <div class="bar">
        <h1><span class="crumb"><a href={address('queues')}>Queues</a> /</span> {name}</h1>
        {value && <QueueState row={value} />}
      </div>
      <div class="bar sub">
        {value && <QueueActions rows={[value]} after={refresh} />}
        <span class="links"><a href={address('destinations', name.slice(0, cut))}>Destination</a><a href={address('virtual-mtas', name.slice(cut + 1))}>Virtual MTA</a></span>
      </div>
      {error && !value && (error.status === 404
        ? <Empty title="There is no such queue now">A queue leaves when it has been empty for a while. <a href={address('queues', '', { q: name.slice(0, cut) })}>Look for queues of {name.slice(0, cut)}</a>.</Empty>
        : <Failure error={error} retry={refresh} />)}
      <Stale error={value ? error : null} />
      {!value && !error && <Loading lines={8} />}
      {value && (
        <>
          <div class="figures" data-testid="figures">
            <Figure name="Recipients waiting" value={count(value.recipients)} note={octets(value.octets)} />
            <Figure name="Sent per minute" value={count(value.perMinute)} />
            <Figure name="Connections" value={count(value.connections)} note={value.limit || ' '} />
            <NextTry value={value} />
            <Figure name="Mode" value={value.mode} tone={value.mode === 'backoff' ? 'bad' : 'plain'} note={value.modeUntil ? <>until {dateTime(value.modeUntil)}</> : value.modeReason || ' '} />
            {value.heldRecipients > 0 && <Figure name="Held" value={count(value.heldRecipients)} note="recipients" />}
          </div>
          <div class="columns">
            <div class="column">
              <Card title="Why mail still waits" id="why-card"><WhyChain chain={value.why} idle={value.recipients === 0 ? 'Nothing waits' : 'Nothing holds it: it is being delivered'} /></Card>
              <HistoryCard
                history={value.history} range={range} id="queue-traffic" about={name} otherwise={<SinceOpened now={pace} turn={value} about={name} />}
              />
              <Card title="Replies" id="replies-card"><Replies groups={value.replies} /></Card>
              <Connections items={value.openConnections} all={value.connections} />
              <Card title="Live SMTP trace" id="trace-card"><Trace name={name} /></Card>
            </div>
            <div class="column side">
              <Card title="Last reply" id="last-reply">
                {value.lastReply ? <p class="reply block">{value.lastReply}<br /><span class="dim"><Ago time={value.lastReplyTime} /></span></p> : <Empty title="None yet" />}
              </Card>
              <Card title="Source addresses" id="sources-card"><Sources queue={name} items={value.connectionsBySource} after={refresh} /><p class="dim foot">What became of mail is counted over all queues of the virtual MTA.</p></Card>
              <Card title="Events" id="events-card">
                {value.events.length === 0
                  ? <Empty title="None yet">Pauses, changes of mode and the like are noted here.</Empty>
                  : <ul class="events">{value.events.map((event, i) => <li key={i}><span class="dim num">{dateTime(event.time)}</span> {event.text}</li>)}</ul>}
              </Card>
            </div>
          </div>
          <Settings items={value.settings} />
        </>
      )}
    </div>
  );
}

/** A time in the plan of a paused queue would promise what does not happen. */
function NextTry({ value }: { value: QueueDetail }): JSX.Element {
  if (value.paused) {
    const since = value.events.find((event) => event.text.startsWith('paused'));
    return (
      <Figure
        name="Next retry" value="paused" tone="warn" id="next-retry"
        note={since
          ? <span title={`${dateTime(since.time)}: ${since.text}`}><For time={since.time} />, {since.text.replace(/^paused ?/, '')}</span>
          : 'until it is resumed'}
      />
    );
  }
  const next = value.nextRetry;
  return <Figure name="Next retry" value={next ? <Until time={next} /> : none} note={next ? dateTime(next) : ' '} id="next-retry" />;
}

const connections: Column<QueueSource> = { key: 'connections', title: 'Conn.', number: true, by: (row) => row.connections, cell: (row) => count(row.connections) };

function Sources({ queue, items, after }: { queue: string; items: QueueSource[]; after: () => void }): JSX.Element {
  const now = useStore(session);
  const may = atLeast(now?.level, 'operator');
  const columns: Column<QueueSource>[] = [
    {
      key: 'source', title: 'Address', fill: true, by: (row) => row.source,
      cell: (row) => (
        <span class="two">
          <span>{row.source || anyAddress}</span>
          {row.disabled && <span><Badge tone="bad" title={row.disabledReason}>disabled</Badge> <span class="dim"><Until time={row.disabledUntil} /></span></span>}
          {may && row.source && (
            <span>
              <button
                type="button" class="link" aria-label={`${row.disabled ? 'Enable' : 'Disable'} ${row.source}`}
                onClick={() => void actOnce(`/sources/${row.disabled ? 'enable' : 'disable'}`, { address: row.source, queue, reenableAfter: null }, after)}
              >
                {row.disabled ? 'enable' : 'disable'}
              </button>
            </span>
          )}
        </span>
      ),
    },
    ...(items.some((item) => typeof item.connections === 'number') ? [connections] : []),
    { key: 'delivered', title: 'Delivered', number: true, by: (row) => row.delivered, cell: (row) => short(row.delivered) },
    { key: 'deferred', title: 'Deferred', number: true, by: (row) => row.deferred, cell: (row) => short(row.deferred) },
    { key: 'bounced', title: 'Bounced', number: true, by: (row) => row.bounced, cell: (row) => short(row.bounced) },
  ];
  return (
    <Table
      rows={items} columns={columns} rowKey={(row) => row.source} sort="delivered" label="Connections by source address" id="queue-sources" stacked
      empty={<Empty title="None used yet" />}
    />
  );
}
