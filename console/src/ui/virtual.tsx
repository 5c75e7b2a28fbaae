// A list of any length: only the rows on the screen exist, and only they are asked of the server, a page of a hundred at a time.
// Rows that stay on the screen are not drawn again while the list scrolls.

import { Component, type ComponentChildren, type JSX } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ApiError, session } from '../core/api.ts';
import { count } from '../core/format.ts';
import { link } from '../core/live.ts';
import { pagesOf, scrollFor, windowOf } from '../core/window.ts';
import { Failure } from './parts.tsx';

export interface GridColumn<T> {
  key: string;
  title: string;
  sort?: boolean;
  number?: boolean;
  cell: (row: T) => ComponentChildren;
}

export interface GridProps<T> {
  columns: GridColumn<T>[];
  /** CSS class that lays the columns out. */
  className: string;
  label: string;
  id: string;
  rowHeight: number;
  rowKey: (row: T) => string;
  load: (offset: number, limit: number, signal: AbortSignal) => Promise<{ items: T[]; total: number }>;
  /** Changes when another list is meant (filter, order): the list begins anew at its head. */
  listKey: string;
  /** Changes when rows on the screen should be asked for at once. */
  turn: number;
  refreshMs: number;
  order: { key: string; down: boolean };
  onOrder: (key: string) => void;
  selected: ReadonlySet<string>;
  onSelect: (rows: T[], on: boolean) => void;
  selectable: boolean;
  onOpen: (row: T) => void;
  /** Rows as they came just now, and how many there are in all. */
  onRows: (rows: T[], total: number) => void;
  empty: ComponentChildren;
}

const pageSize = 100;

/** Pages kept that are not on the screen. Beyond it the oldest are forgotten and asked for again. */
const pagesKept = 60;

/** A fast wheel passes many pages: only where it rests is asked for. */
const restMs = 70;

