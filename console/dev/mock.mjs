// A server for work on the console: answers /api/v1 with made-up, lively figures. Not part of the product.
//
//   node dev/mock.mjs [--port 8090] [--queues 100000] [--level admin|operator|monitor|none]
//   node dev/mock.mjs --server http://127.0.0.1:8080     the files from here, the figures from a real server
//
// Signing in takes any user whose name is a level (monitor, operator, admin) with the password "secret". POST /mock/restart acts a restart: all streams
// break, requests are refused for five seconds, and the start time is new. GET /mock/trouble?on=1 lets every request fail with 500. GET /mock/end?level=none
// ends the session: who is here may do no more than that level.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handOn } from './hand-on.mjs';

const option = (name, otherwise) => (process.argv.includes('--' + name) ? process.argv[process.argv.indexOf('--' + name) + 1] : otherwise);
const port = Number(option('port', 8090));
const queueCount = Number(option('queues', 100_000));
const startLevel = option('level', 'admin');
const server = option('server', '');
const assets = resolve(dirname(fileURLToPath(import.meta.url)), '../../src/Godwit/Web/Assets');

// A sequence that is the same each time.
let seed = 42;
const random = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32);
const below = (n) => Math.floor(random() * n);
const pick = (items) => items[below(items.length)];

const vmtaNames = ['vmta-1', 'vmta-2', 'transactional', 'news-a', 'news-b', 'cold-1'];
const big = ['gmail.com', 'yahoo.com', 'outlook.com', 'bigmail.example', 'gmx.de', 'orange.fr', 'icloud.com', 'mail.ru', 'web.de', 'comcast.net'];
const replies = [
  '250 2.0.0 OK queued as 4F2A1', '421 4.7.0 [TSS04] Messages from 192.0.2.11 temporarily deferred due to unexpected volume', '452 4.2.2 The email account that you tried to reach is over quota',
  '550 5.1.1 User unknown', '451 4.7.1 Greylisting in action, please come back later', '', '',
];
const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');
let started = at(-93_000);
let down = 0;
let trouble = false;

const queues = [];
for (let i = 0; i < queueCount; i++) {
  const domain = i < big.length * vmtaNames.length ? big[Math.floor(i / vmtaNames.length)] : `${pick(['mail', 'corp', 'shop', 'blue', 'north', 'acme'])}${below(1e6)}.example`;
  const vmta = i < big.length * vmtaNames.length ? vmtaNames[i % vmtaNames.length] : pick(vmtaNames);
  const large = i < big.length * vmtaNames.length;
  const recipients = large ? below(60_000) : below(40);
  queues.push({
    name: `${domain}/${vmta}`, domain, vmta, recipients, octets: recipients * (8_000 + below(30_000)), connections: large ? below(20) : below(2),
    paused: random() < (large ? 0.05 : 0.002), heldRecipients: 0, mode: random() < (large ? 0.15 : 0.01) ? 'backoff' : 'normal', modeReason: '', modeUntil: null,
    nextRetry: null, lastReply: pick(replies), lastReplyTime: at(-below(7200)), waitReason: '', limit: '', perMinute: large ? below(2500) : below(10),
  });
  const q = queues[i];
  if (q.mode === 'backoff') Object.assign(q, { modeReason: 'reply matched "temporarily deferred"', modeUntil: at(600 + below(3000)), connections: 0 });
  if (q.connections === 0 && q.recipients > 0) Object.assign(q, { nextRetry: at(5 + below(3600)), waitReason: pick(['waits for its next attempt', 'all hosts refused connections']) });
  else if (large) q.limit = pick(['max-smtp-out 20', 'max-msg-rate 600/m', 'max-smtp-out 5 of vmta-2', '', 'max-connect-rate 10/s']);
}
if (queues[18]) queues[18].recipients = 1_234_567;

