// What /api/v1 answers. Times are RFC 3339 in UTC, durations seconds, sizes octets.

export type Level = 'none' | 'monitor' | 'operator' | 'admin';

export interface Session {
  level: Level;
  user: string;
  csrfToken: string;
  signIn: boolean;
  host: string;
  version: string;
  readLogs: boolean;
}

export interface Sample {
  time: string;
  accepted: number;
  delivered: number;
  deferred: number;
  bounced: number;
  queued: number;
  connectionsIn: number;
  connectionsOut: number;
}

export interface Counts {
  accepted: number;
  delivered: number;
  deferred: number;
  bounced: number;
}

export interface Attention {
  severity: 'alarm' | 'warning' | 'notice';
  kind: string;
  title: string;
  detail: string;
  since: string | null;
  link: { page: string; name: string } | null;
}

export interface Overview {
  host: string;
  version: string;
  started: string;
  now: string;
  ready: boolean;
  notReady: string;
  lastMinute: Counts;
  lastHour: Counts;
  total: Counts;
  queuedRecipients: number;
  queuedOctets: number;
  queues: number;
  connectionsIn: number;
  connectionsInMax: number;
  connectionsOut: number;
  connectionsOutMax: number;
  spool: { filesInUse: number; filesFree: number; octets: number; diskFree: number; diskTotal: number; minFreeSpace: number };
  timeToDeliver: { p50: number | null; p99: number | null };
  attention: Attention[];
}

export type SeriesName = keyof Counts | 'queued' | 'connectionsIn' | 'connectionsOut' | 'p50' | 'p99';

export interface History {
  step: number;
  start: string;
  series: Record<SeriesName, (number | null)[]>;
}

/** What one queue or destination did; null where nothing was sampled. */
export interface ThingHistory {
  step: number;
  start: string;
  series: Record<ThingSeries, (number | null)[]>;
}

export type ThingSeries = 'delivered' | 'deferred' | 'bounced' | 'queued' | 'connections';

export interface OpenConnection {
  queue: string;
  source: string;
  /** Address and name of the host. */
  remote: string;
  host: string;
  since: string;
  messages: number;
  /** Empty for plain text. */
  tls: string;
  state: string;
}

/** What both kinds of page show; absent or null where the server does not keep it. */
interface Seen {
  history?: ThingHistory | null;
  /** A hundred at most. */
  openConnections?: OpenConnection[] | null;
}

export interface List<T> {
  items: T[];
  total: number;
  next: string | null;
}

export interface QueueRow {
  name: string;
  domain: string;
  vmta: string;
  recipients: number;
  octets: number;
  connections: number;
  paused: boolean;
  heldRecipients: number;
  mode: 'normal' | 'backoff';
  modeReason: string;
  modeUntil: string | null;
  nextRetry: string | null;
  lastReply: string;
  lastReplyTime: string | null;
  waitReason: string;
  limit: string;
  perMinute: number;
}

export interface ReplyGroup {
  pattern: string;
  sample: string;
  kind: 'deferred' | 'bounced' | 'delivered';
  count: number;
  /** Null where the server does not remember it. */
  firstTime: string | null;
  lastTime: string;
}

export interface Why {
  text: string;
  /** Nothing goes before it ends; the others only slow the queue. */
  binding?: boolean;
  since: string | null;
  until: string | null;
  fix: string;
}

export interface Setting {
  name: string;
  value: string;
  origin: string;
  isDefault?: boolean;
}

export interface QueueSource {
  source: string;
  /** Null where the server does not count them by address. */
  connections: number | null;
  delivered: number;
  deferred: number;
  bounced: number;
  disabled: boolean;
  disabledUntil: string | null;
  disabledReason: string;
}

export interface QueueDetail extends QueueRow, Seen {
  events: { time: string; text: string }[];
  why: Why[];
  connectionsBySource: QueueSource[];
  settings: Setting[];
  replies: ReplyGroup[];
}

export interface DestinationRow {
  name: string;
  recipients: number;
  octets: number;
  queues: number;
  connections: number;
  paused: number;
  backoff: number;
  delivered: number;
  deferred: number;
  bounced: number;
  lastReply: string;
  lastReplyTime: string | null;
}

