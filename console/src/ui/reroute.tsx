// Mail that waits goes to another virtual MTA or pool. Mail to come is the configuration's matter: the dialog says which lines.

import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { mostNamed, operate, orders } from '../core/actions.ts';
import { ApiError, get, query } from '../core/api.ts';
import { count, octets, plural } from '../core/format.ts';
import { type Store, store, useStore } from '../core/store.ts';
import type { List, Pool, QueueRow, VirtualMta } from '../core/types.ts';
import { ask } from './dialog.tsx';
import { failed } from './notices.tsx';
import { Copy, Failure } from './parts.tsx';
import { QueueNames } from './queuenames.tsx';

/** Where mail can go. A pool spreads it over its members. */
interface Target {
  name: string;
  members: string[];
  pool: boolean;
}

/** What the dialog knows and what is chosen in it. */
interface Choice {
  targets: Store<Target[] | null>;
  trouble: Store<ApiError | null>;
  chosen: Store<string>;
  ready: Store<boolean>;
}

const operationOf = (queues: string[], virtualMta: string): Record<string, unknown> => ({ kind: 'reroute', queues, virtualMta });

export async function reroute(rows: QueueRow[], after: () => void): Promise<void> {
  const choice: Choice = { targets: store<Target[] | null>(null), trouble: store<ApiError | null>(null), chosen: store(''), ready: store(false) };
  const yes = await ask({
    title: rows.length === 1 ? `Reroute the mail of ${rows[0]!.name}` : `Reroute the mail of ${plural(rows.length, 'queue')}`,
    verb: 'Move the mail', ready: choice.ready, body: <RerouteBody rows={rows} choice={choice} />,
  });
  const target = choice.targets.get()?.find((entry) => entry.name === choice.chosen.get());
  if (!yes || !target) return;
  const going = rows.filter((entry) => isElsewhere(entry, target));
  let back: (() => Promise<void>) | undefined;
  try {
    back = await wayBack(going, target, after);
  } catch (error) {
    failed(error);
    return;
  }
  // One operation for all of them, as far as the server takes them in one order.
  for (const names of orders(going)) await operate(operationOf(names, target.name), after, going.length <= mostNamed ? back : undefined);
}

/**
 * Nothing where mail waits in the new queues already: it could not be told from what comes, and would go along on the way back. Nor where two queues of
 * one domain become one: which mail came from which is forgotten.
 */
async function wayBack(rows: QueueRow[], target: Target, after: () => void): Promise<(() => Promise<void>) | undefined> {
  const { members } = target;
  const domains = new Set(rows.map((row) => row.domain));
  if (rows.length * members.length > mostAsked || domains.size < rows.length) return undefined;
  const before = await Promise.all(rows.flatMap((row) => members.map((member) => waitingAt(row.domain, member))));
  if (before.some((recipients) => recipients > 0)) return undefined;
  return async () => {
    // One operation for each virtual MTA that the mail came from.
    for (const vmta of new Set(rows.map((row) => row.vmta))) {
      const own = rows.filter((row) => row.vmta === vmta);
      const names = own.flatMap((row) => members.map((member) => `${row.domain}/${member}`));
      const waiting = await Promise.all(own.flatMap((row) => members.map((member) => waitingAt(row.domain, member))));
      // Queues that got nothing, or have delivered it by now, have no mail to give back.
      const full = names.filter((_, i) => waiting[i]! > 0);
      if (full.length > 0) await operate(operationOf(full, vmta), after);
    }
  };
}

/** By the list and not by the queue's own address: a queue that is not there is no error. */
async function waitingAt(domain: string, vmta: string): Promise<number> {
  const found = await get<List<QueueRow>>('/queues' + query({ domain, vmta, limit: 1 }));
  return found.items[0]?.recipients ?? 0;
}

/** One request each before it begins, and again on the way back. */
const mostAsked = 64;

function isElsewhere(row: QueueRow, target: Target): boolean {
  return row.recipients > 0 && !target.members.some((member) => member.toLowerCase() === row.vmta.toLowerCase());
}

