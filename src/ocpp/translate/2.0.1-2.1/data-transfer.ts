/** Block P, DataTransfer: whatever it is, it is the same in both. */
import { crossing, statusResponse } from './crossing.ts';

export const dataTransfer = crossing('both', 'DataTransfer', { response: statusResponse });
