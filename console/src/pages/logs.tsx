// The log as it is written.

import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ApiError, get, query, session } from '../core/api.ts';
import { count, dateTime } from '../core/format.ts';
import { usePageKeys } from '../core/keys.ts';
import { followLog } from '../core/live.ts';
import { keep, place } from '../core/router.ts';
import { useStore } from '../core/store.ts';
import type { List, LogLine } from '../core/types.ts';
import { Empty, Failure, FilterBox, Loading, NeedsLevel, useDelayed } from '../ui/parts.tsx';

/** Lines kept on the page. */
const mostLines = 2_000;

/** A busy server writes hundreds of lines a second: they are drawn together. */
const drawEveryMs = 150;

const levels = [
  { level: '', title: 'All levels' }, { level: 'info', title: 'Info and worse' }, { level: 'warning', title: 'Warnings and errors' }, { level: 'error', title: 'Errors' },
];

export function LogsPage(): JSX.Element {
  const now = useStore(session);
  const params = useStore(place).params;
  const [text, setText] = useState(params.get('filter') ?? '');
  const [level, setLevel] = useState(params.get('level') ?? '');
  const [following, setFollowing] = useState(true);
  const filter = useDelayed(text.trim(), 300);
  const may = now?.readLogs ?? false;
  useEffect(() => keep({ filter, level }), [filter, level]);
  usePageKeys([{ key: 'p', does: following ? 'hold the log' : 'follow the log', run: () => setFollowing(!following) }], [following]);
  return (
    <div class="page full">
      <div class="bar">
        <h1>Logs</h1>
        {may && (
          <>
            <FilterBox value={text} onInput={setText} label="Filter the log" placeholder="Filter: lines with these words" />
            <select value={level} aria-label="Levels" data-testid="log-level" onChange={(event) => setLevel(event.currentTarget.value)}>
              {levels.map((entry) => <option key={entry.level} value={entry.level}>{entry.title}</option>)}
            </select>
            <button type="button" class="small" aria-pressed={following} data-testid="follow" onClick={() => setFollowing(!following)}>{following ? 'Hold' : 'Follow'}</button>
          </>
        )}
      </div>
      {may
        ? <Lines filter={filter} level={level} following={following} setFollowing={setFollowing} />
        : <div class="card"><Empty title="You may not read the log">{now?.signIn ? <NeedsLevel what="Reading the log" level="operator" /> : 'The configuration keeps it from this level.'}</Empty></div>}
    </div>
  );
}

function Lines({ filter, level, following, setFollowing }: { filter: string; level: string; following: boolean; setFollowing: (on: boolean) => void }): JSX.Element {
  const [lines, setLines] = useState<LogLine[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [live, setLive] = useState(true);
  const [held, setHeld] = useState(0);
  const [turn, setTurn] = useState(0);
  const waiting = useRef<LogLine[]>([]);
  const hold = useRef(false);
  hold.current = !following;
  const box = useRef<HTMLDivElement>(null);
  const own = useRef(false);

  useEffect(() => {
    const stop = new AbortController();
    let draw: ReturnType<typeof setTimeout> | undefined;
    let answered = false;
    waiting.current = [];
    setLines(null);
    setError(null);
    setHeld(0);
    const drain = (): void => {
      draw = undefined;
      const more = waiting.current;
      if (hold.current) {
        setHeld(more.length);
        return;
      }
      waiting.current = [];
      setHeld(0);
      setLines((before) => joined(before ?? [], more));
    };
    const ask = (): void => {
      get<List<LogLine>>('/logs' + query({ lines: 500, filter, level }), stop.signal).then(
        (answer) => {
          answered = true;
          setLines((before) => merged(before ?? [], answer.items));
        },
        (trouble: unknown) => {
          if (!stop.signal.aborted && !answered) setError(trouble instanceof ApiError ? trouble : new ApiError(0, 'Trouble', String(trouble)));
        },
      );
    };
    const unfollow = followLog(filter, level, (line) => {
      waiting.current.push(line);
      if (waiting.current.length > mostLines) waiting.current.shift();
      draw ??= setTimeout(drain, drawEveryMs);
    }, (open) => {
      setLive(open);
      // What was written before the stream was there, or while it had broken off.
      if (open && !hold.current) ask();
    });
    ask();
    return () => {
      stop.abort();
      clearTimeout(draw);
      unfollow();
    };
  }, [filter, level, turn]);

  useEffect(() => {
    if (!following) return;
    const more = waiting.current;
    waiting.current = [];
    setHeld(0);
    if (more.length > 0) setLines((before) => joined(before ?? [], more));
  }, [following]);

  useLayoutEffect(() => {
    if (!following || !box.current) return;
    own.current = true;
    box.current.scrollTop = box.current.scrollHeight;
  }, [lines, following]);

  // The page's layout may settle, and a window may shrink, behind that: the newest line stays in sight.
  useEffect(() => {
    const element = box.current;
    if (!following || !element) return;
    const observer = new ResizeObserver(() => {
      if (element.scrollHeight - element.scrollTop - element.clientHeight < 1) return;
      own.current = true;
      element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [following, lines === null]);

  if (error) return <Failure error={error} retry={() => setTurn(turn + 1)} />;
  if (!lines) return <Loading lines={14} />;
  return (
    <>
      <div class="log-state dim" role="status" data-testid="log-state">
        {!live ? 'The live log has broken off; trying again …' : following ? `Following. ${count(lines.length)} lines.` : `Held. ${count(held)} new ${held === 1 ? 'line waits' : 'lines wait'}.`}
      </div>
      <div
        ref={box} class="log" role="log" aria-live="off" tabIndex={0} aria-label="Log" data-testid="log"
        onScroll={(event) => {
          const element = event.currentTarget;
          const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
          // Our own scrolling to the end is no wish of the reader.
          if (own.current) own.current = false;
          else if (following && !atEnd) setFollowing(false);
          else if (!following && atEnd && held === 0) setFollowing(true);
        }}
      >
        {lines.length === 0 && (
          <Empty title="No line matches">
            The newest 2,000 lines of the server were looked through; older ones stand in its log file. New lines appear as they are written.
          </Empty>
        )}
        {lines.map((line) => (
          <div key={line.sequence} class={'log-line ' + line.level}>
            <span class="dim num">{dateTime(line.time)}</span>
            <span class="log-level">{line.level}</span>
            <span class="log-text">{line.text}</span>
          </div>
        ))}
      </div>
    </>
  );
}

/** The same where the newer ones may fill gaps of those that are there. */
function merged(before: LogLine[], asked: LogLine[]): LogLine[] {
  if (asked.length === 0) return before;
  if (asked.at(-1)!.sequence < (before.at(-1)?.sequence ?? -1) - mostLines) return asked;
  const known = new Set(before.map((line) => line.sequence));
  const more = asked.filter((line) => !known.has(line.sequence));
  return more.length === 0 ? before : [...before, ...more].sort((a, b) => a.sequence - b.sequence).slice(-mostLines);
}

/** In order, each once: what was asked for and what the stream brought overlap. */
function joined(before: LogLine[], more: LogLine[]): LogLine[] {
  const newest = before.at(-1)?.sequence ?? -1;
  // A restarted server counts from the beginning again.
  const restarted = more.length > 0 && more[0]!.sequence < newest - mostLines;
  const added = restarted ? more : more.filter((line) => line.sequence > newest);
  return added.length === 0 ? before : [...before, ...added].slice(-mostLines);
}
