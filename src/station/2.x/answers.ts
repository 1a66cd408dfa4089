import { controlAnswers } from './control.ts';
import { diagnosticsAnswers } from './diagnostics.ts';
import { displayAnswers } from './display.ts';
import { provisioningAnswers } from './provisioning.ts';
import { securityAnswers } from './security.ts';
import { smartChargingAnswers } from './smart-charging.ts';

/** What a station of 2.0.1 and one of 2.1 answer alike. */
export const answers2x: readonly object[] = [
  provisioningAnswers,
  controlAnswers,
  smartChargingAnswers,
  diagnosticsAnswers,
  displayAnswers,
  securityAnswers,
];
