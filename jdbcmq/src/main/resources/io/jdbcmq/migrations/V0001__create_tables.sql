-- Purpose: tables of the queue, and the routine that ends each migration.
-- Phase:   before the first version of the library starts.
-- Locks:   none that matter; all objects are new.
-- Rewrite: none.
--
-- Run with the schema of the queue first in search_path. All migrations are plain SQL: Flyway and psql run them too.
--
-- A live job has one row in mq_jobs and is in exactly one place: ready (mq_ready), delayed (mq_delayed), parked
-- (mq_parked) or claimed (an element of mq_claims). A state change moves a narrow row and leaves the payload alone.
-- There are no foreign keys, triggers or identity columns: each would cost every job, and keep a schema from moving.

create sequence mq_seq as bigint;
comment on sequence mq_seq is
  'Numbers jobs in the order in which they were sent, and ready rows in the order in which they became ready.';

create sequence mq_claim_seq as bigint;
comment on sequence mq_claim_seq is 'Numbers claims.';

-- Raises 23514 if the columns of a live job are not what they may be; null is checked by the table.
--
-- One function instead of a constraint for each column: PostgreSQL reads the stored text of every CHECK anew for each
-- statement, and 20 of them made sending a single job two to three times as dear; with lists both cost the same.
-- Not pinned: settings cost as much as all the checks. It is called by functions that are, and uses nothing of its own.
create function mq_check_job(
  p_backoff_ms int, p_created_at timestamptz, p_run_at timestamptz, p_max_backoff_ms bigint, p_timeout_ms bigint,
  p_retries smallint, p_attempt int, p_token int, p_unknown_count int, p_jitter real, p_channel_name text,
  p_channel_args text, p_job_name text, p_unique_key text, p_seq bigint, p_blocks boolean, p_headers text[],
  p_payload_json json, p_payload_bytes bytea)
  returns boolean
  language plpgsql immutable
as $$
declare
  v_wrong text := case
    when p_backoff_ms not between 0 and 2073600000 then 'backoff_ms must be from 0 to 2073600000'
    when not isfinite(p_created_at) then 'created_at must be finite'
    when not isfinite(p_run_at) then 'run_at must be finite'
    when p_max_backoff_ms not between 0 and 3153600000000 then 'max_backoff_ms must be from 0 to 3153600000000'
    when p_timeout_ms not between 1 and 3153600000000 then 'timeout_ms must be from 1 to 3153600000000'
    when p_retries not between 0 and 10000 then 'retries must be from 0 to 10000'
    when p_attempt not between 1 and 10001 then 'attempt must be from 1 to 10001'
    when p_token < 1 then 'token must be positive'
    when p_unknown_count not between 1 and 1000001 then 'unknown_count must be from 1 to 1000001'
    when p_jitter not between 0 and 1 then 'jitter must be from 0 to 1'
    when octet_length(p_channel_name) not between 1 and 1000 then 'channel_name must have 1 to 1000 bytes'
    when octet_length(p_channel_args) > 1000 then 'channel_args must have at most 1000 bytes'
    when octet_length(p_job_name) not between 1 and 500 then 'job_name must have 1 to 500 bytes'
    when octet_length(p_unique_key) not between 1 and 1000 then 'unique_key must have 1 to 1000 bytes'
    when p_blocks and p_seq is null then 'a job that blocks must be ordered'
    when p_headers is not null and (
      cardinality(p_headers) > 128 or cardinality(p_headers) % 2 <> 0
      or array_ndims(p_headers) <> 1 or array_position(p_headers, null) is not null
      or pg_column_size(p_headers) > 32768) then 'headers must be at most 64 pairs of texts, and 32768 bytes'
    when octet_length(p_payload_json::text) > 1048576 then 'payload_json must have at most 1048576 bytes'
    when octet_length(p_payload_bytes) > 1048576 then 'payload_bytes must have at most 1048576 bytes'
  end;
begin
  if v_wrong is not null then
    raise exception 'new row of mq_jobs: %', v_wrong using errcode = '23514';
  end if;
  return true;
end
$$;
comment on function mq_check_job is 'Internal: checks the columns of a live job.';