const warmUpDestinations = [['gmail.com', 50, 50], ['yahoo.com', 50, 50], ['outlook.com', 44, 50], ['gmx.de', 17, 50], ['orange.fr', 2, 50]].map(([destination, used, limit]) => ({ destination, used, limit }));
const warmUp = { used: 163, limit: 250, full: 2, destinations: 5 };
const sources = vmtaNames.flatMap((vmta, v) => Array.from({ length: v === 5 ? 1 : 3 }, (_, i) => {
  const disabled = vmta === 'news-b' && i === 0;
  return {
    address: `192.0.2.${10 + v * 10 + i}`, host: `${vmta}-${i}.example.com`, vmta, connections: below(40), delivered: below(900_000), deferred: below(90_000), bounced: below(12_000),
    bounceShare: [0.004, 0.02, 0.05, 0.11][(v + i) % 4], deferralShare: [0.06, 0.3, 0.56][(v + i) % 3], state: disabled ? 'disabled' : v === 3 && i === 1 ? 'partlyDisabled' : 'active',
    disabledIn: v === 3 && i === 1 ? 3 : 0, disabledUntil: disabled ? at(1400) : null, disabledReason: disabled ? 'reply matched "blocked using"' : '',
    warmUp: vmta === 'cold-1' ? warmUp : null,
  };
}));
const jobs = Array.from({ length: 12 }, (_, i) => ({
  id: i === 0 ? 'black-friday-2026' : `news-2026-11-${String(28 - i).padStart(2, '0')}`, recipients: i > 6 ? 0 : 300_000 - i * 40_000, octets: 4e9, accepted: 2_000_000 - i * 90_000, delivered: 1_600_000 - i * 50_000,
  bounced: 31_000, deferrals: 220_000, firstSeen: at(-3600 * (i + 2)), lastSeen: at(-60 * i), paused: i === 4, perMinute: i > 6 ? 0 : 12_000, endsAt: i > 6 || i === 2 ? null : at(1500 + i * 900),
}));
const operations = [];
const files = {
  '/etc/godwit/config': { content: Array.from({ length: 220 }, (_, i) => (i % 11 === 0 ? `<domain d${i}.example>` : i % 11 === 10 ? '</domain>' : `  # line ${i + 1}\n  max-smtp-out ${i}`.split('\n')[i % 2])).join('\n') + '\n', etag: '1' },
  '/etc/godwit/patterns.conf': { content: '<smtp-pattern-list common>\n  reply /temporarily deferred/ mode=backoff\n</smtp-pattern-list>\n', etag: '1' },
};
const history = { hour: [], day: [] };
let second = 0;
const wave = (t, base, swing, noise) => Math.max(0, Math.round(base + Math.sin(t / 400) * swing + (random() - 0.5) * noise));
const point = (t, n) => ({
  accepted: wave(t, 420, 160, 90) * n, delivered: wave(t - 30, 390, 140, 110) * n, deferred: wave(t, 42, 20, 26) * n, bounced: wave(t, 7, 3, 6) * n,
  queued: wave(t / 3, 1_900_000, 300_000, 8000), connectionsIn: wave(t, 38, 10, 8), connectionsOut: wave(t, 410, 80, 40), p50: 0.3 + random() * 0.2, p99: 8 + random() * 9,
});
for (let i = 0; i < 3600; i++) history.hour.push(i < 300 ? null : point(i, 1));
for (let i = 0; i < 1440; i++) history.day.push(point(i * 6, 60));
let sample = point(3600, 1);
const log = [];
let logSequence = 0;
const logLine = () => {
  const level = pick(['info', 'info', 'info', 'info', 'debug', 'warning', 'error']);
  const line = { sequence: ++logSequence, time: at(0), level, text: pick([
    `queue gmail.com/vmta-1: 421 4.7.0 from mx.gmail.example (198.51.100.7): backoff mode until ${at(900)}`, `smtp 192.0.2.7:41822: connected`, 'dkim: 1,204 messages signed in the last minute',
    `spool: segment 0012 sealed, 64 MiB, 3 ms`, 'accounting: acct.csv rotated', 'queue bigmail.example/news-a: all hosts refused connections; the next attempt is in 5 min',
  ]) };
  log.push(line);
  if (log.length > 5000) log.shift();
  return line;
};
for (let i = 0; i < 700; i++) logLine();