function RerouteBody({ rows, choice }: { rows: QueueRow[]; choice: Choice }): JSX.Element {
  const targets = useStore(choice.targets);
  const trouble = useStore(choice.trouble);
  const chosen = useStore(choice.chosen);
  const choose = (name: string): void => {
    choice.chosen.set(name);
    choice.ready.set(name !== '');
  };
  const load = (): void => {
    choice.trouble.set(null);
    loadTargets(rows).then(
      (found) => {
        choice.targets.set(found);
        choose(found[0]?.name ?? '');
      },
      (error: unknown) => choice.trouble.set(error instanceof ApiError ? error : new ApiError(0, 'Trouble', String(error))),
    );
  };
  useEffect(load, []);
  const target = targets?.find((entry) => entry.name === chosen);
  const going = target ? rows.filter((row) => isElsewhere(row, target)) : rows;
  const recipients = going.reduce((sum, row) => sum + row.recipients, 0);
  if (trouble) return <Failure error={trouble} retry={load} />;
  if (targets?.length === 0) return <p>There is no other virtual MTA that could take this mail: add a <code>&lt;virtual-mta NAME&gt;</code> to the configuration first.</p>;
  return (
    <div class="stack">
      <label>
        To
        <select value={chosen} data-testid="reroute-target" onChange={(event) => choose(event.currentTarget.value)}>
          <optgroup label="Virtual MTAs">{targets?.filter((entry) => !entry.pool).map((entry) => <option key={entry.name} value={entry.name}>{entry.name}</option>)}</optgroup>
          {targets?.some((entry) => entry.pool) && (
            <optgroup label="Pools">{targets.filter((entry) => entry.pool).map((entry) => <option key={entry.name} value={entry.name}>{entry.name} ({plural(entry.members.length, 'virtual MTA')})</option>)}</optgroup>
          )}
        </select>
      </label>
      <p data-testid="reroute-size">
        <strong>{plural(recipients, 'recipient')}</strong> ({octets(going.reduce((sum, row) => sum + row.octets, 0))}) that wait now {recipients === 1 ? 'moves' : 'move'}{' '}
        to {target?.pool ? `the ${count(target.members.length)} virtual MTAs of ${chosen} in turns` : chosen || '…'}. Attempts and ages stay.
        {going.length < rows.length && ` ${plural(rows.length - going.length, 'queue')} ${rows.length - going.length === 1 ? 'has' : 'have'} nothing that moves.`}
      </p>
      {rows.length > 1 && <QueueNames rows={rows} />}
      <p>New mail goes on as before.</p>
      {chosen && <Lines rows={going} target={chosen} />}
    </div>
  );
}

async function loadTargets(rows: QueueRow[]): Promise<Target[]> {
  const [single, pools] = await Promise.all([get<List<VirtualMta>>('/virtual-mtas?limit=1000'), get<List<Pool>>('/pools?limit=1000')]);
  const all: Target[] = [
    ...single.items.map((item) => ({ name: item.name, members: [item.name], pool: false })),
    ...pools.items.map((item) => ({ name: item.name, members: item.members.map((member) => member.name), pool: true })),
  ];
  return all.filter((target) => rows.some((row) => isElsewhere(row, target)));
}

/** More blocks than one would paste. */
const mostBlocks = 20;

/** Stands for "none is named", and has no block of its own. */
const unnamed = '{default}';

function Lines({ rows, target }: { rows: QueueRow[]; target: string }): JSX.Element {
  const lines = rows.slice(0, mostBlocks).map((row) => {
    const domain = `<domain ${row.domain}>\n  reroute-to-virtual-mta ${target}\n</domain>`;
    return row.vmta === unnamed ? domain : `<virtual-mta ${row.vmta}>\n${domain.replace(/^/gm, '  ')}\n</virtual-mta>`;
  }).join('\n');
  return (
    <details>
      <summary>Lines for the configuration that send new mail there, too</summary>
      <pre class="terminal" tabIndex={0} aria-label="Lines for the configuration">{lines}</pre>
      <div class="row"><Copy text={lines} label="Copy the lines" /></div>
    </details>
  );
}
