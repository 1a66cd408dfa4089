import type { Decision } from '../gateway/decision.ts';

/** P01/P02: no vendor extension is known here. */
export const dataTransfer = (): Decision => ({ response: { status: 'UnknownVendorId' } });
