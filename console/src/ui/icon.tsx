// The few signs of the console, drawn with strokes in the colour of the text.

import type { JSX } from 'preact';

const paths = {
  overview: 'M3 13h4v7H3zM10 8h4v12h-4zM17 4h4v16h-4z',
  queues: 'M4 6h16M4 12h16M4 18h10',
  destinations: 'M12 21s7-6.3 7-12a7 7 0 1 0-14 0c0 5.7 7 12 7 12zM12 11a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  'virtual-mtas': 'M4 5h16v5H4zM4 14h16v5H4zM8 7.5h.01M8 16.5h.01',
  jobs: 'M5 7h14v13H5zM9 7V4h6v3M5 12h14',
  recipients: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM21 21l-5-5',
  config: 'M5 4h10l4 4v12H5zM8 12h8M8 16h5',
  logs: 'M4 5h16v14H4zM7 9l3 3-3 3M12 15h5',
  unclassified: 'M4 5h16v11h-9l-4 4v-4H4zM10.5 9a1.8 1.8 0 1 1 2.3 1.7c-.5.2-.8.5-.8 1.1M12 13.6h.01',
  operations: 'M5 12a7 7 0 0 1 12-5l2 2M19 5v4h-4M19 12a7 7 0 0 1-12 5l-2-2M5 19v-4h4',
  menu: 'M4 7h16M4 12h16M4 17h16',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2',
  moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z',
  auto: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  keys: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-5 4-7 8-7s7 2 8 7',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">
      <path d={paths[name]} />
    </svg>
  );
}