create table mq_jobs (
  id uuid not null,
  created_at timestamptz not null,
  seq bigint,
  run_at timestamptz,
  reserved_until timestamptz,
  max_backoff_ms bigint,
  timeout_ms bigint,
  backoff_ms int not null,
  attempt int not null default 1,
  token int not null default 1,
  unknown_count int,
  jitter real,
  retries smallint not null,
  priority smallint not null default 0,
  blocks boolean not null default false,
  channel_name text collate "C" not null,
  channel_args text collate "C" not null default '',
  job_name text collate "C" not null,
  unique_key text collate "C",
  headers text[],
  payload_json json,
  payload_bytes bytea,
  constraint mq_jobs_pkey primary key (id),
  constraint mq_jobs_valid check (mq_check_job(
    backoff_ms, created_at, run_at, max_backoff_ms, timeout_ms, retries, attempt, token, unknown_count, jitter,
    channel_name, channel_args, job_name, unique_key, seq, blocks, headers, payload_json, payload_bytes))
) with (fillfactor = 95, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.5,
        autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_cost_delay = 1);
create index mq_jobs_unknown on mq_jobs (job_name) where unknown_count is not null;
create index mq_jobs_ordered on mq_jobs (channel_name, channel_args, seq) where seq is not null;
create unique index mq_jobs_unique on mq_jobs (job_name, unique_key) where unique_key is not null;

comment on table mq_jobs is 'Live jobs: from send until completed, cancelled or dead.';
comment on column mq_jobs.id is 'Identity of the job: the caller''s, or a UUIDv7 that the library made.';
comment on column mq_jobs.seq is 'Place of an ordered job in its channel, from mq_seq; null: the job is not ordered.';
comment on column mq_jobs.run_at is 'Earliest start that the sender asked for; null: at once.';
comment on column mq_jobs.reserved_until is 'End of a reservation; null: the job is not reserved.';
comment on column mq_jobs.backoff_ms is 'Delay after the first failed attempt; doubles with each further one.';
comment on column mq_jobs.max_backoff_ms is 'Longest delay between attempts; null: 36,500 days.';
comment on column mq_jobs.timeout_ms is 'Longest run of one attempt; null: no limit.';
comment on column mq_jobs.attempt is 'Number of the current or next attempt, from 1. The last one is 1 + retries.';
comment on column mq_jobs.token is
  'Fencing token of the current or next run. Grows each time the job is put back, also where that uses no attempt.';
comment on column mq_jobs.unknown_count is 'How often a runner handed the job back because it had no handler for it.';
comment on column mq_jobs.jitter is 'Share of a delay by which it may be shorter or longer, 0 to 1; null: none.';
comment on column mq_jobs.priority is 'Within a channel group, lower numbers run first.';
comment on column mq_jobs.blocks is 'Whether an ordered job holds its channel when it dies.';
comment on column mq_jobs.channel_name is 'Name of the channel, which is also its group.';
comment on column mq_jobs.channel_args is 'What tells the channels of a group apart, a tenant for example.';
comment on column mq_jobs.job_name is 'Picks the handler.';
comment on column mq_jobs.unique_key is 'Only one live job of this name may have it; null: no matter.';
comment on column mq_jobs.headers is 'Keys and values in turn.';

create table mq_ready (
  seq bigint not null,
  round bigint not null,
  job_id uuid not null,
  token int not null,
  priority smallint not null,
  tail boolean not null,
  follows boolean not null,
  channel_name text collate "C" not null,
  channel_args text collate "C" not null,
  constraint mq_ready_pkey primary key (channel_name, priority, round, seq)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_insert_scale_factor = 1, autovacuum_analyze_scale_factor = 0.5,
        autovacuum_vacuum_cost_delay = 0);
-- Only the last job of each channel in a batch: all that is needed to find the last round of a channel, and a batch of
-- 1,000 jobs of one channel writes one entry instead of 1,000 (80 bytes of WAL each).
create index mq_ready_channel on mq_ready (channel_name, priority, channel_args, round) where tail;
comment on table mq_ready is 'Jobs that can be claimed now, in the order in which claims take them.';
comment on column mq_ready.seq is 'Order of becoming ready, from mq_seq.';
comment on column mq_ready.round is 'The job''s turn in the fair order of its channel group; never above seq.';
comment on column mq_ready.tail is 'Whether it is the last job of its channel in the batch that made it ready.';
comment on column mq_ready.token is 'mq_jobs.token, so that a claim need not read it there.';
comment on column mq_ready.follows is
  'Whether it may have to wait for an earlier job of its ordered channel: the claim has to look.';

