// An SMTP session of a queue as it is spoken, line by line.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, atLeast, queuePath, session } from '../core/api.ts';
import { postForEvents } from '../core/events.ts';
import { useStore } from '../core/store.ts';
import { NeedsLevel } from './parts.tsx';

interface TraceLine {
  line: string;
  direction: 'out' | 'in' | 'note';
}

/** A session of many messages says the same again and again. */
const mostLines = 1000;

export function Trace({ name }: { name: string }): JSX.Element {
  const now = useStore(session);
  const [lines, setLines] = useState<TraceLine[]>([]);
  const [state, setState] = useState<'off' | 'waiting' | 'on' | 'ended' | 'failed'>('off');
  const [said, setSaid] = useState('');
  const source = useRef<AbortController | null>(null);
  const box = useRef<HTMLPreElement>(null);
  const stop = (): void => {
    source.current?.abort();
    source.current = null;
  };
  useEffect(() => {
    stop();
    setLines([]);
    setState('off');
    return stop;
  }, [name]);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  if (!atLeast(now?.level, 'operator')) return <NeedsLevel what="Tracing sessions, which shows addresses," level="operator" />;
  const start = (): void => {
    stop();
    setLines([]);
    setSaid('');
    setState('waiting');
    const stream = new AbortController();
    source.current = stream;
    let ended = false;
    postForEvents(queuePath(name) + '/trace', stream.signal, (event, data) => {
      if (stream.signal.aborted) return;
      if (event === 'trace') {
        const line = JSON.parse(data) as TraceLine;
        setState('on');
        setLines((before) => [...before, line].slice(-mostLines));
      } else if (event === 'end') {
        ended = true;
        setSaid((JSON.parse(data) as { message?: string }).message ?? '');
        setState('ended');
      }
    }).then(
      () => {
        if (!ended && !stream.signal.aborted) setState('failed');
      },
      (trouble: unknown) => {
        if (stream.signal.aborted) return;
        setSaid(trouble instanceof ApiError ? trouble.message : '');
        setState('failed');
      },
    );
  };
  const words = {
    off: 'Lets the queue try now, and shows what is said. Delivery is not held up by it.',
    waiting: 'Waiting for a session to begin …',
    on: 'A session is under way.',
    ended: said || 'The session has ended.',
    failed: said || 'The trace has broken off: the server ended it or cannot be reached.',
  };
  const running = state === 'waiting' || state === 'on';
  return (
    <div class="trace">
      <p class="row">
        {running
          ? <button type="button" class="small" onClick={() => { stop(); setState('ended'); }}>Stop</button>
          : <button type="button" class="small primary" data-testid="trace-start" onClick={start}>Try now and trace</button>}
        <span class="dim" role="status">{words[state]}</span>
      </p>
      {(running || lines.length > 0) && (
        <pre ref={box} class="terminal" tabIndex={0} aria-label="SMTP session" data-testid="trace">
          {lines.map((line, i) => <span key={i} class={'trace-' + line.direction}>{(line.direction === 'out' ? '→ ' : line.direction === 'in' ? '← ' : '· ') + line.line + '\n'}</span>)}
        </pre>
      )}
    </div>
  );
}
