// Where is this person's mail, and what became of it.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, atLeast, get, query, session } from '../core/api.ts';
import { count, dateTime, none } from '../core/format.ts';
import { overview } from '../core/live.ts';
import { address, keep, place } from '../core/router.ts';
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
  const search = (next: string): void => {
    setText(next);
    setAsked(next);
    setTurn(turn + 1);
  };
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
              search(text.trim());
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
      {may && asked === '' && (
        <div class="card">
          <Empty title="Whose mail?">
            Type an address, or a part with stars: <code>ann@example.com</code>, <code>*@example.com</code>. Mail that waits is found with why it waits;
            of a whole address also what happened since the start, among the last 100,000 events.
          </Empty>
        </div>
      )}
      {error && <Failure error={error} retry={() => setTurn(turn + 1)} />}
      {busy && !answer && <Loading lines={6} />}
      {answer && <Answer asked={asked} answer={answer} search={search} />}
    </div>
  );
}

/** Blocks shown at first: an address may have hundreds of messages, which say the same. */
const firstBlocks = 10;

function Answer({ asked, answer, search }: { asked: string; answer: RecipientAnswer; search: (address: string) => void }): JSX.Element {
  const [all, setAll] = useState(false);
  const shown = all ? answer.waiting : answer.waiting.slice(0, firstBlocks);
  const nothing = answer.waiting.length === 0 && answer.events.length === 0;
  if (nothing && isHalf(asked)) return <Half asked={asked} search={search} />;
  if (nothing) return <Nothing asked={asked} search={search} />;
  return (
    <>
      {isHalf(asked) && <Half asked={asked} search={search} />}
      {!answer.complete && <p class="stale" role="status">There is more than is shown: narrow the address.</p>}
      <Card title="Waiting" id="waiting-card" aside={count(answer.waiting.length)}>
        {answer.waiting.length === 0
          ? <Empty title="No mail waits for it" />
          : <ul class="waiting">{shown.map((entry, i) => <Waiting key={i} entry={entry} again={shown[i - 1]?.queue === entry.queue} />)}</ul>}
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

const stars = /[*?]/;

/** Neither an address nor a pattern: it can only be part of one. */
function isHalf(asked: string): boolean {
  return !asked.includes('@') && !stars.test(asked);
}

/** What a part of an address could have meant: the name before the @, the domain behind it. */
function Half({ asked, search }: { asked: string; search: (address: string) => void }): JSX.Element {
  const meant = asked.includes('.') ? ['*@' + asked, asked + '@*'] : [asked + '@*', '*@*' + asked + '*'];
  return (
    <div class="card" data-testid="half">
      <Empty title={`“${asked}” is no whole address`}>
        Did you mean {meant.map((each, i) => <>{i > 0 && ' or '}<button key={each} type="button" class="link" onClick={() => search(each)}>{each}</button></>)}?
      </Empty>
    </div>
  );
}

/** What was looked through, so that "nothing" means something; and where to look on. */
function Nothing({ asked, search }: { asked: string; search: (address: string) => void }): JSX.Element {
  const started = useStore(overview)?.started;
  const domain = asked.slice(asked.lastIndexOf('@') + 1);
  const pattern = stars.test(asked);
  return (
    <div class="card" data-testid="nothing-found">
      <Empty title={`No mail waits for ${asked}${pattern ? '' : ', and nothing is remembered of it'}`}>
        {pattern
          ? 'All mail that waits was looked through. What happened before is remembered for whole addresses only: search for one.'
          : (
            <>
              All mail that waits was looked through, and what happened to recipients since the start{started && <> ({dateTime(started)})</>},
              the last 100,000 events at most.
            </>
          )}
      </Empty>
      <ul class="hints">
        {!pattern && <li>Earlier mail stands in the accounting files: <code>grep -i '{asked}' acct.csv</code>.</li>}
        {!pattern && domain !== '' && (
          <li>Mail that waits for others of the domain: <button type="button" class="link" onClick={() => search('*@' + domain)}>*@{domain}</button>.</li>
        )}
        {domain !== '' && !stars.test(domain) && <li><a href={address('queues', '', { q: domain })}>Queues of {domain}</a>, if there are any.</li>}
        <li>A star stands for anything: <code>ann*@example.com</code>, <code>*@*.example</code>.</li>
      </ul>
    </div>
  );
}

/** @param again whether the one above waits in the same queue, and so for the same reason */
function Waiting({ entry, again }: { entry: WaitingRecipient; again: boolean }): JSX.Element {
  // A time in its plan means nothing where the queue is paused, say.
  const stopped = entry.why?.some((each) => typeof each !== 'string' && each.binding === true && each.until === null);
  return (
    <li>
      <div class="row between"><strong>{entry.recipient}</strong><QueueName name={entry.queue} /></div>
      <dl class="facts">
        <dt>Sender</dt><dd>{entry.sender || '<>'}</dd>
        <dt>Accepted</dt><dd><Ago time={entry.accepted} /></dd>
        <dt>Attempts</dt><dd class="num">{count(entry.attempts)}</dd>
        <dt>Next try</dt><dd>{stopped ? 'when what stops it has ended' : entry.nextTry ? <Until time={entry.nextTry} /> : none}</dd>
        {entry.job && <><dt>Job</dt><dd>{entry.job}</dd></>}
        {entry.envid && <><dt>Envelope id</dt><dd>{entry.envid}</dd></>}
        <dt>Last reply</dt><dd class="reply">{entry.lastReply || none}</dd>
      </dl>
      {again ? <p class="dim">It waits for the same reason as the one above.</p> : <WhyChain chain={entry.why ?? []} idle="Nothing holds it" />}
    </li>
  );
}
