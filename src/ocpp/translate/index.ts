import { between15and16 } from './1.5-1.6/index.ts';
import { between16and201 } from './1.6-2.0.1/index.ts';
import { between201and21 } from './2.0.1-2.1/index.ts';
import type { Translator } from './translator.ts';

/** Every Translator, oldest first. */
export const translators: readonly Translator[] = [between15and16, between16and201, between201and21];
