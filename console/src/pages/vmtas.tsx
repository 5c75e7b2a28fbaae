// Virtual MTAs with their source addresses, and pools.

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { actOnce } from '../core/actions.ts';
import { atLeast, session } from '../core/api.ts';
import { count, none, octets, percent, plural } from '../core/format.ts';
import { usePoll } from '../core/poll.ts';
import { address } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { List, Pool, Source, VirtualMta, VirtualMtaDetail, WarmUp, WarmUpDestination } from '../core/types.ts';
import { Badge, Card, Empty, Failure, Figure, FilterBox, Loading, NeedsLevel, Progress, Stale, Until } from '../ui/parts.tsx';
import { anyAddress, queueColumns, Settings } from '../ui/queueparts.tsx';
import { type Column, Table } from '../ui/table.tsx';

/** A share of bounces that providers take ill, and one that they act upon. */
const bounceMarks = { warn: 0.03, bad: 0.08 };

/** Deferrals are part of a warm-up; half of all attempts is not. */
const deferralMarks = { warn: 0.25, bad: 0.5 };

function Share({ value, marks }: { value: number; marks: { warn: number; bad: number } }): JSX.Element {
  const tone = value >= marks.bad ? 'bad' : value >= marks.warn ? 'warn' : '';
  return <span class={'text-' + tone}>{percent(value)}</span>;
}

const connections: Column<Source> = { key: 'connections', title: 'Conn.', number: true, by: (row) => row.connections, cell: (row) => count(row.connections) };

/** What the rows have at all: whether connections are counted by address, and whether anything warms up. */
interface Known {
  counted: boolean;
  warm: boolean;
}

function known(rows: Source[] | undefined): Known {
  return { counted: !!rows?.some((row) => typeof row.connections === 'number'), warm: !!rows?.some((row) => row.warmUp) };
}

function sourceColumns(may: boolean, after: () => void, withVmta: boolean, { counted, warm }: Known): Column<Source>[] {
  const columns: Column<Source>[] = [
    {
      key: 'address', title: 'Source address', fill: true, by: (row) => row.address,
      cell: (row) => <span class="two"><span>{row.address || anyAddress}</span><span class="dim">{row.host}</span></span>,
    },
    ...(counted ? [connections] : []),
    { key: 'delivered', title: 'Delivered', number: true, by: (row) => row.delivered, cell: (row) => count(row.delivered) },
    { key: 'deferral', title: 'Deferred', number: true, by: (row) => row.deferralShare, cell: (row) => <Share value={row.deferralShare} marks={deferralMarks} /> },
    { key: 'bounce', title: 'Bounced', number: true, by: (row) => row.bounceShare, cell: (row) => <Share value={row.bounceShare} marks={bounceMarks} /> },
    { key: 'state', title: 'State', by: (row) => row.state, cell: (row) => <SourceState row={row} /> },
  ];
  if (warm) {
    columns.push({ key: 'warm', title: 'Warm-up', by: (row) => shareOf(row.warmUp), cell: (row) => <WarmUpCell name={row.address} warmUp={row.warmUp} /> });
  }
  if (withVmta) columns.splice(1, 0, { key: 'vmta', title: 'Virtual MTA', by: (row) => row.vmta, cell: (row) => <a href={address('virtual-mtas', row.vmta)}>{row.vmta}</a> });
  if (may) {
    columns.push({
      key: 'act', title: 'Action',
      cell: (row) => row.address !== '' && (
        <button
          type="button" class="small" aria-label={`${row.state === 'active' ? 'Disable' : 'Enable'} ${row.address}`}
          onClick={() => void actOnce(`/sources/${row.state === 'active' ? 'disable' : 'enable'}`, { address: row.address, queue: `*/${row.vmta}`, reenableAfter: null }, after)}
        >
          {row.state === 'active' ? 'Disable' : 'Enable'}
        </button>
      ),
    });
  }
  return columns;
}

