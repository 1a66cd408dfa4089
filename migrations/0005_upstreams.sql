-- CSMSs that the gateway connects to on behalf of stations, and which stations they get. The definition is the resource of the API.
create table upstreams (
  name text collate "C" primary key,
  definition json not null
);

create table routes (
  name text collate "C" primary key,
  definition json not null
);

-- What an upstream has not taken yet, oldest first; what it has taken is gone. The numbers are given for each station and upstream.
create table upstream_queue (
  station_id text collate "C" not null,
  upstream text collate "C" not null,
  number bigint not null,
  at bigint not null,
  -- Given up for now, ms since 1970: it does not keep back what comes after it.
  parked_at bigint,
  message text not null,
  primary key (station_id, upstream, number)
) with (fillfactor = 80);

create index upstream_queue_by_upstream on upstream_queue (upstream, station_id, number);
