-- Purpose: sending from SQL: psql, triggers, other languages.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- Sends one job and returns its id, or that of the job that exists already.
--
-- Only the name is needed: select jdbcmq.mq_send('send-invoice', '{"order": 42}').
--
-- Parameters: p_id: an id of the caller's; sending it again while the job is live or dead is a duplicate.
--             p_delay or p_run_at: the earliest start; a past time means at once.
--             p_reserve: the job is held until mq_commit_v1, and ends if that does not come in this time.
--             p_ordered: after all jobs that were sent to the channel before; p_blocks: its death holds the channel.
--             p_unique_key: there is one live job of this name and key at most.
--             p_headers: an object whose values are text: {"trace": "4711"}.
-- Refused:    22023, with the name of the parameter, before anything is written.
-- Locks:      as mq_send_v1.
create function mq_send(
  p_job_name text, p_payload json default null, p_channel_name text default 'default', p_channel_args text default '',
  p_bytes bytea default null, p_id uuid default null, p_priority int default 0, p_retries int default 4,
  p_backoff interval default '1 second', p_max_backoff interval default null, p_jitter double precision default 0,
  p_timeout interval default null, p_delay interval default null, p_run_at timestamptz default null,
  p_reserve interval default null, p_ordered boolean default false, p_blocks boolean default false,
  p_unique_key text default null, p_headers jsonb default null)
  returns uuid
  language plpgsql
as $$
declare
  v_id uuid := coalesce(p_id, mq_uuid_v7());
  v_headers text[];
  v_jitter real;
  v_wrong text;
  v_existing uuid;
begin
  if jsonb_typeof(p_headers) = 'object' then
    select array_agg(part.text order by header.key, part.position) into v_headers
    from jsonb_each_text(p_headers) as header (key, value)
    cross join lateral unnest(array[header.key, header.value]) with ordinality as part (text, position);
  end if;
  v_wrong := case
    when p_job_name is null or octet_length(p_job_name) not between 1 and 500 then 'p_job_name must have 1 to 500 bytes'
    when p_channel_name is null or octet_length(p_channel_name) not between 1 and 1000
      then 'p_channel_name must have 1 to 1000 bytes'
    when p_channel_args is null or octet_length(p_channel_args) > 1000
      then 'p_channel_args must not be null, nor have more than 1000 bytes'
    when octet_length(p_payload::text) > 1048576 then 'p_payload must have at most 1048576 bytes'
    when octet_length(p_bytes) > 1048576 then 'p_bytes must have at most 1048576 bytes'
    when p_priority is null or p_priority not between -32768 and 32767 then 'p_priority must be from -32768 to 32767'
    when p_retries is null or p_retries not between 0 and 10000 then 'p_retries must be from 0 to 10000'
    when p_backoff is null then 'p_backoff must not be null'
    when p_jitter is null or p_jitter not between 0 and 1 then 'p_jitter must be from 0 to 1'
    when p_delay is not null and p_run_at is not null then 'p_delay and p_run_at cannot both be given'
    when p_run_at not between '1970-01-01 00:00:00+00' and '9999-12-31 23:59:59+00'
      then 'p_run_at must be from 1970 to 9999'
    when p_ordered is null or p_blocks is null then 'p_ordered and p_blocks must not be null'
    when p_blocks and not p_ordered then 'p_blocks needs p_ordered'
    when octet_length(p_unique_key) not between 1 and 1000 then 'p_unique_key must have 1 to 1000 bytes'
    when jsonb_typeof(p_headers) <> 'object' then 'p_headers must be an object'
    when exists (select from unnest(v_headers) as part (text) where part.text is null)
      or p_headers @? '$.* ? (@.type() != "string")'
      then 'the values of p_headers must be text'
    when cardinality(v_headers) > 128 then 'p_headers must have at most 64 entries'
    when octet_length(array_to_string(v_headers, '')) > 16384 then 'p_headers must have at most 16384 bytes'
  end;
  if v_wrong is not null then
    raise exception '%', v_wrong using errcode = '22023';
  end if;

  -- What is too small for a real raises an error, and shifts nothing.
  v_jitter := case when p_jitter > 1e-45 then p_jitter::real end;
  if p_id is null and p_delay is null and p_run_at is null and p_reserve is null and not p_ordered
    and p_unique_key is null
  then
    perform mq_send_one_v1(
      v_id, p_channel_name, p_channel_args, p_job_name, p_priority::smallint, p_retries::smallint,
      mq_ms('p_backoff', p_backoff, 0, 2073600000)::int,
      mq_ms('p_max_backoff', p_max_backoff, 0, 3153600000000),
      v_jitter,
      mq_ms('p_timeout', p_timeout, 1, 3153600000000),
      v_headers, p_payload, p_bytes);
    return v_id;
  end if;
  select sent.existing_id into v_existing
  from mq_send_v1(
    array[v_id], p_id is not null, array[p_channel_name], array[p_channel_args], array[p_job_name],
    array[p_priority::smallint], array[p_retries::smallint],
    array[mq_ms('p_backoff', p_backoff, 0, 2073600000)::int],
    case when p_max_backoff is not null then array[mq_ms('p_max_backoff', p_max_backoff, 0, 3153600000000)] end,
    case when v_jitter is not null then array[v_jitter] end,
    case when p_timeout is not null then array[mq_ms('p_timeout', p_timeout, 1, 3153600000000)] end,
    case when p_delay is not null then array[mq_ms('p_delay', p_delay, 0, 3153600000000)] end,
    case when p_run_at is not null then array[p_run_at] end,
    case when p_reserve is not null then array[mq_ms('p_reserve', p_reserve, 1, 3153600000000)] end,
    case when p_ordered then array[true] end,
    case when p_blocks then array[true] end,
    case when p_unique_key is not null then array[p_unique_key] end,
    case when v_headers is not null then array[v_headers::text] end,
    case when p_payload is not null then array[p_payload::text] end,
    case when p_bytes is not null then array[p_bytes] end) as sent;
  return coalesce(v_existing, v_id);
end
$$;
comment on function mq_send is 'Sends one job; returns its id, or that of the one that exists already.';

-- Returns an interval in milliseconds, rounded up, or raises 22023 if it is out of range; null for null.
create function mq_ms(p_name text, p_interval interval, p_min bigint, p_max bigint)
  returns bigint
  language plpgsql
as $$
declare
  v_ms numeric := ceil(extract(epoch from p_interval) * 1000);
begin
  if v_ms not between p_min and p_max then
    raise exception '% must be from % to % milliseconds but was %', p_name, p_min, p_max, p_interval
      using errcode = '22023';
  end if;
  return v_ms;
end
$$;
comment on function mq_ms is 'Internal: an interval in milliseconds.';

-- A UUID of version 7: ids in the order of their time keep the primary key's index compact.
create function mq_uuid_v7()
  returns uuid
  language plpgsql
as $$
declare
  v_ms bigint := extract(epoch from clock_timestamp()) * 1000;
begin
  -- The time in the first 6 bytes; version 4 becomes 7 by two more bits.
  return encode(
    set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(int8send(v_ms) from 3) from 1), 52, 1), 53, 1),
    'hex')::uuid;
end
$$;
comment on function mq_uuid_v7 is 'Internal: makes an id.';

call mq_finish_migration(11, 'send_from_sql');
