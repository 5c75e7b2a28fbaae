// A text with line numbers and marks at lines. A plain textarea: it has the browser's own undo, search, spelling of keys and reading aloud.

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Problem } from '../core/types.ts';

/** As in style/config.css. */
const lineHeight = 20;
const padding = 8;

export interface EditorProps {
  text: string;
  onInput: (text: string) => void;
  readOnly: boolean;
  problems: Problem[];
  /** A line to be shown, from 1; the turn makes the same line count again. */
  goTo: { line: number; column: number; turn: number } | null;
}

export function Editor({ text, onInput, readOnly, problems, goTo }: EditorProps): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null);
  const [scroll, setScroll] = useState(0);
  const lines = useMemo(() => text.split('\n').length, [text]);
  const marks = useMemo(() => byLine(problems), [problems]);
  const [height, setHeight] = useState(400);
  useEffect(() => {
    const watch = new ResizeObserver(() => setHeight(area.current?.clientHeight ?? 400));
    watch.observe(area.current!);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const element = area.current;
    if (!goTo || !element) return;
    const start = offsetOf(text, goTo.line) + Math.max(0, goTo.column - 1);
    element.focus();
    element.setSelectionRange(start, start);
    element.scrollTop = Math.max(0, (goTo.line - 6) * lineHeight);
    setScroll(element.scrollTop);
  }, [goTo]);
  // Only the numbers that are seen: a configuration may have tens of thousands of lines.
  const first = Math.max(0, Math.floor((scroll - padding) / lineHeight));
  const last = Math.min(lines, first + Math.ceil(height / lineHeight) + 2);
  const numbers: JSX.Element[] = [];
  for (let i = first; i < last; i++) {
    const mark = marks.get(i + 1);
    numbers.push(
      <div key={i} class={'line-number' + (mark ? ' ' + mark.severity : '')} style={{ top: padding + i * lineHeight - scroll + 'px' }} title={mark?.message}>
        {mark && <span aria-hidden="true">{mark.severity === 'error' ? '●' : mark.severity === 'warning' ? '▲' : '·'}</span>}{i + 1}
      </div>,
    );
  }
  return (
    <div class="editor">
      <div class="gutter" aria-hidden="true">{numbers}</div>
      <div class="marks" aria-hidden="true">
        {[...marks].filter(([line]) => line > first - 1 && line <= last).map(([line, mark]) => (
          <div key={line} class={'mark ' + mark.severity} style={{ top: padding + (line - 1) * lineHeight - scroll + 'px' }} />
        ))}
      </div>
      <textarea
        ref={area} value={text} readOnly={readOnly} wrap="off" spellcheck={false} autocomplete="off" autocapitalize="off" aria-label="Content of the file" data-testid="editor"
        onInput={(event) => onInput(event.currentTarget.value)} onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
      />
    </div>
  );
}

const rank: Record<Problem['severity'], number> = { note: 0, warning: 1, error: 2 };

function byLine(problems: Problem[]): Map<number, { severity: Problem['severity']; message: string }> {
  const marks = new Map<number, { severity: Problem['severity']; message: string }>();
  for (const problem of problems) {
    const before = marks.get(problem.line);
    marks.set(problem.line, {
      severity: before && rank[before.severity] >= rank[problem.severity] ? before.severity : problem.severity,
      message: before ? before.message + '\n' + problem.message : problem.message,
    });
  }
  return marks;
}

function offsetOf(text: string, line: number): number {
  let at = 0;
  for (let i = 1; i < line; i++) {
    const next = text.indexOf('\n', at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return at;
}
