// Which rows of a long list stand on the screen. Browsers cap the height of an element (Firefox at some 17.8 million pixels), so beyond a bound the
// scroll bar is scaled: its position is a share of the list, no longer a number of pixels.

/** Far below every browser's cap, and still 250,000 rows of 32 pixels unscaled. */
export const maxHeight = 8_000_000;

export interface Window {
  /** First row to draw. */
  first: number;
  /** One behind the last row to draw. */
  last: number;
  /** Height of the whole list in pixels as the browser sees it. */
  height: number;
  /** Where the first drawn row stands, in pixels from the head of the list. */
  top: number;
}

/** @param over rows drawn above and below what is seen, so that a fast wheel shows no gap */
export function windowOf(total: number, rowHeight: number, scrollTop: number, viewHeight: number, over = 8): Window {
  const real = total * rowHeight;
  const height = Math.min(real, maxHeight);
  const room = Math.max(0, height - viewHeight);
  const at = Math.min(Math.max(0, scrollTop), room);
  // The same share of the way, in the list as it would be without a cap.
  const offset = height === real || room === 0 ? at : (at / room) * (real - viewHeight);
  const first = Math.max(0, Math.floor(offset / rowHeight) - over);
  const last = Math.min(total, Math.ceil((offset + viewHeight) / rowHeight) + over);
  return { first, last, height, top: at + first * rowHeight - offset };
}

/** The scroll position that brings a row into view; the present one when it is in view already. */
export function scrollFor(row: number, total: number, rowHeight: number, scrollTop: number, viewHeight: number): number {
  const real = total * rowHeight;
  const height = Math.min(real, maxHeight);
  const room = Math.max(0, height - viewHeight);
  const scale = height === real || room === 0 ? 1 : room / (real - viewHeight);
  const offset = scrollTop / scale;
  const top = row * rowHeight;
  if (top < offset) return Math.max(0, top * scale);
  if (top + rowHeight > offset + viewHeight) return Math.min(room, (top + rowHeight - viewHeight) * scale);
  return scrollTop;
}

/** Numbers of the pages that cover rows first to last-1. */
export function pagesOf(first: number, last: number, size: number): number[] {
  const pages: number[] = [];
  for (let page = Math.floor(first / size); page * size < last; page++) pages.push(page);
  return pages;
}