const sum = (name, n) => history.hour.slice(-n).reduce((total, p) => total + (p?.[name] ?? 0), 0);
const counts = (n) => ({ accepted: sum('accepted', n), delivered: sum('delivered', n), deferred: sum('deferred', n), bounced: sum('bounced', n) });
const overview = () => ({
  host: 'mx1.example', version: '0.1.0', started, now: at(0), ready: true, notReady: '', lastMinute: counts(60), lastHour: counts(3600), total: { accepted: 38_400_123, delivered: 36_210_400, deferred: 2_903_111, bounced: 503_998 },
  queuedRecipients: sample.queued, queuedOctets: sample.queued * 21_000, queues: queueCount, connectionsIn: sample.connectionsIn, connectionsInMax: 100, connectionsOut: sample.connectionsOut, connectionsOutMax: 1200,
  spool: { filesInUse: 812, filesFree: 64, octets: 54e9, diskFree: 61e9, diskTotal: 400e9, minFreeSpace: 2e9 }, timeToDeliver: { p50: sample.p50, p99: sample.p99 },
  attention: [
    { severity: 'alarm', kind: 'destinationBackingUp', title: 'bigmail.example is backing up', detail: '1,234,567 recipients wait; the newest error: 421 4.7.0 [TSS04] Messages from 192.0.2.11 temporarily deferred due to unexpected volume or user complaints', since: at(-5400), link: { page: 'destination', name: 'bigmail.example' } },
    { severity: 'alarm', kind: 'virtualMtaWithoutSource', title: 'news-b has no source address left', detail: 'All 3 are disabled; the first comes back in 23 min.', since: at(-700), link: { page: 'virtualMta', name: 'news-b' } },
    ...(shutOut.length > 0 ? [{ severity: 'warning', kind: 'clientShutOut', title: `${shutOut.length} client(s) shut out`, detail: 'They have failed to authenticate too often (smtp-max-auth-failure-rate).', since: shutOut[0].since, link: { page: 'config', name: '' } }] : []),
    { severity: 'warning', kind: 'certificateEnds', title: 'The certificate of 0.0.0.0:465 ends in 6 days', detail: '/etc/godwit/tls/mx1.pem, until 2026-12-04 11:00:00', since: null, link: { page: 'config', name: '' } },
    { severity: 'warning', kind: 'unclassifiedReplies', title: '312 replies are unclassified', detail: 'The most frequent: 554 5.7.1 Service unavailable; Client host blocked', since: at(-86_000), link: { page: 'unclassified', name: '' } },
    { severity: 'notice', kind: 'pausedQueues', title: '214 queues are paused', detail: 'The oldest for 3 days.', since: at(-260_000), link: null },
  ],
});
setInterval(() => {
  second++;
  sample = point(3600 + second, 1);
  history.hour.push(sample);
  history.hour.shift();
  for (let i = 0; i < 60; i++) queues[i].recipients = Math.max(0, queues[i].recipients + below(400) - 200);
  for (const op of operations) {
    if (op.state !== 'running') continue;
    op.done = Math.min(op.total, op.done + Math.max(100, Math.ceil(op.total / 6)));
    if (op.done >= op.total) Object.assign(op, { state: 'done', ended: at(0), message: `${op.done} recipients.` });
  }
  for (const job of jobs) if (job.recipients > 0 && !job.paused) Object.assign(job, { recipients: Math.max(0, job.recipients - 200), delivered: job.delivered + 190, bounced: job.bounced + 10 });
  for (const source of sources) source.delivered += below(40);
}, 1000).unref();