function SourceState({ row }: { row: Source }): JSX.Element {
  if (row.state === 'active') return <Badge tone="ok">active</Badge>;
  return (
    <span class="two">
      <span><Badge tone={row.state === 'disabled' ? 'bad' : 'warn'} title={row.disabledReason}>{row.state === 'disabled' ? 'disabled' : `disabled in ${count(row.disabledIn)}`}</Badge></span>
      <span class="dim cut" title={row.disabledReason}>{row.disabledUntil ? <Until time={row.disabledUntil} /> : row.disabledReason}</span>
    </span>
  );
}

function shareOf(warmUp: WarmUp | null | undefined): number {
  return warmUp && warmUp.limit > 0 ? warmUp.used / warmUp.limit : 0;
}

function WarmUpCell({ name, warmUp }: { name: string; warmUp: WarmUp | null | undefined }): JSX.Element {
  if (!warmUp) return <span class="dim">{none}</span>;
  return (
    <span class="two warm">
      <Progress share={shareOf(warmUp)} label={`Warm-up of ${name}`} />
      <span class="dim num">{count(warmUp.used)} of {count(warmUp.limit)}{warmUp.full > 0 && `, ${count(warmUp.full)} full`}</span>
    </span>
  );
}

const beyond = 'What comes beyond it leaves through the warm virtual MTAs, until midnight where the server is';

const warmUpColumns: Column<WarmUpDestination>[] = [
  {
    key: 'destination', title: 'Destination', fill: true, by: (row) => row.destination,
    cell: (row) => <a href={address('destinations', row.destination)}>{row.destination}</a>,
  },
  { key: 'used', title: 'Today', number: true, by: (row) => row.used, cell: (row) => count(row.used) },
  { key: 'limit', title: 'Limit', number: true, wide: true, by: (row) => row.limit, cell: (row) => count(row.limit) },
  {
    key: 'share', title: 'Used', by: (row) => (row.limit > 0 ? row.used / row.limit : 1),
    cell: (row) => (
      <span class="progress-cell">
        <Progress share={row.limit > 0 ? row.used / row.limit : 1} label={row.destination} />
        {row.used >= row.limit ? <Badge tone="warn" title={beyond}>full</Badge> : <span class="num">{percent(row.used / row.limit)}</span>}
      </span>
    ),
  },
];

/** How far the day of a cold virtual MTA has come. */
function WarmUpCard({ name, warmUp, destinations }: { name: string; warmUp: WarmUp; destinations: WarmUpDestination[] }): JSX.Element {
  const left = Math.max(0, warmUp.limit - warmUp.used);
  const full = `${warmUp.full === 0 ? 'none' : count(warmUp.full)} at ${warmUp.full === 1 ? 'its' : 'their'} limit`;
  return (
    <Card title="Warm-up today" id="warm-up-card" aside={<span class="num">{count(warmUp.used)} of {count(warmUp.limit)} messages</span>}>
      <Progress share={shareOf(warmUp)} label={`Warm-up of ${name}`} />
      <p class="dim foot" data-testid="warm-up">
        {warmUp.destinations === 0
          ? 'No destination has been used today.'
          : `${plural(warmUp.destinations, 'destination')} used today, ${full}; ${plural(left, 'message')} may still leave for them.`}
      </p>
      {destinations.length > 0 && (
        <Table
          rows={destinations} columns={warmUpColumns} rowKey={(row) => row.destination} sort="share" label="Warm-up by destination" id="warm-up-destinations"
        />
      )}
      {destinations.length < warmUp.destinations && <p class="dim foot">The fullest {count(destinations.length)} of {count(warmUp.destinations)}.</p>}
    </Card>
  );
}