export function VirtualGrid<T>(props: GridProps<T>): JSX.Element {
  const { columns, rowHeight, rowKey, load, listKey, turn, refreshMs, selected } = props;
  const box = useRef<HTMLDivElement>(null);
  const pages = useRef(new Map<number, T[]>());
  const [total, setTotal] = useState<number | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [, setVersion] = useState(0);
  const [scrollTop, setScrollTop] = useState(0);
  const [viewHeight, setViewHeight] = useState(600);
  const [active, setActive] = useState(0);
  const anchor = useRef<number | null>(null);
  const view = windowOf(total ?? 0, rowHeight, scrollTop, viewHeight);
  const seen = useRef(view);
  seen.current = view;
  const latestOnRows = useRef(props.onRows);
  latestOnRows.current = props.onRows;
  const loading = useRef<AbortController | null>(null);

  const fetchPages = useCallback(async (all: boolean): Promise<void> => {
    const wanted = pagesOf(seen.current.first, Math.max(seen.current.last, 1), pageSize).filter((page) => all || !pages.current.has(page));
    if (wanted.length === 0) return;
    loading.current?.abort();
    const stop = new AbortController();
    loading.current = stop;
    try {
      const answers = await Promise.all(wanted.map((page) => load(page * pageSize, pageSize, stop.signal)));
      if (stop.signal.aborted) return;
      if (pages.current.size > pagesKept) pages.current.clear();
      answers.forEach((answer, i) => pages.current.set(wanted[i]!, answer.items));
      setTotal(answers[0]!.total);
      latestOnRows.current(answers.flatMap((answer) => answer.items), answers[0]!.total);
      setError(null);
      setVersion((version) => version + 1);
    } catch (trouble) {
      if (stop.signal.aborted) return;
      setError(trouble instanceof ApiError ? trouble : new ApiError(0, 'Trouble', String(trouble)));
    }
  }, [load]);

  // Another list: forget, and begin at the head.
  useEffect(() => {
    pages.current.clear();
    setActive(0);
    anchor.current = null;
    if (box.current) box.current.scrollTop = 0;
    setScrollTop(0);
    void fetchPages(true);
  }, [listKey]);

  useEffect(() => {
    if (turn > 0) void fetchPages(true);
  }, [turn]);

  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && session.get()?.level !== 'none') void fetchPages(true);
    }, refreshMs);
    const unwatch = link.watch((state) => {
      if (state === 'live') void fetchPages(true);
    });
    return () => {
      clearInterval(timer);
      unwatch();
      loading.current?.abort();
    };
  }, [fetchPages, refreshMs]);

  useEffect(() => {
    const timer = setTimeout(() => void fetchPages(false), restMs);
    return () => clearTimeout(timer);
  }, [view.first, view.last, fetchPages]);

  useLayoutEffect(() => {
    const element = box.current!;
    const measure = (): void => setViewHeight(element.clientHeight - headerHeight);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const rowAt = (index: number): T | undefined => pages.current.get(Math.floor(index / pageSize))?.[index % pageSize];

  const moveTo = (index: number): void => {
    const row = Math.max(0, Math.min((total ?? 1) - 1, index));
    setActive(row);
    const element = box.current!;
    const target = scrollFor(row, total ?? 0, rowHeight, element.scrollTop, viewHeight);
    if (target !== element.scrollTop) element.scrollTop = target;
  };

  const select = (index: number, range: boolean): void => {
    const row = rowAt(index);
    if (!row) return;
    const on = !selected.has(rowKey(row));
    const from = range && anchor.current !== null ? anchor.current : index;
    anchor.current = index;
    const rows: T[] = [];
    for (let i = Math.min(from, index); i <= Math.max(from, index); i++) {
      const each = rowAt(i);
      if (each) rows.push(each);
    }
    props.onSelect(rows, range ? true : on);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== box.current) return;
    const page = Math.max(1, Math.floor(viewHeight / rowHeight) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -(total ?? 0), End: total ?? 0 };
    const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key];
    if (step !== undefined) {
      if (event.shiftKey && props.selectable && Math.abs(step) === 1) select(active, true);
      moveTo(active + step);
    } else if (event.key === 'Enter') {
      const row = rowAt(active);
      if (row) props.onOpen(row);
    } else if ((event.key === ' ' || event.key === 'x') && props.selectable) {
      select(active, event.shiftKey);
    } else {
      return;
    }
    event.preventDefault();
  };

  const onClick = (event: MouseEvent): void => {
    const index = indexOf(event);
    const element = event.target as Element;
    if (index === null || element.closest('a, button')) return;
    setActive(index);
    if (element instanceof HTMLInputElement) {
      select(index, event.shiftKey);
      // A range selects: its last row stays checked, also when it was before and nothing is drawn anew.
      if (event.shiftKey) element.checked = true;
    }
  };

  const onDblClick = (event: MouseEvent): void => {
    const index = indexOf(event);
    const row = index === null ? undefined : rowAt(index);
    if (row) props.onOpen(row);
  };

  const lines: JSX.Element[] = [];
  for (let index = view.first; index < view.last; index++) {
    const row = rowAt(index);
    const key = row ? rowKey(row) : '';
    lines.push(
      <Row<T>
        key={index} index={index} id={props.id} row={row} name={key} columns={columns} height={rowHeight} selectable={props.selectable}
        selected={row !== undefined && selected.has(key)} active={index === active}
      />,
    );
  }

  if (error && total === null) return <Failure error={error} retry={() => void fetchPages(true)} />;
  const activeDrawn = total !== null && active >= view.first && active < view.last;
  return (
    <div class="grid-holder">
    <div
      ref={box} class={`grid ${props.className}${props.selectable ? ' selectable' : ''}`} role="grid" tabIndex={0} aria-label={props.label} aria-rowcount={(total ?? 0) + 1}
      aria-multiselectable={props.selectable || undefined} aria-busy={total === null}
      aria-activedescendant={activeDrawn ? `${props.id}-row-${active}` : undefined} data-testid={props.id}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)} onKeyDown={onKeyDown}
    >
      <div class="grid-row grid-head" role="row" aria-rowindex={1}>
        {props.selectable && <div role="columnheader" class="cell-select"><span class="hidden">Selected</span></div>}
        {columns.map((column) => (
          <div
            key={column.key} role="columnheader" class={`cell-${column.key}${column.number ? ' number' : ''}`}
            aria-sort={props.order.key === column.key ? (props.order.down ? 'descending' : 'ascending') : undefined}
          >
            {column.sort
              ? (
                <button type="button" class="sort" data-sort={column.key} onClick={() => props.onOrder(column.key)}>
                  {column.title}<span aria-hidden="true">{props.order.key === column.key ? (props.order.down ? ' ▾' : ' ▴') : ''}</span>
                </button>
              )
              : column.title}
          </div>
        ))}
      </div>
      {total === 0 && (
        <div role="row" aria-rowindex={2}><div role="gridcell">{props.empty}</div></div>
      )}
      <div class="grid-body" role="rowgroup" style={{ height: view.height + 'px' }}>
        <div class="grid-window" role="presentation" style={{ transform: `translateY(${view.top}px)` }} onClick={onClick} onDblClick={onDblClick}>{lines}</div>
      </div>
    </div>
      {error && <p class="stale" role="status">Rows are not up to date: {error.message}</p>}
      <span class="hidden" role="status">{total === null ? '' : count(total) + ' rows'}</span>
    </div>
  );
}

interface RowProps<T> {
  index: number;
  id: string;
  row: T | undefined;
  name: string;
  columns: GridColumn<T>[];
  height: number;
  selectable: boolean;
  selected: boolean;
  active: boolean;
}

/** Drawn again only when something of it has changed: while the list scrolls, the rows that stay cost nothing. */
class Row<T> extends Component<RowProps<T>> {
  override shouldComponentUpdate(next: RowProps<T>): boolean {
    const now = this.props as RowProps<T>;
    return next.row !== now.row || next.selected !== now.selected || next.active !== now.active || next.index !== now.index
      || next.columns !== now.columns || next.height !== now.height || next.selectable !== now.selectable;
  }

  render({ index, id, row, name, columns, height, selectable, selected, active }: RowProps<T>): JSX.Element {
    return (
      <div
        id={`${id}-row-${index}`} role="row" aria-rowindex={index + 2} aria-selected={selectable ? selected : undefined} data-index={index} data-key={name}
        class={'grid-row' + (active ? ' active' : '') + (selected ? ' selected' : '') + (row ? '' : ' blank')} style={{ height: height + 'px' }}
      >
        {selectable && (
          <div role="gridcell" class="cell-select"><input type="checkbox" tabIndex={-1} checked={selected} aria-label={'Select ' + name} disabled={!row} /></div>
        )}
        {columns.map((column) => (
          <div key={column.key} role="gridcell" class={`cell-${column.key}${column.number ? ' number' : ''}`}>{row ? column.cell(row) : <span class="ghost" />}</div>
        ))}
      </div>
    );
  }
}

function indexOf(event: MouseEvent): number | null {
  const row = (event.target as Element).closest<HTMLElement>('[data-index]');
  return row ? Number(row.dataset['index']) : null;
}

/** As in style/grid.css. */
const headerHeight = 30;
