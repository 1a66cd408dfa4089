-- Times are milliseconds since 1970 (UTC) in bigint: what the gateway computes with, cheaper to write and read than timestamptz, and exact.
-- Keys compare byte by byte (collate "C"): faster, and the same order on every database.

-- The last sequence number given out. Its row lock puts the commits of all nodes in one order, so that a reader who has seen
-- number n can never miss a late one. first_seq is the oldest number still retained.
create table journal_head (
  singleton boolean primary key default true check (singleton),
  seq bigint not null,
  first_seq bigint not null
) with (fillfactor = 10);
insert into journal_head (seq, first_seq) values (0, 1);

-- One row for every run of a gateway process: its last batch, so that a batch whose answer was lost is not stored twice.
create table writers (
  session text collate "C" primary key,
  node text not null,
  batch bigint not null,
  first_seq bigint not null,
  alive_at bigint not null
) with (fillfactor = 10);

create table journal (
  seq bigint not null,
  at bigint not null,
  station_id text collate "C" not null,
  direction text collate "C" not null,
  peer text collate "C" not null,
  version text collate "C",
  type text collate "C" not null,
  message_id text collate "C",
  action text collate "C",
  payload text not null,
  head text,
  head_action text collate "C",
  identity text collate "C",
  events text,
  -- The answer to a Call, when it was stored with it: a message of its own to whoever reads, numbered after the Call and its events.
  answer_type text collate "C",
  answer_payload text,
  answer_head text
) partition by range (at);
create table journal_default partition of journal default;
create index journal_station on journal (station_id, seq);
create index journal_events on journal (seq) where events is not null;
create index journal_identity on journal (station_id, identity) where identity is not null;

create sequence meter_values_id as bigint;
create table meter_values (
  id bigint not null default nextval('meter_values_id'),
  station_id text collate "C" not null,
  transaction_id text collate "C",
  evse_id integer,
  at bigint not null,
  sampled_value text not null
) partition by range (at);
create table meter_values_default partition of meter_values default;
create index meter_values_transaction on meter_values (transaction_id, at, id) where transaction_id is not null;

create table stations (
  id text collate "C" primary key,
  version text collate "C",
  transport text collate "C",
  vendor_name text,
  model text,
  serial_number text,
  firmware_version text,
  registration_status text collate "C",
  admission text collate "C",
  password_hash text,
  strict boolean not null,
  deviations json not null,
  assume_version text collate "C",
  connected_at bigint,
  last_seen_at bigint,
  created_at bigint not null
) with (fillfactor = 70);
create index stations_version on stations (version, id);
create index stations_registration on stations (registration_status, id);

create table connectors (
  station_id text collate "C" not null,
  evse_id integer not null,
  connector_id integer not null,
  status text not null,
  at bigint not null,
  primary key (station_id, evse_id, connector_id)
) with (fillfactor = 80);

create table variables (
  station_id text collate "C" not null,
  key text collate "C" not null,
  attribute text collate "C" not null,
  value text,
  mutability text,
  characteristics json,
  at bigint not null,
  primary key (station_id, key, attribute)
) with (fillfactor = 80);

create table transactions (
  id text collate "C" primary key,
  station_id text collate "C" not null,
  head_id text collate "C" not null,
  native_id text collate "C" not null,
  evse_id integer,
  connector_id integer,
  id_token text collate "C",
  id_token_type text,
  started_at bigint not null,
  ended_at bigint,
  stopped_reason text,
  meter_start double precision,
  meter_stop double precision,
  energy_wh double precision,
  charging_state text,
  remote_start_id bigint,
  reservation_id bigint,
  seq_no bigint not null,
  metering json,
  updated_at bigint not null
) with (fillfactor = 70);
create index transactions_started on transactions (started_at, id);
create index transactions_station on transactions (station_id, started_at, id);
create index transactions_token on transactions (lower(id_token), started_at, id) where id_token is not null;
create index transactions_open on transactions (started_at, id) where ended_at is null;
create index transactions_station_open on transactions (station_id, started_at, id) where ended_at is null;

-- OCPP compares identifiers of tokens without regard to (ASCII) case; the operator's spelling is kept.
create table tokens (
  key text collate "C" generated always as (lower(id_token)) stored primary key,
  id_token text collate "C" not null,
  type text not null,
  status text collate "C" not null,
  group_id_token text,
  expires_at bigint,
  max_active_transactions integer
);
create index tokens_status on tokens (status, key);

create table commands (
  id text collate "C" primary key,
  station_id text collate "C" not null,
  action text collate "C" not null,
  request json not null,
  state text collate "C" not null,
  response json,
  error json,
  native json not null,
  idempotency_key text collate "C",
  created_at bigint not null,
  updated_at bigint not null,
  session text collate "C" not null
) with (fillfactor = 70);
create unique index commands_idempotency on commands (station_id, idempotency_key) where idempotency_key is not null;
create index commands_station on commands (station_id, created_at, id);
create index commands_created on commands (created_at);
create index commands_unfinished on commands (id) where state in ('queued', 'sent');

-- tbl, because table is a reserved word.
create table translation_state (
  station_id text collate "C" not null,
  tbl text collate "C" not null,
  key text collate "C" not null,
  value text not null,
  -- Rows are read back in the order in which they first came.
  age bigint not null generated always as identity,
  primary key (station_id, tbl, key)
) with (fillfactor = 80);

create table counters (
  name text collate "C" primary key,
  next bigint not null
) with (fillfactor = 50);
