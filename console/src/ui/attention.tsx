// What needs somebody now: how bad, what, since when, and where to look. The server says in which order.

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { actOnce } from '../core/actions.ts';
import { atLeast, session } from '../core/api.ts';
import { count, shortTime } from '../core/format.ts';
import { serverNow } from '../core/live.ts';
import { usePoll } from '../core/poll.ts';
import { address } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { Attention, List, ShutOut } from '../core/types.ts';
import { Badge, Card, For, Loading, NeedsLevel, type Tone, Until } from './parts.tsx';

const tones: Record<Attention['severity'], Tone> = { alarm: 'bad', warning: 'warn', notice: 'note' };

const ranks: Record<Attention['severity'], number> = { alarm: 0, warning: 1, notice: 2 };

/** More would push the charts out of sight; none of the alarms is left out. */
const firstShown = 5;

export function AttentionCard({ items }: { items: Attention[] | null }): JSX.Element {
  const [all, setAll] = useState(false);
  // Those of one severity stay as the server has ordered them, by harm.
  const sorted = useMemo(() => [...(items ?? [])].sort((a, b) => (ranks[a.severity] ?? 3) - (ranks[b.severity] ?? 3)), [items]);
  const alarms = sorted.filter((item) => item.severity === 'alarm').length;
  const shown = all ? sorted : sorted.slice(0, Math.max(firstShown, alarms));
  return (
    <Card title="Needs attention" id="attention" aside={items && items.length > 0 && count(items.length)} className={alarms > 0 ? 'alarmed' : ''}>
      {items === null
        ? <Loading lines={2} />
        : items.length === 0
          ? (
            <p class="all-well">
              <i aria-hidden="true" /><strong>Nothing.</strong>
              <span class="dim">Destinations that back up, disabled sources, certificates near their end and the like are listed here, worst first.</span>
            </p>
          )
          : <ol class="attention">{shown.map((item) => <Item key={item.kind + item.title} item={item} />)}</ol>}
      {shown.length < sorted.length && (
        <button type="button" class="link" data-testid="attention-all" onClick={() => setAll(true)}>Show all {count(sorted.length)}</button>
      )}
    </Card>
  );
}

function Item({ item }: { item: Attention }): JSX.Element {
  const to = linkOf(item);
  return (
    <li>
      <Badge tone={tones[item.severity] ?? 'note'}>{item.severity}</Badge>
      <div>
        {to ? <a href={to}>{item.title}</a> : <strong>{item.title}</strong>}
        <div class="dim clamp" title={item.detail}>{item.detail}</div>
        {item.kind === 'clientShutOut' && <ShutOuts />}
      </div>
      {item.since && <span class="since"><For time={item.since} /><br /><span class="dim">since {shortTime(item.since, serverNow())}</span></span>}
    </li>
  );
}

const pageOf: Record<string, string> = {
  destination: 'destinations', queue: 'queues', queues: 'queues', virtualMta: 'virtual-mtas', job: 'jobs', config: 'config', logs: 'logs',
  unclassified: 'unclassified',
};

function linkOf(item: Attention): string | null {
  const page = item.link && pageOf[item.link.page];
  if (item.kind === 'pausedQueues' && !item.link?.name) return address('queues', '', { show: 'paused' });
  if (!page) return null;
  return page === 'config' || page === 'logs' || page === 'unclassified' ? address(page) : address(page, item.link!.name ?? '');
}

/** A whole subnet may have tried: those that are shut out longest, the others at the command line. */
const mostClients = 8;

/** Clients that failed to authenticate too often, each with the way back in. */
function ShutOuts(): JSX.Element | null {
  const now = useStore(session);
  const may = atLeast(now?.level, 'operator');
  const { value, refresh } = usePoll<List<ShutOut> | ShutOut[]>('/clients/disabled', 5_000);
  const rows = (Array.isArray(value) ? value : value?.items) ?? [];
  if (rows.length === 0) return null;
  return (
    <ul class="clients" data-testid="clients">
      {rows.slice(0, mostClients).map((row) => (
        <li key={row.address}>
          <code>{row.address}</code>
          <span class="dim" title={row.reason}>{row.until ? <>let in again <Until time={row.until} over="now" /></> : row.reason}</span>
          {may && (
            <button
              type="button" class="small" aria-label={`Enable ${row.address}`}
              onClick={() => void actOnce(`/clients/${encodeURIComponent(row.address)}/enable`, undefined, refresh)}
            >
              Enable
            </button>
          )}
        </li>
      ))}
      {rows.length > mostClients && <li class="dim">and {count(rows.length - mostClients)} more: <code>godwit show disabled clients</code></li>}
      {!may && <li><NeedsLevel what="Enabling a client" level="operator" /></li>}
    </ul>
  );
}