create table mq_delayed (
  job_id uuid not null,
  run_at timestamptz not null,
  reserved boolean not null default false,
  constraint mq_delayed_pkey primary key (job_id),
  constraint mq_delayed_run_at_finite check (isfinite(run_at))
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_cost_delay = 1);
create index mq_delayed_run_at on mq_delayed (run_at);
comment on table mq_delayed is 'Jobs that wait for a time: a delay, a retry, the end of a reservation.';
comment on column mq_delayed.reserved is 'Whether the job ends at that time, instead of becoming ready.';

create table mq_parked (
  job_id uuid not null,
  constraint mq_parked_pkey primary key (job_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_cost_delay = 1);
comment on table mq_parked is 'Jobs that wait behind another one of their ordered channel.';

create table mq_wakes (
  id bigint not null,
  channel_name text collate "C" not null,
  channel_args text collate "C" not null,
  constraint mq_wakes_pkey primary key (id)
) with (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
comment on table mq_wakes is
  'Ordered channels whose first job may be parked although nothing is before it: the next claim looks at them.';

create table mq_claims (
  id bigint not null,
  runner_id uuid not null,
  claimed_at timestamptz not null,
  job_ids uuid[] not null,
  tokens int[] not null,
  constraint mq_claims_pkey primary key (id),
  constraint mq_claims_same_length check (cardinality(job_ids) = cardinality(tokens))
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_cost_delay = 0);
-- At most 250 jobs a claim keep the row on one page: 20 bytes each, neither compressed nor moved out of line.
alter table mq_claims alter column job_ids set storage plain, alter column tokens set storage plain;
create index mq_claims_runner on mq_claims (runner_id);
comment on table mq_claims is
  'Batches that runners have claimed. Elements whose token is no longer that of the job are history.';

create table mq_runners (
  id uuid not null,
  lease_ends_at timestamptz not null,
  started_at timestamptz not null,
  pid bigint not null,
  host text not null,
  version text not null,
  channel_names text[],
  constraint mq_runners_pkey primary key (id),
  constraint mq_runners_host_length check (octet_length(host) <= 1000)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 100);
comment on table mq_runners is 'Runners whose lease has not been taken from them.';
comment on column mq_runners.channel_names is 'Channel groups that it listens to; null: all.';

create table mq_groups (
  channel_name text collate "C" not null,
  hungry_until timestamptz,
  constraint mq_groups_pkey primary key (channel_name)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 100);
comment on table mq_groups is
  'Channel groups that runners have listened to. The empty name stands for runners that listen to all of them.';
comment on column mq_groups.hungry_until is 'Until then some idle runner wants to be notified of work.';

create table mq_paused (
  channel_name text collate "C" not null,
  constraint mq_paused_pkey primary key (channel_name)
);
comment on table mq_paused is
  'Channel groups whose jobs runners leave alone. A table of its own, which claims only read: none waits for a
transaction that pauses.';

create table mq_low_water (
  id bigint not null,
  channel_name text collate "C" not null,
  priority smallint not null,
  round bigint not null,
  seq bigint not null,
  next_round bigint not null,
  next_seq bigint not null,
  noted_at timestamptz not null,
  swept_at timestamptz not null,
  sweep_us bigint not null,
  constraint mq_low_water_pkey primary key (id)
) with (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
create unique index mq_low_water_newest on mq_low_water (channel_name, priority, id desc);
comment on table mq_low_water is
  'Where scans of mq_ready start that would otherwise walk over very many dead rows. Usually empty.';
comment on column mq_low_water.id is 'From mq_seq; of each level the row with the greatest one counts.';
comment on column mq_low_water.round is 'With seq: below it are dead rows, and live ones that were committed late.';
comment on column mq_low_water.next_round is 'With next_seq: the next position, once it is old enough.';
comment on column mq_low_water.swept_at is 'When a claim last looked below the position.';
comment on column mq_low_water.sweep_us is 'How long that took, in microseconds: the slower, the rarer.';

create table mq_stripes (
  stripe int not null,
  constraint mq_stripes_pkey primary key (stripe)
);
insert into mq_stripes (stripe) select stripe from generate_series(0, 1023) as stripe;
comment on table mq_stripes is
  'Locks that put the senders to an ordered channel in line. Row locks, because advisory locks fill a shared table and belong to one node.';

create table mq_errors (
  job_id uuid not null,
  token int not null,
  attempt int not null,
  failed_at timestamptz not null,
  error text not null,
  constraint mq_errors_pkey primary key (job_id, token),
  constraint mq_errors_error_length check (octet_length(error) <= 65536)
) with (autovacuum_vacuum_scale_factor = 0.05);
comment on table mq_errors is
  'The error of each failed attempt of live and dead jobs. A table of its own, so that the history costs a job that
succeeds at once nothing, and a job with very many retries no rewriting of a growing row.';

create table mq_dead (
  id uuid not null,
  died_at timestamptz not null,
  created_at timestamptz not null,
  max_backoff_ms bigint,
  timeout_ms bigint,
  backoff_ms int not null,
  attempt int not null,
  token int not null,
  jitter real,
  retries smallint not null,
  priority smallint not null,
  blocks boolean not null,
  holds boolean not null,
  seq bigint,
  channel_name text collate "C" not null,
  channel_args text collate "C" not null,
  job_name text collate "C" not null,
  unique_key text collate "C",
  headers text[],
  payload_json json,
  payload_bytes bytea,
  constraint mq_dead_pkey primary key (id)
);
create index mq_dead_died_at on mq_dead (died_at, id);
create index mq_dead_holding on mq_dead (channel_name, channel_args, seq) where holds;
comment on table mq_dead is 'Dead letters: jobs that used up their attempts, kept until redriven or discarded.';
comment on column mq_dead.seq is 'Place that the job had in its ordered channel; null: it was not ordered.';
comment on column mq_dead.blocks is 'Whether the death of the job holds its ordered channel.';
comment on column mq_dead.holds is 'Whether the channel waits until someone redrives, discards or unblocks it.';

-- The clock of the queue. All times come from here, read once per call. Not pinned: the planner inlines it.
create function mq_now() returns timestamptz language sql volatile as 'select pg_catalog.clock_timestamp()';
comment on function mq_now() is 'The one clock that decides: the server''s.';

create table mq_migrations (
  version int not null,
  name text not null,
  installed_at timestamptz not null,
  checksum text,
  oldest_library int,
  constraint mq_migrations_pkey primary key (version)
);
comment on table mq_migrations is 'Migrations that have run. Each records itself, whatever tool ran it.';
comment on column mq_migrations.checksum is 'SHA-256 of the file, if the library''s migrator ran it.';
comment on column mq_migrations.oldest_library is
  'Version of the schema that a library has to know, to work on it after this migration; null: any that did before.';

-- Ends a migration: pins the settings of the functions that it has created, and records the version.
--
-- search_path: a function means its own schema, whatever the caller has set; pg_temp last, so that no temporary table
--   stands in for one of ours.
-- enable_…, jit, plan_cache_mode: queue tables swing between empty and full faster than statistics follow. A plan
--   made for an empty table made the same code three to five times slower, so each statement has one plan, by index.
--
-- Parameters: p_oldest_library: libraries that know only versions below it do not work any more after this migration, and
--             refuse to start. Nearly always null: old libraries go on, as during a rolling deploy.
create procedure mq_finish_migration(p_version int, p_name text, p_oldest_library int default null)
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_function regprocedure;
  v_setting text;
begin
  for v_function in
    select routine.oid::regprocedure
    from pg_proc as routine
    where routine.pronamespace = current_schema()::regnamespace
      and routine.prokind = 'f'
      and routine.proname like 'mq\_%'
      and routine.proname not in ('mq_now', 'mq_check_job')
      and routine.proconfig is null
    order by routine.oid
  loop
    execute format('alter function %s set search_path = pg_catalog, %I, pg_temp', v_function, current_schema());
    foreach v_setting in array array[
      'enable_seqscan = off', 'enable_bitmapscan = off', 'enable_hashjoin = off', 'enable_mergejoin = off',
      'plan_cache_mode = force_generic_plan', 'jit = off']
    loop
      execute format('alter function %s set %s', v_function, v_setting);
    end loop;
  end loop;
  insert into mq_migrations (version, name, installed_at, oldest_library)
  values (p_version, p_name, v_now, p_oldest_library);
end
$$;
comment on procedure mq_finish_migration is 'Pins the settings of new functions; records a version.';

call mq_finish_migration(1, 'create_tables');