const poolColumns: Column<Pool>[] = [
  { key: 'name', title: 'Pool', by: (row) => row.name, cell: (row) => <strong>{row.name}</strong> },
  {
    key: 'members', title: 'Members', fill: true, by: (row) => row.members.length,
    cell: (row) => (
      <span class="chips">
        {row.members.map((member) => <a key={member.name} class="chip" href={address('virtual-mtas', member.name)}>{member.name}{member.weight && member.weight !== 1 ? ` ×${member.weight}` : ''}</a>)}
      </span>
    ),
  },
  { key: 'recipients', title: 'Waiting', number: true, by: (row) => row.recipients, cell: (row) => count(row.recipients) },
  { key: 'connections', title: 'Conn.', number: true, by: (row) => row.connections, cell: (row) => count(row.connections) },
];

const vmtaColumns: Column<VirtualMta>[] = [
  { key: 'name', title: 'Virtual MTA', by: (row) => row.name, fill: true, cell: (row) => <a href={address('virtual-mtas', row.name)}>{row.name}</a> },
  { key: 'pools', title: 'Pools', wide: true, by: (row) => row.pools.join(), cell: (row) => <span class="dim">{row.pools.join(', ') || none}</span> },
  {
    key: 'state', title: 'Sources', by: (row) => row.sources.filter((source) => source.state !== 'active').length,
    cell: (row) => {
      const off = row.sources.filter((source) => source.state === 'disabled').length;
      return off === 0 ? <span class="num">{count(row.sources.length)}</span> : <Badge tone={off === row.sources.length ? 'bad' : 'warn'}>{off} of {row.sources.length} disabled</Badge>;
    },
  },
  { key: 'recipients', title: 'Waiting', number: true, by: (row) => row.recipients, cell: (row) => count(row.recipients) },
  { key: 'connections', title: 'Conn.', number: true, by: (row) => row.connections, cell: (row) => count(row.connections) },
  { key: 'delivered', title: 'Delivered', number: true, wide: true, by: (row) => row.delivered, cell: (row) => count(row.delivered) },
  { key: 'deferred', title: 'Deferred', number: true, wide: true, by: (row) => row.deferred, cell: (row) => count(row.deferred) },
  { key: 'bounced', title: 'Bounced', number: true, wide: true, by: (row) => row.bounced, cell: (row) => count(row.bounced) },
];

const mostShown = 1000;

export function VirtualMtasPage(): JSX.Element {
  const [text, setText] = useState('');
  const now = useStore(session);
  const vmtas = usePoll<List<VirtualMta>>(`/virtual-mtas?limit=${mostShown}`, 3_000);
  const pools = usePoll<List<Pool>>(`/pools?limit=${mostShown}`, 5_000);
  const sources = usePoll<List<Source>>(`/sources?limit=${mostShown}`, 3_000);
  const may = atLeast(now?.level, 'operator');
  const filter = text.trim().toLowerCase();
  const { counted, warm } = known(sources.value?.items);
  const columns = useMemo(() => sourceColumns(may, sources.refresh, true, { counted, warm }), [may, sources.refresh, counted, warm]);
  const of = <T,>(list: List<T> | null, words: (row: T) => string): T[] => (list?.items ?? []).filter((row) => words(row).toLowerCase().includes(filter));
  const failure = vmtas.error && !vmtas.value ? vmtas.error : null;
  return (
    <div class="page">
      <div class="bar">
        <h1>Virtual MTAs</h1>
        <FilterBox value={text} onInput={setText} label="Filter virtual MTAs and addresses" placeholder="Filter: name or address" />
      </div>
      <Stale error={vmtas.value ? vmtas.error : null} />
      {failure ? <Failure error={failure} retry={vmtas.refresh} /> : !vmtas.value ? <Loading lines={10} /> : (
        <>
          <Card title="Virtual MTAs" id="vmtas-card" aside={count(vmtas.value.total)}>
            <Table
              rows={of(vmtas.value, (row) => row.name + ' ' + row.pools.join(' '))} columns={vmtaColumns} rowKey={(row) => row.name} sort="recipients" label="Virtual MTAs" id="virtual-mtas"
              empty={<Empty title="None matches" />}
            />
          </Card>
          <Card title="Source addresses" id="sources-card" aside={sources.value && count(sources.value.total)}>
            {sources.value
              ? (
                <Table
                  rows={of(sources.value, (row) => `${row.address} ${row.host} ${row.vmta}`)} columns={columns} rowKey={(row) => row.vmta + row.address + row.host} sort="delivered"
                  label="Source addresses" id="sources" stacked empty={<Empty title="No source address">Give one with <code>smtp-source-host ADDRESS NAME</code> in a virtual MTA.</Empty>}
                />
              )
              : <Loading />}
            {!may && <p class="foot"><NeedsLevel what="Disabling and enabling addresses" level="operator" /></p>}
          </Card>
          <Card title="Pools" id="pools-card" aside={pools.value && count(pools.value.total)}>
            <Table
              rows={of(pools.value, (row) => row.name + ' ' + row.members.map((member) => member.name).join(' '))} columns={poolColumns} rowKey={(row) => row.name} sort="name" descending={false}
              label="Pools" id="pools" empty={<Empty title="No pools">A pool uses several virtual MTAs in turn: <code>&lt;virtual-mta-pool NAME&gt;</code>.</Empty>}
            />
          </Card>
        </>
      )}
    </div>
  );
}