export interface DestinationSource {
  source: string;
  vmta: string;
  connections: number | null;
  delivered: number;
  deferred: number;
  bounced: number;
}

export interface DestinationDetail extends Omit<DestinationRow, 'queues'>, Seen {
  queueCount: number;
  /** The fullest fifty. */
  queues: QueueRow[];
  replies: ReplyGroup[];
  sources: DestinationSource[];
}

/** Of today, over the destinations used today. */
export interface WarmUp {
  used: number;
  limit: number;
  /** Destinations at their limit. */
  full: number;
  destinations: number;
}

export interface WarmUpDestination {
  destination: string;
  used: number;
  limit: number;
}

export interface Source {
  address: string;
  host: string;
  vmta: string;
  connections: number | null;
  delivered: number;
  deferred: number;
  bounced: number;
  bounceShare: number;
  deferralShare: number;
  state: 'active' | 'disabled' | 'partlyDisabled';
  disabledIn: number;
  disabledUntil: string | null;
  disabledReason: string;
  warmUp?: WarmUp | null;
}

export interface VirtualMta {
  name: string;
  pools: string[];
  recipients: number;
  octets: number;
  queues: number;
  connections: number;
  delivered: number;
  deferred: number;
  bounced: number;
  sources: Source[];
  /** Null where the virtual MTA is not cold. */
  warmUp?: WarmUp | null;
}

export interface VirtualMtaDetail extends Omit<VirtualMta, 'queues'> {
  /** The fullest first. */
  warmUpDestinations?: WarmUpDestination[] | null;
  queues: QueueRow[];
  settings: Setting[];
}

export interface Pool {
  name: string;
  members: { name: string; weight?: number | null }[];
  recipients: number;
  connections: number;
}

export interface Job {
  id: string;
  recipients: number;
  octets: number;
  accepted: number;
  delivered: number;
  bounced: number;
  deferrals: number;
  firstSeen: string | null;
  lastSeen: string | null;
  paused: boolean;
  perMinute: number;
  endsAt: string | null;
}

export interface JobDetail extends Job {
  destinations: { name: string; waiting: number; share: number }[];
}

export interface WaitingRecipient {
  queue: string;
  recipient: string;
  sender: string;
  job: string;
  envid: string;
  accepted: string | null;
  attempts: number;
  nextTry: string | null;
  lastReply: string;
  priority: number | string;
  why: (Why | string)[];
}

export interface RecipientEvent {
  id: string | number;
  time: string;
  kind: 'accepted' | 'delivered' | 'deferred' | 'bounced';
  recipient: string;
  sender: string;
  queue: string;
  job: string;
  source: string;
  host: string;
  hostAddress: string;
  reply: string;
}

export interface RecipientAnswer {
  waiting: WaitingRecipient[];
  events: RecipientEvent[];
  complete: boolean;
}

export interface Unclassified {
  pattern?: string;
  text?: string;
  count: number;
  lastTime: string | null;
  domains: string[];
}

export interface ConfigFile {
  name: string;
  octets: number;
  modified: string | null;
  included: boolean;
}

export interface ConfigFiles {
  main: string;
  files: ConfigFile[];
  version: number;
  loaded: string | null;
}

export interface ConfigContent {
  name: string;
  content: string;
  modified: string | null;
  /** Null where secrets are masked. */
  etag: string | null;
}

export interface Problem {
  file: string;
  line: number;
  column: number;
  severity: 'error' | 'warning' | 'note';
  message: string;
}

export interface CheckAnswer {
  problems: Problem[];
  ok: boolean;
  changes: { queue?: string; text: string }[];
}

export interface LogLine {
  sequence: number;
  time: string;
  level: 'debug' | 'info' | 'warning' | 'error';
  text: string;
}

/** A client that has failed to authenticate too often. */
export interface ShutOut {
  address: string;
  since: string | null;
  until: string | null;
  reason: string;
}

export interface Operation {
  id: number | string;
  kind: string;
  what: string;
  state: 'running' | 'done' | 'failed';
  done: number;
  total: number;
  begun: string;
  ended: string | null;
  message: string;
}

export interface Undo {
  method: string;
  path: string;
  body: unknown;
}

export interface ActionAnswer {
  message: string;
  undo: Undo | null;
}
