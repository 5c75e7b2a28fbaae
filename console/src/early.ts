// Runs before the page is drawn: a chosen theme must not flash the other one first.

import { savedTheme } from './core/saved.ts';

const chosen = savedTheme();
if (chosen !== 'system') document.documentElement.dataset['theme'] = chosen;
