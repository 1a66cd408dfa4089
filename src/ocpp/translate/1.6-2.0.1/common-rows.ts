import { lost, row, same } from '../rows.ts';

export const noCustomData = row(null, 'customData', lost('1.6 has no customData'));
export const noStatusInfo = row(null, 'statusInfo', lost('1.6 has no reasons'));
/** Answers of a status and nothing else in 1.6. */
export const statusRows = [row('status', 'status', same), noStatusInfo, noCustomData] as const;
