// Campaigns: how far each is and when it will end.

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { actOnce, operate } from '../core/actions.ts';
import { atLeast, session } from '../core/api.ts';
import { count, duration, millis, octets, percent, plural, rate, shortTime } from '../core/format.ts';
import { serverNow } from '../core/live.ts';
import { usePoll } from '../core/poll.ts';
import { address } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { Job, JobDetail, List } from '../core/types.ts';
import { ask } from '../ui/dialog.tsx';
import { Ago, Badge, Card, Empty, Failure, Figure, FilterBox, Loading, NeedsLevel, Progress, Stale, Until } from '../ui/parts.tsx';
import { SinceOpened } from '../ui/since.tsx';
import { type Column, Table } from '../ui/table.tsx';

/** What has left the queues for good, of all that was accepted. */
function doneShare(job: Job): number {
  const all = Math.max(job.accepted, job.delivered + job.bounced + job.recipients);
  return all > 0 ? (all - job.recipients) / all : 0;
}

const columns: Column<Job>[] = [
  { key: 'id', title: 'Job', fill: true, by: (row) => row.id, cell: (row) => <a href={address('jobs', row.id)}>{row.id}</a> },
  {
    key: 'progress', title: 'Done', by: doneShare,
    cell: (row) => <span class="progress-cell"><Progress share={doneShare(row)} label={`Job ${row.id}`} /><span class="num">{percent(doneShare(row))}</span></span>,
  },
  { key: 'recipients', title: 'Waiting', number: true, by: (row) => row.recipients, cell: (row) => count(row.recipients) },
  { key: 'delivered', title: 'Delivered', number: true, wide: true, by: (row) => row.delivered, cell: (row) => count(row.delivered) },
  { key: 'bounced', title: 'Bounced', number: true, wide: true, by: (row) => row.bounced, cell: (row) => count(row.bounced) },
  { key: 'perMinute', title: 'Per minute', number: true, wide: true, by: (row) => row.perMinute, cell: (row) => rate(row.perMinute) },
  { key: 'state', title: 'Ends', by: (row) => row.endsAt ?? '9', cell: (row) => <Ends job={row} /> },
  { key: 'first', title: 'Begun', wide: true, by: (row) => row.firstSeen, cell: (row) => <Ago time={row.firstSeen} /> },
];

function Ends({ job }: { job: Job }): JSX.Element {
  if (job.paused) return <Badge tone="warn">paused</Badge>;
  if (job.recipients === 0) return <Badge tone="ok">done</Badge>;
  return job.endsAt ? <Until time={job.endsAt} over="soon" /> : <span class="dim" title="Nothing has left it in the last ten minutes">not known</span>;
}

export function JobsPage(): JSX.Element {
  const [text, setText] = useState('');
  const { value, error, refresh } = usePoll<List<Job>>('/jobs?limit=500', 3_000);
  const filter = text.trim().toLowerCase();
  const rows = useMemo(() => (value?.items ?? []).filter((row) => row.id.toLowerCase().includes(filter)), [value, filter]);
  return (
    <div class="page">
      <div class="bar">
        <h1>Jobs</h1>
        <FilterBox value={text} onInput={setText} label="Filter jobs" />
        <span class="dim num total">{value && plural(value.total, 'job')}</span>
      </div>
      <Stale error={value ? error : null} />
      {error && !value ? <Failure error={error} retry={refresh} /> : !value ? <Loading lines={8} /> : (
        <div class="card">
          <Table
            rows={rows} columns={columns} rowKey={(row) => row.id} sort="recipients" label="Jobs" id="jobs" stacked
            empty={filter ? <Empty title="No job matches" /> : <Empty title="No jobs">Messages with a header <code>X-Job: NAME</code> are counted together here, where their source has <code>process-x-job yes</code>.</Empty>}
          />
        </div>
      )}
    </div>
  );
}

const destinationColumns: Column<JobDetail['destinations'][number]>[] = [
  { key: 'name', title: 'Destination', fill: true, by: (row) => row.name, cell: (row) => <a href={address('destinations', row.name)}>{row.name}</a> },
  { key: 'waiting', title: 'Waiting', number: true, by: (row) => row.waiting, cell: (row) => count(row.waiting) },
  { key: 'share', title: 'Of what waits', by: (row) => row.share, cell: (row) => <span class="progress-cell"><Progress share={row.share} label={row.name} /><span class="num">{percent(row.share)}</span></span> },
];

