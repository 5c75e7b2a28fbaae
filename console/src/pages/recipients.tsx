// Where is this person's mail, and what became of it.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, atLeast, get, query, session } from '../core/api.ts';
import { count, dateTime, none } from '../core/format.ts';
import { keep, place } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { RecipientAnswer, RecipientEvent, WaitingRecipient } from '../core/types.ts';
import { Ago, Card, Empty, Failure, Loading, NeedsLevel, Until } from '../ui/parts.tsx';
import { EventKind, QueueName } from '../ui/queueparts.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { WhyChain } from '../ui/why.tsx';

const eventColumns: Column<RecipientEvent>[] = [
  { key: 'time', title: 'Time', by: (row) => row.time, cell: (row) => <span class="num nowrap">{dateTime(row.time)}</span> },
  { key: 'kind', title: 'Event', by: (row) => row.kind, cell: (row) => <EventKind kind={row.kind} /> },
  { key: 'recipient', title: 'Recipient', by: (row) => row.recipient, cell: (row) => <span class="two"><span>{row.recipient}</span><span class="dim">{row.sender && 'from ' + row.sender}</span></span> },
  { key: 'reply', title: 'Reply', fill: true, cell: (row) => <span class="reply">{row.reply || none}</span> },
  { key: 'queue', title: 'Queue, job', wide: true, by: (row) => row.queue, cell: (row) => <span class="two"><span>{row.queue ? <QueueName name={row.queue} /> : none}</span><span class="dim">{row.job}</span></span> },
  {
    key: 'host', title: 'Host', wide: true, by: (row) => row.host,
    cell: (row) => <span class="two"><span class="break">{row.host || none}</span><span class="dim">{row.hostAddress}{row.source && ' from ' + row.source}</span></span>,
  },
];

const limit = 200;

export function RecipientsPage(): JSX.Element {
  const now = useStore(session);
  const params = useStore(place).params;
  const [text, setText] = useState(params.get('address') ?? '');
  const [asked, setAsked] = useState(params.get('address') ?? '');
  const [turn, setTurn] = useState(0);
  const [answer, setAnswer] = useState<RecipientAnswer | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const may = atLeast(now?.level, 'operator');
  useEffect(() => {
    keep({ address: asked });
    setAnswer(null);
    setError(null);
    if (asked === '' || !may) return;
    const stop = new AbortController();
    setBusy(true);
    get<RecipientAnswer>('/recipients' + query({ address: asked, limit }), stop.signal)
      .then(setAnswer, (trouble: unknown) => {
        if (!stop.signal.aborted) setError(trouble instanceof ApiError ? trouble : new ApiError(0, 'Trouble', String(trouble)));
      })
      .finally(() => {
        if (!stop.signal.aborted) setBusy(false);
      });
    return () => stop.abort();
  }, [asked, turn, may]);
  return (
    <div class="page">
      <div class="bar">
        <h1>Recipients</h1>
        {may && (
          <form
            class="search" role="search"
            onSubmit={(event) => {
              event.preventDefault();
              setAsked(text.trim());
              setTurn(turn + 1);
            }}
          >
            <input
              class="filter" type="search" value={text} placeholder="someone@example.com, *@example.com" aria-label="Address of the recipient" data-filter data-testid="address" spellcheck={false} autocomplete="off"
              onInput={(event) => setText(event.currentTarget.value)}
            />
            <button type="submit" class="primary" data-testid="search">Search</button>
          </form>
        )}
      </div>
      {!may && <div class="card"><Empty title="Addresses of people need the operator level"><NeedsLevel what="Searching recipients" level="operator" /></Empty></div>}
      {may && asked === '' && <div class="card"><Empty title="Whose mail?">Type an address, or a part with stars. Mail that waits is found at once; what happened before, as far back as the server remembers.</Empty></div>}
      {error && <Failure error={error} retry={() => setTurn(turn + 1)} />}
      {busy && !answer && <Loading lines={6} />}
      {answer && <Answer answer={answer} />}
    </div>
  );
}

/** Blocks shown at first: an address may have hundreds of messages, which say the same. */
const firstBlocks = 10;

function Answer({ answer }: { answer: RecipientAnswer }): JSX.Element {
  const [all, setAll] = useState(false);
  const shown = all ? answer.waiting : answer.waiting.slice(0, firstBlocks);
  return (
    <>
      {!answer.complete && <p class="stale" role="status">There is more than is shown: narrow the address.</p>}
      <Card title="Waiting" id="waiting-card" aside={count(answer.waiting.length)}>
        {answer.waiting.length === 0 ? <Empty title="No mail waits for it" /> : <ul class="waiting">{shown.map((entry, i) => <Waiting key={i} entry={entry} />)}</ul>}
        {shown.length < answer.waiting.length && <button type="button" onClick={() => setAll(true)}>Show all {count(answer.waiting.length)}</button>}
      </Card>
      <Card title="Events" id="events-card" aside={count(answer.events.length)}>
        <Table
          rows={answer.events} columns={eventColumns} rowKey={(row) => String(row.id)} sort="time" label="Events of the recipient" id="events" stacked
          empty={<Empty title="Nothing is remembered of it">The accounting files reach further back than the server’s memory.</Empty>}
        />
      </Card>
    </>
  );
}

function Waiting({ entry }: { entry: WaitingRecipient }): JSX.Element {
  return (
    <li>
      <div class="row between"><strong>{entry.recipient}</strong><QueueName name={entry.queue} /></div>
      <dl class="facts">
        <dt>Sender</dt><dd>{entry.sender || '<>'}</dd>
        <dt>Accepted</dt><dd><Ago time={entry.accepted} /></dd>
        <dt>Attempts</dt><dd class="num">{count(entry.attempts)}</dd>
        <dt>Next try</dt><dd>{entry.nextTry ? <Until time={entry.nextTry} /> : none}</dd>
        {entry.job && <><dt>Job</dt><dd>{entry.job}</dd></>}
        {entry.envid && <><dt>Envelope id</dt><dd>{entry.envid}</dd></>}
        <dt>Last reply</dt><dd class="reply">{entry.lastReply || none}</dd>
      </dl>
      <WhyChain chain={entry.why ?? []} idle="Nothing holds it" />
    </li>
  );
}
