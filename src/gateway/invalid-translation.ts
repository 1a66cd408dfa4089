import type { Connection } from './connection.ts';

/** Tells that a message which translation made does not fit its schema: a defect of ours (counted, logged, an event). */
export function tellInvalidTranslation({ station, services }: Connection, action: string, errors: unknown): void {
  services.statistics.invalidTranslations++;
  services.log.error(
    { station: station.id, action, errors },
    'a translation is not valid against the schema of its version',
  );
  station.event('evsebridge.translation.invalid', { action, errors: JSON.stringify(errors).slice(0, 2000) });
}
