-- The samples of a message are stored once, with its meter values: the HEAD form in the Journal refers to them there (storage/samples.ts).
-- seq is the number of the message in the Journal; null for what was stored before.
alter table meter_values add column seq bigint;