const streams = new Set();
setInterval(() => {
  for (const stream of streams) {
    if (stream.topics.has('sample')) send(stream, 'sample', { time: at(0), ...sample });
    if (stream.topics.has('overview') && second % 5 === 0) send(stream, 'overview', overview());
  }
}, 1000).unref();
setInterval(() => {
  const line = logLine();
  for (const stream of streams) if (stream.topics.has('log') && matches(line.text, stream.filter) && worse(line.level, stream.level)) send(stream, 'log', line);
}, 120).unref();
let id = 0;
const send = (stream, event, value) => stream.response.write(`id: ${++id}\nevent: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
const rank = { debug: 0, info: 1, warning: 2, error: 3 };
const worse = (level, least) => !least || rank[level] >= rank[least];
const matches = (text, q) => !q || new RegExp(q.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 'i').test(text);

let session = { level: startLevel, user: startLevel === 'monitor' || startLevel === 'none' ? '' : startLevel };
const ranks = { none: 0, monitor: 1, operator: 2, admin: 3 };
const sessionAnswer = () => ({ ...session, csrfToken: 'token-' + started, signIn: true, host: 'mx1.example', version: '0.1.0', readLogs: ranks[session.level] >= 1 });
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const list = (items, params, key) => {
  let found = items.filter((item) => matches(item[key] ?? '', params.get('q')));
  return { items: found.slice(0, Number(params.get('limit') ?? 100)), total: found.length, next: null };
};
let sorted = { key: '', rows: [] };
function queueList(p) {
  const key = [...p].filter(([name]) => name !== 'offset' && name !== 'limit').join();
  if (sorted.key !== key || Date.now() - sorted.time > 1500) {
    let rows = queues.filter((q) => matches(q.name, p.get('q')) && (!p.get('mode') || q.mode === p.get('mode')) && (!p.get('paused') || q.paused) && (!p.get('connected') || q.connections > 0) && (!p.get('waiting') || q.recipients > 0));
    const by = p.get('sort') ?? 'recipients';
    const sign = p.get('order') === 'desc' ? -1 : 1;
    rows.sort((a, b) => sign * (by === 'name' ? (a.name < b.name ? -1 : 1) : by === 'nextRetry' ? String(a.nextRetry ?? 'z').localeCompare(String(b.nextRetry ?? 'z')) : a[by] - b[by]));
    sorted = { key, rows, time: Date.now() };
  }
  const offset = Number(p.get('offset') ?? 0);
  return { items: sorted.rows.slice(offset, offset + Number(p.get('limit') ?? 100)), total: sorted.rows.length, next: null };
}
const groups = [
  { pattern: '421 4.7.0 [TSS04] Messages from * temporarily deferred *', sample: replies[1], kind: 'deferred', count: 48_211, firstTime: at(-9000), lastTime: at(-4) },
  { pattern: '250 2.0.0 OK queued as *', sample: replies[0], kind: 'delivered', count: 412_009, firstTime: at(-90_000), lastTime: at(-1) },
  { pattern: '550 5.1.1 User unknown', sample: replies[3], kind: 'bounced', count: 3_120, firstTime: at(-90_000), lastTime: at(-44) },
];
const settings = Array.from({ length: 40 }, (_, i) => ({ name: ['max-smtp-out', 'max-msg-rate', 'retry-after', 'bounce-after', 'use-starttls'][i % 5] + (i > 4 ? `-${i}` : ''), value: ['20', '600/m', '1m, 5m, 20m, 1h', '2d', 'yes'][i % 5], origin: pick(['default', '/etc/godwit/config:84, <domain *>', '/etc/godwit/config:112, <virtual-mta transactional> <domain $large>', 'provider google (etc/providers.conf)']) }));
for (const setting of settings) setting.isDefault = setting.origin === 'default';
/** What is kept of a queue or a destination: an hour of minutes, a day of ten minutes; of the fullest only. */
const thingHistory = (range, scale) => {
  const [step, points] = range === 'day' ? [600, 144] : [60, 60];
  const end = Math.floor(Date.now() / 1000 / step) * step;
  const line = (base, swing) => Array.from({ length: points }, (_, i) => (i < 3 ? null : Math.max(0, Math.round((base + Math.sin((end / step + i) / 9) * swing + random() * swing * 0.3) * scale))));
  const part = step / 60;
  return { step, start: new Date((end - (points - 1) * step) * 1000).toISOString(), series: { delivered: line(900 * part, 300 * part), deferred: line(90 * part, 60 * part), bounced: line(12 * part, 9 * part), queued: line(40_000, 9_000), connections: line(14, 5) } };
};
const openConnections = (n, queueOf) => Array.from({ length: Math.min(100, n) }, (_, i) => ({ queue: queueOf(i), source: sources[i % 3].address, remote: `198.51.100.${7 + (i % 5)}`, host: `mx${1 + (i % 5)}.${queueOf(i).split('/')[0]}`, since: at(-3 - i * 7), messages: i * 13 % 60, tls: i % 4 ? 'TLSv1.3' : '', state: ['sending', 'idle', 'connecting', 'sending'][i % 4] }));
let shutOut = ['203.0.113.7', '203.0.113.99', '2001:db8:7::/64'].map((address, i) => ({ address, since: at(-300 - i * 100), until: at(3300 - i * 100), reason: '5 failed authentications within an hour' }));
const why = (q) => [
  ...(q.paused ? [{ text: 'The queue is paused by an operator.', since: at(-4000), until: null, fix: `godwit resume queue ${q.name}` }] : []),
  ...(q.mode === 'backoff' ? [{ text: 'Backoff mode: the host said "temporarily deferred due to unexpected volume".', since: at(-700), until: q.modeUntil, fix: `godwit set queue --mode=normal ${q.name}` }] : []),
  { text: 'max-msg-rate 600/m binds: 600 messages were sent in the last minute.', since: at(-1200), until: at(12), fix: '' },
  ...(q.nextRetry ? [{ text: 'The next attempt is due by retry-after.', since: null, until: q.nextRetry, fix: `godwit schedule ${q.name}` }] : []),
];
const sourceRows = (vmta) => sources.filter((s) => s.vmta === vmta);
const find = (name) => queues.find((q) => q.name === name);
const event = (i, address) => ({ id: i, time: at(-i * 900), kind: ['accepted', 'deferred', 'deferred', 'delivered', 'bounced'][i % 5], recipient: address, sender: 'news@shop.example', queue: 'gmail.com/vmta-1', job: 'black-friday-2026', source: '192.0.2.10', host: 'gmail-smtp-in.l.google.example', hostAddress: '198.51.100.7', reply: replies[i % 5] });
const check = (name, content) => {
  const problems = [];
  content.split('\n').forEach((line, i) => {
    if (/\bbad\b/.test(line)) problems.push({ file: name, line: i + 1, column: line.indexOf('bad') + 1, severity: 'error', message: 'there is no directive "bad": did you mean "bounce-after"?' });
    if (i === 14) problems.push({ file: name, line: 15, column: 3, severity: 'warning', message: 'max-smtp-out 0 lets no connection open' });
  });
  return { problems, ok: !problems.some((p) => p.severity === 'error'), changes: content === files[name]?.content ? [] : [{ queue: 'gmail.com/vmta-1', text: 'max-smtp-out 20 → 40' }, { text: 'a virtual MTA is new: vmta-9' }] };
};

class Refusal extends Error {
  constructor(status, title, detail, more = {}) {
    super(detail);
    Object.assign(this, { status, title, more });
  }
}

function need(level) {
  if (ranks[session.level] < ranks[level]) throw new Refusal(session.level === 'none' ? 401 : 403, 'Forbidden', `This needs the ${level} level; you have ${session.level}. Sign in.`);
}

function answer(method, path, p, body) {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const route = `${method} /${parts[0]}`;
  if (route === 'POST /session') {
    if (body.password !== 'secret' || !(body.user in ranks)) throw new Refusal(401, 'Unauthorized', 'User or password is wrong.');
    session = { level: body.user, user: body.user };
    return sessionAnswer();
  }
  if (route === 'DELETE /session') return (session = { level: 'monitor', user: '' }), null;
  if (route === 'GET /session') return sessionAnswer();
  need('monitor');
  if (route === 'GET /overview') return overview();
  if (route === 'GET /history') {
    const points = history[p.get('range')] ?? history.hour;
    const step = p.get('range') === 'day' ? 60 : 1;
    return { step, start: at(-points.length * step), series: Object.fromEntries(Object.keys(sample).map((name) => [name, points.map((x) => x?.[name] ?? null)])) };
  }
  if (route === 'GET /queues') {
    if (parts.length === 1) return queueList(p);
    const q = find(parts[1] + '/' + parts[2]);
    if (!q) throw new Refusal(404, 'Not found', `There is no queue ${parts[1]}/${parts[2]} now.`);
    return { ...q, events: [...(q.paused ? [{ time: at(-400), text: 'paused by the operator' }] : []), { time: at(-700), text: 'backoff mode: reply matched "temporarily deferred"' }, { time: at(-9000), text: 'resumed by admin' }], why: why(q), connectionsBySource: sourceRows(q.vmta).map((s) => ({ ...s, source: s.address, disabled: s.state === 'disabled' })), settings, replies: groups, history: q.recipients > 1000 ? thingHistory(p.get('history'), q.recipients / 40_000) : null, openConnections: openConnections(q.connections, () => q.name) };
  }
  if (route === 'POST /queues') {
    need('operator');
    const q = find(parts[1] + '/' + parts[2]);
    if (!q) throw new Refusal(404, 'Not found', 'There is no such queue now.');
    const verbs = { pause: ['paused', true, 'resume'], resume: ['paused', false, 'pause'], backoff: ['mode', 'backoff', 'normal'], normal: ['mode', 'normal', 'backoff'] };
    const verb = verbs[parts[3]];
    if (verb) q[verb[0]] = verb[1];
    return { message: `Queue ${q.name}: ${parts[3]}.`, undo: verb ? { method: 'POST', path: `/api/v1/queues/${encodeURIComponent(q.domain)}/${encodeURIComponent(q.vmta)}/${verb[2]}`, body: null } : null };
  }
  if (route === 'GET /destinations') {
    const rows = [...big, ...Array.from({ length: 60 }, (_, i) => `corp${i}.example`)].map((name, i) => ({ name, recipients: i < 10 ? 200_000 - i * 17_000 : 400 - i, octets: 1e9 / (i + 1), queues: i < 10 ? 6 : 2, connections: i < 10 ? 60 - i : 1, paused: i === 4 ? 2 : 0, backoff: i === 3 ? 4 : i === 12 ? 1 : 0, delivered: 900_000 - i * 9000, deferred: 40_000 + i * 100, bounced: 9000 - i * 20, lastReply: replies[i % 5], lastReplyTime: at(-i * 3) }));
    if (parts.length === 1) return list(rows, p, 'name');
    const row = rows.find((r) => r.name === parts[1]);
    if (!row) throw new Refusal(404, 'Not found', `No mail waits for ${parts[1]}.`);
    return { ...row, delivered: row.delivered + second * 30, queueCount: row.queues, queues: queues.filter((q) => q.domain === row.name).slice(0, 50), replies: groups, sources: sources.slice(0, 5).map((s) => ({ ...s, source: s.address })), history: thingHistory(p.get('history'), row.recipients / 40_000), openConnections: openConnections(row.connections, (i) => `${row.name}/${vmtaNames[i % 6]}`) };
  }
  const vmtas = () => vmtaNames.map((name, i) => ({ name, pools: i < 2 ? ['pool-1'] : i > 2 ? ['news'] : [], recipients: 300_000 - i * 30_000, octets: 6e9, queues: 16_000 + i, connections: 70 - i * 9, delivered: 4_000_000, deferred: 210_000, bounced: 40_000, sources: sourceRows(name), warmUp: name === 'cold-1' ? warmUp : null }));
  if (route === 'GET /virtual-mtas') {
    if (parts.length === 1) return list(vmtas(), p, 'name');
    const row = vmtas().find((v) => v.name === parts[1]);
    if (!row) throw new Refusal(404, 'Not found', `There is no virtual MTA ${parts[1]}.`);
    return { ...row, queues: queues.filter((q) => q.vmta === row.name).slice(0, 50), settings, warmUpDestinations: row.warmUp ? warmUpDestinations : [] };
  }
  if (route === 'GET /pools') return { items: [{ name: 'pool-1', members: [{ name: 'vmta-1', weight: 3 }, { name: 'vmta-2' }], recipients: 500_000, connections: 130 }, { name: 'news', members: [{ name: 'news-a' }, { name: 'news-b' }, { name: 'cold-1' }], recipients: 240_000, connections: 88 }], total: 2, next: null };
  if (route === 'GET /sources') return list(sources, p, 'address');
  if (route === 'POST /sources') {
    need('operator');
    const off = parts[1] === 'disable';
    for (const s of sources) if (s.address === body.address) Object.assign(s, { state: off ? 'disabled' : 'active', disabledReason: off ? 'by an operator' : '' });
    return { message: `${body.address} is ${off ? 'disabled' : 'enabled'}.`, undo: { method: 'POST', path: `/api/v1/sources/${off ? 'enable' : 'disable'}`, body } };
  }
  if (route === 'GET /jobs') {
    if (parts.length === 1) return list(jobs, p, 'id');
    const job = jobs.find((j) => j.id === parts[1]);
    if (!job) throw new Refusal(404, 'Not found', `No job ${parts[1]} is known.`);
    return { ...job, destinations: big.map((name, i) => ({ name, waiting: Math.round(job.recipients / (i + 2.93)), share: 1 / (i + 2.93) })) };
  }
  if (route === 'POST /jobs') {
    need('operator');
    jobs.find((j) => j.id === parts[1]).paused = parts[2] === 'pause';
    return { message: `Job ${parts[1]} ${parts[2]}d.`, undo: { method: 'POST', path: `/api/v1/jobs/${parts[1]}/${parts[2] === 'pause' ? 'resume' : 'pause'}`, body: null } };
  }
  if (route === 'GET /recipients') {
    need('operator');
    const address = p.get('address');
    if (!address.includes('@') || address.startsWith('nobody')) return { waiting: [], events: [], complete: true };
    return { waiting: [{ queue: 'gmail.com/vmta-1', recipient: address, sender: 'news@shop.example', job: 'black-friday-2026', envid: 'abc-1', accepted: at(-4000), attempts: 3, nextTry: at(700), lastReply: replies[1], priority: 50, why: why(queues[0]) }], events: Array.from({ length: 9 }, (_, i) => event(i, address)), complete: true };
  }
  if (path === '/clients/disabled') return { items: shutOut, total: shutOut.length, next: null };
  if (route === 'POST /clients') {
    need('operator');
    shutOut = shutOut.filter((row) => row.address !== parts[1]);
    return { message: `1 client(s) enabled.`, undo: null };
  }
  if (route === 'GET /unclassified') return { items: Array.from({ length: 8 }, (_, i) => ({ pattern: `554 5.7.${i} Service unavailable; Client host [*] blocked using list ${i}`, count: 312 - i * 30, lastTime: at(-i * 500), domains: big.slice(0, i + 1) })), total: 8, next: null };
  if (parts[0] === 'config') {
    need('operator');
    if (method === 'GET' && parts[1] === 'files') return { main: '/etc/godwit/config', files: Object.entries(files).map(([name, f], i) => ({ name, octets: f.content.length, modified: at(-80_000), included: i > 0 })), version: 3, loaded: at(-80_000) };
    if (method === 'GET') return { name: p.get('name'), content: files[p.get('name')].content, modified: at(-80_000), etag: files[p.get('name')].etag };
    if (parts[1] === 'check') return check(body.name, body.content);
    need('admin');
    if (method === 'PUT') {
      const found = check(body.name, body.content);
      if (body.etag !== files[body.name].etag) throw new Refusal(412, 'Precondition Failed', 'The file has changed meanwhile.');
      if (!found.ok) throw new Refusal(422, 'Not saved', 'The checker finds errors.', { problems: found.problems });
      files[body.name] = { content: body.content, etag: String(Number(body.etag) + 1) };
      return { written: true, message: `${body.name} is written; the old one is ${body.name}.1. Reload to put it in force.`, problems: found.problems };
    }
    return { reloaded: true, version: 4, problems: [], remarks: ['2 queues have other settings.'] };
  }
  if (route === 'GET /logs') return { items: log.filter((l) => matches(l.text, p.get('filter')) && worse(l.level, p.get('level'))).slice(-Number(p.get('lines') ?? 500)), total: log.length, next: null };
  if (parts[0] === 'operations') {
    if (method === 'POST') {
      need('operator');
      const meant = (body.queues ?? [body.queue]).map((name) => find(name ?? '')).filter(Boolean);
      const named = body.queues?.length > 1 ? `${body.queues.length} queues` : body.queues?.[0] ?? body.queue ?? body.job;
      const total = meant.reduce((all, q) => all + q.recipients, 0) || 5000;
      const op = { id: operations.length + 1, kind: body.kind, what: `${body.kind} mail of ${named}${body.virtualMta ? ` to ${body.virtualMta}` : ''}`, state: 'running', done: 0, total, begun: at(0), ended: null, message: '' };
      operations.push(op);
      for (const q of meant) q.recipients = 0;
      return op;
    }
    const op = operations.find((o) => String(o.id) === parts[1]);
    if (method === 'DELETE') return Object.assign(op, { state: 'failed', message: 'Stopped.' });
    return parts[1] ? op : { items: operations, total: operations.length, next: null };
  }
  throw new Refusal(404, 'Not found', `There is nothing at ${path}.`);
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const path = url.pathname;
  if (server && /^\/(api|control)\b/.test(path)) return handOn(server, request, response);
  if (path === '/mock/restart') {
    started = at(0);
    down = Date.now() + 5000;
    for (const stream of streams) stream.response.destroy();
    response.end('ok\n');
    return;
  }
  if (path === '/mock/end') {
    session = { level: url.searchParams.get('level') ?? 'monitor', user: '' };
    for (const stream of streams) stream.response.destroy();
    response.end('ok\n');
    return;
  }
  if (path === '/mock/trouble') {
    trouble = url.searchParams.get('on') === '1';
    response.end('ok\n');
    return;
  }
  if (Date.now() < down) return void request.socket.destroy();
  if (path === '/api/v1/stream' || path.endsWith('/trace')) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    if (path.endsWith('/trace')) {
      const lines = [['note', 'connected to 198.51.100.7:25 from 192.0.2.10'], ['in', '220 mx.gmail.example ESMTP'], ['out', 'EHLO one.example.com'], ['in', '250-mx.gmail.example at your service'], ['in', '250 PIPELINING'], ['out', 'MAIL FROM:<news@shop.example>'], ['in', '250 2.1.0 OK'], ['out', 'RCPT TO:<someone@gmail.com>'], ['in', '452 4.2.2 over quota'], ['out', 'QUIT'], ['in', '221 2.0.0 closing connection']];
      let i = 0;
      const timer = setInterval(() => {
        if (i < lines.length) send({ response }, 'trace', { direction: lines[i][0], line: lines[i++][1] });
        else {
          send({ response }, 'end', { message: '' });
          clearInterval(timer);
        }
      }, 150);
      request.on('close', () => clearInterval(timer));
      return;
    }
    const stream = { response, topics: new Set((url.searchParams.get('topics') ?? 'sample,overview').split(',')), filter: url.searchParams.get('logFilter'), level: url.searchParams.get('logLevel') };
    streams.add(stream);
    response.write(': here\n\n');
    if (stream.topics.has('overview')) send(stream, 'overview', overview());
    request.on('close', () => streams.delete(stream));
    return;
  }
  if (path.startsWith('/api/v1/')) {
    let text = '';
    for await (const chunk of request) text += chunk;
    try {
      if (trouble && !path.endsWith('/session')) throw new Refusal(500, 'Internal error', 'The server met an error of its own; it is in the log.');
      const value = answer(request.method, path.slice('/api/v1'.length), url.searchParams, text ? JSON.parse(text) : {});
      response.writeHead(value === null ? 204 : 200, { 'Content-Type': 'application/json' });
      response.end(value === null ? undefined : JSON.stringify(value));
    } catch (error) {
      const status = error.status ?? 500;
      response.writeHead(status, { 'Content-Type': 'application/problem+json' });
      response.end(JSON.stringify({ type: 'about:blank', title: error.title ?? 'Error', status, detail: error.message, ...error.more }));
      if (!error.status) console.error(error);
    }
    return;
  }
  try {
    const name = path.startsWith('/ui/assets/') ? path.slice('/ui/assets/'.length) : 'index.html';
    const content = readFileSync(join(assets, name.replaceAll('/', '')));
    response.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': policy });
    response.end(content);
  } catch {
    response.writeHead(404);
    response.end();
  }
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/  ${queueCount} queues, level ${startLevel}`));