export function JobPage({ name }: { name: string }): JSX.Element {
  const now = useStore(session);
  const { value, error, refresh } = usePoll<JobDetail>('/jobs/' + encodeURIComponent(name), 2_000);
  const totals = useMemo(() => value && { delivered: value.delivered, deferred: value.deferrals, bounced: value.bounced, waiting: value.recipients }, [value]);
  return (
    <div class="page">
      <div class="bar">
        <h1><span class="crumb"><a href={address('jobs')}>Jobs</a> /</span> {name}</h1>
        {value && (value.endsAt || value.paused || value.recipients === 0) && <span>{!value.paused && value.recipients > 0 && 'ends '}<Ends job={value} /></span>}
      </div>
      {value && (
        <div class="bar sub">
          {atLeast(now?.level, 'operator')
            ? (
              <span class="actions" role="group" aria-label="Actions">
                <button type="button" class="small" data-testid="job-pause" onClick={() => void actOnce(`/jobs/${encodeURIComponent(name)}/${value.paused ? 'resume' : 'pause'}`, undefined, refresh)}>
                  {value.paused ? 'Resume' : 'Pause'}
                </button>
                <button type="button" class="small danger-quiet" data-testid="job-delete" disabled={value.recipients === 0} onClick={() => void remove(value, refresh)}>Delete …</button>
              </span>
            )
            : <NeedsLevel what="Changing jobs" level="operator" />}
        </div>
      )}
      {error && !value && <Failure error={error} retry={refresh} />}
      <Stale error={value ? error : null} />
      {!value && !error && <Loading lines={8} />}
      {value && (
        <>
          <Card title="Progress" id="progress-card" aside={percent(doneShare(value))}>
            <Progress share={doneShare(value)} label="Job done" />
            <p class="dim foot">{estimate(value)}</p>
          </Card>
          <div class="figures">
            <Figure name="Accepted" value={count(value.accepted)} note={octets(value.octets) + ' wait'} />
            <Figure name="Waiting" value={count(value.recipients)} />
            <Figure name="Delivered" value={count(value.delivered)} note={`${rate(value.perMinute)} a minute leave`} />
            <Figure name="Bounced" value={count(value.bounced)} note={value.accepted > 0 ? percent(value.bounced / value.accepted) : ' '} />
            <Figure name="Deferrals" value={count(value.deferrals)} note="attempts, not recipients" />
            <Figure name="Begun" value={<Ago time={value.firstSeen} />} note={<>last mail <Ago time={value.lastSeen} /></>} />
          </div>
          <Card title="Traffic" id="job-traffic"><SinceOpened now={totals} turn={value} about={'job ' + name} /></Card>
          <Card title="By destination" id="job-destinations-card" aside={count(value.destinations.length)}>
            <Table rows={value.destinations} columns={destinationColumns} rowKey={(row) => row.name} sort="waiting" label="What waits, by destination" id="job-destinations" empty={<Empty title="Nothing waits" />} />
          </Card>
        </>
      )}
    </div>
  );
}

function estimate(job: JobDetail): string {
  if (job.recipients === 0) return 'Nothing waits any more.';
  if (job.paused) return 'Paused: it ends when it is resumed and delivered.';
  const at = millis(job.endsAt);
  if (at === null) return 'Nothing has left it in the last ten minutes: there is no estimate.';
  const left = duration(Math.max(60, (at - serverNow()) / 1000));
  const until = shortTime(job.endsAt, serverNow()).slice(0, -3);
  return `At ${rate(job.perMinute)} a minute, the pace of the last ten minutes, the rest takes ${left}: until about ${until}.`;
}

async function remove(job: Job, after: () => void): Promise<void> {
  const yes = await ask({
    title: `Delete the mail of job ${job.id}?`, verb: `Delete ${plural(job.recipients, 'recipient')}`, danger: true,
    ...(job.recipients > 1000 ? { typed: job.id } : {}),
    body: <p>{plural(job.recipients, 'recipient')} that still wait will not be delivered. <strong>This cannot be undone.</strong></p>,
  });
  if (yes) await operate({ kind: 'delete', job: job.id, dsn: false, accounting: true }, after);
}
