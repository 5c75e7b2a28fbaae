// How a queue looks wherever it stands: its name, its state, what may be done to it.

import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { actOnQueues, operate, orders, queueVerbs, type QueueVerb } from '../core/actions.ts';
import { atLeast, session } from '../core/api.ts';
import { count, dateTime, none, octets, plural } from '../core/format.ts';
import { address } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { QueueRow, ReplyGroup, Setting } from '../core/types.ts';
import { ask } from './dialog.tsx';
import { Ago, Badge, Card, Empty, NeedsLevel, type Tone, Until } from './parts.tsx';
import { QueueNames } from './queuenames.tsx';
import { reroute } from './reroute.tsx';
import { type Column, Table } from './table.tsx';

/** @param walked whether the list around it is walked through with the arrows: Tab then passes it */
export function QueueName({ name, walked }: { name: string; walked?: boolean }): JSX.Element {
  const cut = name.lastIndexOf('/');
  return (
    <a class="queue-name" href={address('queues', name)} title={name} tabIndex={walked ? -1 : undefined}>
      <span class="queue-domain">{name.slice(0, cut)}</span><span class="dim">/{name.slice(cut + 1)}</span>
    </a>
  );
}

export function QueueState({ row }: { row: QueueRow }): JSX.Element {
  return (
    <span class="states">
      {row.paused && <Badge tone="warn" title="Paused by an operator">paused</Badge>}
      {row.mode === 'backoff' && (
        <Badge tone="bad" title={[row.modeReason, row.modeUntil && `until ${dateTime(row.modeUntil)}`].filter(Boolean).join('; ')}>backoff</Badge>
      )}
      {row.heldRecipients > 0 && !row.paused && <Badge tone="note" title={plural(row.heldRecipients, 'recipient') + ' held'}>held</Badge>}
      {!row.paused && row.mode !== 'backoff' && row.connections > 0 && <Badge tone="ok">sending</Badge>}
      {!row.paused && row.mode !== 'backoff' && row.connections === 0 && row.recipients > 0 && <Badge title={row.waitReason}>waiting</Badge>}
    </span>
  );
}

/** Why nothing goes, in one phrase: the limit that binds, or what is waited for. */
export function WaitReason({ row }: { row: QueueRow }): JSX.Element {
  const text = row.limit || row.waitReason;
  // What stands in the next column is not said twice.
  const own = row.lastReply && text.endsWith(': ' + row.lastReply) ? text.slice(0, -row.lastReply.length - 2).replace(/ after$/, '') : text;
  return text ? <span class="lines-2" title={text}>{own}</span> : <span class="dim">{none}</span>;
}

/** A paused queue has a time in its plan that means nothing: it is not tried until somebody resumes it. */
export function NextRetry({ row }: { row: QueueRow }): JSX.Element {
  if (row.paused) return <span class="dim" title="Not tried until somebody resumes it">paused</span>;
  return row.nextRetry ? <Until time={row.nextRetry} /> : <span class="dim">{none}</span>;
}

const kindTone: Record<ReplyGroup['kind'], Tone> = { delivered: 'ok', deferred: 'warn', bounced: 'bad' };

export function EventKind({ kind }: { kind: string }): JSX.Element {
  return <Badge tone={kindTone[kind as ReplyGroup['kind']] ?? 'note'}>{kind}</Badge>;
}

const replyColumns: Column<ReplyGroup>[] = [
  { key: 'kind', title: 'Outcome', by: (row) => row.kind, cell: (row) => <EventKind kind={row.kind} /> },
  { key: 'count', title: 'Count', number: true, by: (row) => row.count, cell: (row) => count(row.count) },
  { key: 'pattern', title: 'Reply', fill: true, by: (row) => row.pattern, cell: (row) => <span class="reply" title={row.sample}>{row.sample || row.pattern}</span> },
  { key: 'last', title: 'Last', by: (row) => row.lastTime, cell: (row) => <Ago time={row.lastTime} /> },
];

/** For servers that remember when a reply was first heard. */
const firstColumn: Column<ReplyGroup> = { key: 'first', title: 'First', wide: true, by: (row) => row.firstTime, cell: (row) => <Ago time={row.firstTime} /> };

export function Replies({ groups }: { groups: ReplyGroup[] }): JSX.Element {
  const columns = groups.some((group) => group.firstTime) ? [...replyColumns.slice(0, -1), firstColumn, ...replyColumns.slice(-1)] : replyColumns;
  return (
    <Table
      rows={groups} columns={columns} rowKey={(row) => row.kind + row.pattern} sort="count" label="Replies, grouped" id="replies" stacked
      empty={<Empty title="No replies yet">They are grouped here as hosts answer.</Empty>}
    />
  );
}

/** What stands for a source address that the configuration does not name. */
export const anyAddress = 'chosen by the system';

/** What somebody has set; all the rest for those who ask. */
export function Settings({ items }: { items: Setting[] }): JSX.Element {
  const [all, setAll] = useState(false);
  const own = items.filter((item) => item.isDefault === false);
  const shown = all || own.length === items.length ? items : own;
  return (
    <Card
      title="Settings" id="settings-card"
      aside={own.length < items.length && <button type="button" class="link" data-testid="settings-all" onClick={() => setAll(!all)}>{all ? 'without defaults' : `all ${count(items.length)}`}</button>}
    >
      <Table
        rows={shown} columns={settingColumns} rowKey={(row) => `${row.name} ${row.value}`} sort="name" descending={false} label="Settings" id="settings" stacked
        empty={<Empty title="Defaults only">Nothing is set for it in the configuration.</Empty>}
      />
    </Card>
  );
}