export function VirtualMtaPage({ name }: { name: string }): JSX.Element {
  const now = useStore(session);
  const may = atLeast(now?.level, 'operator');
  const { value, error, refresh } = usePoll<VirtualMtaDetail>('/virtual-mtas/' + encodeURIComponent(name), 2_000);
  // Its own card tells how it warms up.
  const { counted } = known(value?.sources);
  const columns = useMemo(() => sourceColumns(may, refresh, false, { counted, warm: false }), [may, refresh, counted]);
  const tried = value ? value.delivered + value.deferred + value.bounced : 0;
  return (
    <div class="page">
      <div class="bar"><h1><span class="crumb"><a href={address('virtual-mtas')}>Virtual MTAs</a> /</span> {name}</h1></div>
      {error && !value && <Failure error={error} retry={refresh} />}
      <Stale error={value ? error : null} />
      {!value && !error && <Loading lines={8} />}
      {value && (
        <>
          <div class="figures">
            <Figure name="Recipients waiting" value={count(value.recipients)} note={octets(value.octets)} />
            <Figure name="Connections" value={count(value.connections)} note={value.pools.length > 0 ? 'pools: ' + value.pools.join(', ') : 'in no pool'} />
            <Figure name="Delivered" value={count(value.delivered)} note="since the start" />
            <Figure name="Deferred" value={tried > 0 ? percent(value.deferred / tried) : none} note={count(value.deferred)} />
            <Figure name="Bounced" value={tried > 0 ? percent(value.bounced / tried) : none} note={count(value.bounced)} />
          </div>
          {value.warmUp && <WarmUpCard name={name} warmUp={value.warmUp} destinations={value.warmUpDestinations ?? []} />}
          <Card title="Source addresses" id="sources-card" aside={count(value.sources.length)}>
            <Table rows={value.sources} columns={columns} rowKey={(row) => row.address + row.host} sort="delivered" label="Source addresses" id="sources" stacked empty={<Empty title="No source address" />} />
            {!may && <p class="foot"><NeedsLevel what="Disabling and enabling addresses" level="operator" /></p>}
          </Card>
          <Card title="Fullest queues" id="queues-card" aside={<a href={address('queues', '', { q: '*/' + name })}>all</a>}>
            <Table rows={value.queues} columns={queueColumns} rowKey={(row) => row.name} sort="recipients" label="Fullest queues" id="vmta-queues" empty={<Empty title="No queue now" />} />
          </Card>
          <Settings items={value.settings} />
        </>
      )}
    </div>
  );
}
