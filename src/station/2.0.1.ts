import { versionByName } from '../ocpp/versions/index.ts';
import { answers2x } from './2.x/answers.ts';
import { telling2x } from './2.x/telling.ts';
import { answersOf, type Dialect } from './dialect.ts';

/** How a charging station of OCPP 2.0.1 speaks. It lacks the triggers that 2.1 added. */
export const dialect201: Dialect = {
  ...telling2x((trigger) => {
    if (trigger === 'SoCLimitReached') return 'EnergyLimitReached';
    return trigger === 'TxResumed' || trigger === 'LimitSet' ? 'ChargingStateChanged' : trigger;
  }),
  version: versionByName('2.0.1'),
  answers: answersOf(...answers2x),
};
