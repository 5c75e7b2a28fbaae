// An SMTP session of a queue as it is spoken, line by line.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { atLeast, queuePath, root, session } from '../core/api.ts';
import { read } from '../core/live.ts';
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
  const source = useRef<EventSource | null>(null);
  const box = useRef<HTMLPreElement>(null);
  const stop = (): void => {
    source.current?.close();
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
    setState('waiting');
    const stream = new EventSource(root + queuePath(name) + '/trace');
    source.current = stream;
    stream.addEventListener('trace', (event) => {
      const line = read<TraceLine>(event);
      if (!line) return;
      setState('on');
      setLines((before) => [...before, line].slice(-mostLines));
    });
    stream.addEventListener('end', (event) => {
      stop();
      setSaid(read<{ message?: string }>(event)?.message ?? '');
      setState('ended');
    });
    stream.addEventListener('error', () => {
      stop();
      setState((before) => (before === 'ended' ? before : 'failed'));
    });
  };
  const words = {
    off: 'Lets the queue try now, and shows what is said. Delivery is not held up by it.',
    waiting: 'Waiting for a session to begin …',
    on: 'A session is under way.',
    ended: said || 'The session has ended.',
    failed: 'The trace has broken off: the server ended it or cannot be reached.',
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