/** "config:12, <domain *>": in which folder the file is stands in the tooltip. */
function withoutFolder(origin: string): string {
  return origin.replace(/^\S*\/(?=[^/]+:\d+)/, '');
}

const settingColumns: Column<Setting>[] = [
  { key: 'name', title: 'Directive', by: (row) => row.name, cell: (row) => <code>{row.name}</code> },
  { key: 'value', title: 'Value', fill: true, cell: (row) => <code class="value">{row.value}</code> },
  { key: 'origin', title: 'Comes from', by: (row) => row.origin, cell: (row) => <span class="dim break origin" title={row.origin}>{withoutFolder(row.origin)}</span> },
];

export const queueColumns: Column<QueueRow>[] = [
  { key: 'name', title: 'Queue', fill: true, by: (row) => row.name, cell: (row) => <QueueName name={row.name} /> },
  { key: 'recipients', title: 'Waiting', number: true, by: (row) => row.recipients, cell: (row) => count(row.recipients) },
  { key: 'perMinute', title: 'Sent/min', number: true, wide: true, by: (row) => row.perMinute, cell: (row) => count(row.perMinute) },
  { key: 'connections', title: 'Conn.', number: true, by: (row) => row.connections, cell: (row) => count(row.connections) },
  { key: 'state', title: 'State', by: (row) => (row.paused ? 'a' : row.mode), cell: (row) => <QueueState row={row} /> },
  { key: 'next', title: 'Next retry', wide: true, by: (row) => (row.paused ? '9' : row.nextRetry ?? '8'), cell: (row) => <NextRetry row={row} /> },
];

/** What may be done to some queues. Nothing that can be undone asks first when one queue is meant. */
export function QueueActions({ rows, after, compact }: { rows: QueueRow[]; after: () => void; compact?: boolean }): JSX.Element {
  const now = useStore(session);
  const group = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    // What was pressed may have no more use: the keyboard goes on with the next, not from the head of the page.
    const active = document.activeElement;
    if (!group.current?.contains(active) || !active!.matches(':disabled')) return;
    const buttons = [...group.current.querySelectorAll('button')];
    const from = buttons.indexOf(active as HTMLButtonElement);
    [...buttons.slice(from), ...buttons.slice(0, from)].find((button) => !button.disabled)?.focus();
  });
  if (!atLeast(now?.level, 'operator')) return <NeedsLevel what="Changing queues" level="operator" />;
  const sensible = (verb: QueueVerb): boolean => {
    if (verb === 'pause') return rows.some((row) => !row.paused);
    if (verb === 'resume') return rows.some((row) => row.paused);
    if (verb === 'backoff') return rows.some((row) => row.mode !== 'backoff');
    if (verb === 'normal') return rows.some((row) => row.mode === 'backoff');
    return rows.some((row) => row.recipients > 0);
  };
  const act = async (verb: QueueVerb): Promise<void> => {
    const words = queueVerbs.find((entry) => entry.verb === verb)!;
    const yes = rows.length === 1 || await ask({
      title: `${words.title}: ${plural(rows.length, 'queue')}?`, verb: words.title, body: <><p>{words.explain}</p><QueueNames rows={rows} /></>,
    });
    if (yes) await actOnQueues(rows.map((row) => row.name), verb, after);
  };
  return (
    <span ref={group} class={'actions' + (compact ? ' compact' : '')} role="group" aria-label="Actions">
      {queueVerbs.map(({ verb, title, explain }) => (
        <button key={verb} type="button" class="small" title={explain} data-testid={'act-' + verb} disabled={!sensible(verb)} onClick={() => void act(verb)}>{title}</button>
      ))}
      <button type="button" class="small" title="What waits is delivered by another virtual MTA." data-testid="act-reroute" disabled={!rows.some((row) => row.recipients > 0)} onClick={() => void reroute(rows, after)}>Reroute …</button>
      <button type="button" class="small danger-quiet" data-testid="act-delete" onClick={() => void remove(rows, after)}>Delete …</button>
    </span>
  );
}

/** Deleting more than this asks for a typed word: it cannot be undone. */
const manyRecipients = 1000;

interface DeleteChoice {
  dsn: boolean;
  accounting: boolean;
}

async function remove(rows: QueueRow[], after: () => void): Promise<void> {
  const recipients = rows.reduce((sum, row) => sum + row.recipients, 0);
  const size = rows.reduce((sum, row) => sum + row.octets, 0);
  const choice: DeleteChoice = { dsn: false, accounting: true };
  const yes = await ask({
    title: rows.length === 1 ? `Delete the mail of ${rows[0]!.name}?` : `Delete the mail of ${plural(rows.length, 'queue')}?`,
    verb: `Delete ${plural(recipients, 'recipient')}`,
    danger: true,
    ...(recipients > manyRecipients ? { typed: rows.length === 1 ? rows[0]!.domain : 'delete' } : {}),
    body: (
      <>
        <p>{plural(recipients, 'recipient')} ({octets(size)}) will not be delivered. <strong>This cannot be undone.</strong></p>
        {rows.length > 1 && <QueueNames rows={rows} />}
        <label class="check"><input type="checkbox" onChange={(event) => (choice.dsn = event.currentTarget.checked)} /> Tell the senders (one report each)</label>
        <label class="check">
          <input type="checkbox" checked onChange={(event) => (choice.accounting = event.currentTarget.checked)} /> Write accounting records
        </label>
      </>
    ),
  });
  if (!yes) return;
  for (const queues of orders(rows)) await operate({ kind: 'delete', queues, dsn: choice.dsn, accounting: choice.accounting }, after);
}
