-- Purpose: functions that look at jobs, clear channels, and redrive or discard dead letters.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- Tells whether a job is live: sent, and neither completed nor cleared nor dead.
create function mq_exists_v1(p_id uuid)
  returns boolean
  language plpgsql stable
as $$
begin
  return exists (select from mq_jobs as job where job.id = p_id);
end
$$;
comment on function mq_exists_v1 is 'Tells whether a job is live.';

-- Returns what is known of a job, live or dead; no row: neither.
--
-- state: 'ready', 'delayed', 'reserved', 'parked', 'claimed' or 'dead'.
-- Plan:  primary keys; a claimed job is looked for in mq_claims, which has a row per batch at work.
create function mq_find_v1(p_id uuid)
  returns table (
    id uuid, state text, attempt int, retries int, channel_name text, channel_args text, job_name text,
    created_at timestamptz, next_attempt_at timestamptz, unknown_count int)
  language plpgsql stable
as $$
#variable_conflict use_column
begin
  return query
    select job.id,
           case
             when delayed.reserved then 'reserved'
             when delayed.job_id is not null then 'delayed'
             when parked.job_id is not null then 'parked'
             when exists (
               select from mq_claims as claim
               cross join lateral unnest(claim.job_ids, claim.tokens) as run (id, token)
               where run.id = job.id and run.token = job.token) then 'claimed'
             else 'ready'
           end,
           job.attempt, job.retries::int, job.channel_name::text, job.channel_args::text, job.job_name::text,
           job.created_at, delayed.run_at, coalesce(job.unknown_count, 0)
    from mq_jobs as job
    left join mq_delayed as delayed on delayed.job_id = job.id
    left join mq_parked as parked on parked.job_id = job.id
    where job.id = p_id
    union all
    select dead.id, 'dead', dead.attempt, dead.retries::int, dead.channel_name::text, dead.channel_args::text,
           dead.job_name::text, dead.created_at, null, 0
    from mq_dead as dead
    where dead.id = p_id;
end
$$;
comment on function mq_find_v1 is 'Returns state and attempt of a job.';

-- Returns the errors of a job's failed attempts, oldest first.
create function mq_errors_v1(p_id uuid)
  returns table (attempt int, failed_at timestamptz, error text)
  language plpgsql stable
as $$
#variable_conflict use_column
begin
  return query
    select failure.attempt, failure.failed_at, failure.error
    from mq_errors as failure
    where failure.job_id = p_id
    order by failure.token;
end
$$;
comment on function mq_errors_v1 is 'Returns the errors of a job''s failed attempts.';

-- Returns how many jobs runners have handed back because they had no handler, by job name.
-- Plan: mq_jobs_unknown, which holds only such jobs.
create function mq_unknown_v1()
  returns table (job_name text, jobs bigint)
  language plpgsql stable
as $$
#variable_conflict use_column
begin
  return query
    select job.job_name::text, count(*)
    from mq_jobs as job
    where job.unknown_count is not null
    group by job.job_name
    order by job.job_name;
end
$$;
comment on function mq_unknown_v1 is 'Counts jobs for which runners had no handler.';

-- Tells what part of a table to read, in percent; 100: all of it. To read so many of its pages, or where they are mostly
-- empty, because very many rows have gone, up to 25 times as many, for as many rows as full pages would hold.
create function mq_percent(p_table regclass, p_pages int)
  returns float8
  language plpgsql stable
as $$
declare
  v_pages float8 := greatest(1, pg_relation_size(p_table) / current_setting('block_size')::bigint);
begin
  return least(100, greatest(
    100 * p_pages / v_pages,
    least(100 * (100 * p_pages) / greatest(1, pg_stat_get_live_tuples(p_table)), 100 * (25 * p_pages) / v_pages)));
end
$$;
comment on function mq_percent is 'Internal: tells what part of a table holds so many pages.';

-- Returns how many jobs of each channel name are in each state, and for how long the oldest ready one has been due.
--
-- exact: whether the figures are counts. Of a table with more pages than asked for a random part of its pages is read,
--   and the figures are estimates from it: so the call costs the same for a thousand jobs and for ten million, and dead
--   rows do not slow it down, as they would slow down a scan of an index.
--   If there is nothing to count, one row without a channel name tells whether that is exact.
-- oldest_due_ms: since the earliest start that the sender asked for, or the send, or the last failed attempt; null: none
--   is due. When a snoozed job or the next attempt became ready is not kept.
-- Plan: samples of pages; primary keys of mq_jobs and mq_errors; all of mq_claims, which has a row per batch at work.
create function mq_stats_v1(p_pages int)
  returns table (
    channel_name text, ready bigint, delayed bigint, reserved bigint, parked bigint, running bigint, dead bigint,
    oldest_due_ms bigint, exact boolean)
  language plpgsql stable
as $$
#variable_conflict use_column
declare
  v_now timestamptz := mq_now();
  -- Rows of the narrow tables cost a look at mq_jobs each, so fewer of their pages are read.
  v_ready_percent float8 := mq_percent('mq_ready', p_pages);
  v_delayed_percent float8 := mq_percent('mq_delayed', p_pages / 4);
  v_parked_percent float8 := mq_percent('mq_parked', p_pages / 4);
  v_dead_percent float8 := mq_percent('mq_dead', p_pages);
begin
  return query
    with ready as materialized (
      select ready.channel_name, ready.seq, ready.job_id
      from mq_ready as ready tablesample system (v_ready_percent)
    ), oldest as (
      select distinct on (ready.channel_name) ready.channel_name, ready.job_id
      from ready
      order by ready.channel_name, ready.seq
    ), part as (
      select ready.channel_name, count(*) * 100 / v_ready_percent as ready, 0 as delayed, 0 as reserved, 0 as parked,
             0 as running, 0 as dead, null::timestamptz as due_at
      from ready
      group by ready.channel_name
      union all
      select job.channel_name, 0, 0, 0, 0, 0, 0, greatest(
               coalesce(job.run_at, job.created_at),
               (select max(failure.failed_at) from mq_errors as failure where failure.job_id = job.id))
      from oldest
      join mq_jobs as job on job.id = oldest.job_id
      union all
      select job.channel_name, 0, count(*) filter (where not delayed.reserved) * 100 / v_delayed_percent,
             count(*) filter (where delayed.reserved) * 100 / v_delayed_percent, 0, 0, 0,
             min(delayed.run_at) filter (where not delayed.reserved)
      from mq_delayed as delayed tablesample system (v_delayed_percent)
      join mq_jobs as job on job.id = delayed.job_id
      group by job.channel_name
      union all
      select job.channel_name, 0, 0, 0, count(*) * 100 / v_parked_percent, 0, 0, null
      from mq_parked as parked tablesample system (v_parked_percent)
      join mq_jobs as job on job.id = parked.job_id
      group by job.channel_name
      union all
      select job.channel_name, 0, 0, 0, 0, count(*), 0, null
      from mq_claims as claim
      cross join lateral unnest(claim.job_ids, claim.tokens) as run (id, token)
      join mq_jobs as job on job.id = run.id and job.token = run.token
      group by job.channel_name
      union all
      select dead.channel_name, 0, 0, 0, 0, 0, count(*) * 100 / v_dead_percent, null
      from mq_dead as dead tablesample system (v_dead_percent)
      group by dead.channel_name
    )
    select part.channel_name::text, round(sum(part.ready))::bigint, round(sum(part.delayed))::bigint,
           round(sum(part.reserved))::bigint, round(sum(part.parked))::bigint, sum(part.running)::bigint,
           round(sum(part.dead))::bigint,
           ceil(extract(epoch from v_now - min(part.due_at) filter (where part.due_at <= v_now)) * 1000)::bigint,
           least(v_ready_percent, v_delayed_percent, v_parked_percent, v_dead_percent) = 100
    from (values (true)) as always (row)
    left join part on true
    group by part.channel_name
    order by part.channel_name;
end
$$;
comment on function mq_stats_v1 is 'Returns how many jobs of each channel name are in each state, at a bounded cost.';

-- Returns what keeps vacuum from removing dead rows, which is what slows a queue down: how many there are, and who has
-- held the oldest snapshot, since when.
--
-- holder: 'transaction', 'prepared transaction' or 'replication slot', with its name: process id, gid or slot name. Null:
--   none is known. Other users' transactions are seen by members of pg_read_all_stats only.
create function mq_vacuum_v1()
  returns table (dead_rows bigint, holder text, holder_name text, held_ms bigint)
  language plpgsql stable
as $$
#variable_conflict use_column
declare
  v_now timestamptz := mq_now();
begin
  return query
    with held as (
      select 'transaction' as holder, session.pid::text as name, session.xact_start as since,
             age(session.backend_xmin) as xids
      from pg_stat_activity as session
      where session.backend_xmin is not null
        and (session.datname = current_database() or session.backend_type = 'walsender') -- of a standby, with feedback
        and session.backend_type <> 'autovacuum worker' -- vacuum does not wait for vacuum
        and session.pid <> pg_backend_pid()
      union all
      select 'prepared transaction', prepared.gid, prepared.prepared, age(prepared.transaction)
      from pg_prepared_xacts as prepared
      where prepared.database = current_database()
      union all
      select 'replication slot', slot.slot_name, null, age(slot.xmin)
      from pg_replication_slots as slot
      where slot.xmin is not null
    ), oldest as (
      select held.holder, held.name, held.since from held order by held.xids desc limit 1
    )
    select (select coalesce(sum(pg_stat_get_dead_tuples(relation.oid)), 0)::bigint
            from pg_class as relation
            where relation.relnamespace = current_schema()::regnamespace
              and relation.relkind = 'r'
              and relation.relname like 'mq\_%'),
           oldest.holder, oldest.name,
           ceil(extract(epoch from v_now - oldest.since) * 1000)::bigint
    from (values (true)) as always (row)
    left join oldest on true;
end
$$;
comment on function mq_vacuum_v1 is 'Returns the number of dead rows, and what has held the oldest snapshot.';

-- Deletes all live jobs of the given channel names and returns how many; null: of all channels. Dead letters stay.
-- Runs of theirs that are under way are refused when they end.
--
-- A send that has not committed yet is not seen.
-- Locks: rows of mq_jobs in id order, then as mq_remove; waits for them.
-- Plan:  reads all of mq_jobs: for administrators, not for a hot path.
create function mq_clear_v1(p_channel_names text[])
  returns bigint
  language plpgsql
as $$
declare
  v_rows tid[];
begin
  select array_agg(doomed.ctid) into v_rows
  from (
    select job.ctid
    from mq_jobs as job
    where p_channel_names is null
      or job.channel_name = any (p_channel_names)
    order by job.id
    for update
  ) as doomed;
  if v_rows is null then
    return 0;
  end if;
  return (select cardinality(removed.ids) from mq_remove(v_rows) as removed);
end
$$;
comment on function mq_clear_v1 is 'Deletes all live jobs of channels.';

-- Returns dead letters, oldest first, from after the given one.
--
-- Parameters: p_after_died_at and p_after_id: null, or those of the last row of the page before.
-- Plan:       mq_dead_died_at.
create function mq_dead_v1(p_after_died_at timestamptz, p_after_id uuid, p_limit int)
  returns table (
    id uuid, died_at timestamptz, created_at timestamptz, attempt int, channel_name text, channel_args text,
    job_name text, headers text[], payload_json text, payload_bytes bytea, error text)
  language plpgsql stable
as $$
#variable_conflict use_column
begin
  return query
    select dead.id, dead.died_at, dead.created_at, dead.attempt, dead.channel_name::text, dead.channel_args::text,
           dead.job_name::text, dead.headers, dead.payload_json::text, dead.payload_bytes,
           (select failure.error
            from mq_errors as failure
            where failure.job_id = dead.id
            order by failure.token desc
            limit 1)
    from mq_dead as dead
    where (dead.died_at, dead.id) > (coalesce(p_after_died_at, '-infinity'),
                                     coalesce(p_after_id, '00000000-0000-0000-0000-000000000000'))
    order by dead.died_at, dead.id
    limit p_limit;
end
$$;
comment on function mq_dead_v1 is 'Returns a page of dead letters.';

-- Makes dead letters live and ready again, and returns the ids of those that it could.
--
-- Not returned: there is no such dead letter, or a live job has its unique key now, and it stays dead.
--
-- They start with attempt 1 and all their retries; the errors of their first life stay with them. The token goes on
-- growing, so that no run of the first life can complete the second.
-- Order: a job that holds its ordered channel goes back to its place; another ordered one goes to the end, as if sent now.
-- Locks: rows of mq_dead in id order, then those that mq_line_up takes.
create function mq_redrive_v1(p_ids uuid[])
  returns setof uuid
  language plpgsql
as $$
declare
  v_rows tid[];
  v_channel_names text[];
  v_channel_args text[];
  v_ids uuid[];
begin
  select array_agg(chosen.ctid),
         array_agg(chosen.channel_name) filter (where chosen.seq is not null),
         array_agg(chosen.channel_args) filter (where chosen.seq is not null)
  into v_rows, v_channel_names, v_channel_args
  from (
    select dead.ctid, dead.channel_name, dead.channel_args, dead.seq
    from mq_dead as dead
    where dead.id = any (p_ids)
    order by dead.id
    for update
  ) as chosen;
  if v_channel_names is not null then
    perform mq_line_up(v_channel_names, v_channel_args);
  end if;

  with live as (
    insert into mq_jobs (
      id, created_at, seq, backoff_ms, max_backoff_ms, timeout_ms, token, retries, jitter, priority, blocks,
      channel_name, channel_args, job_name, unique_key, headers, payload_json, payload_bytes)
    select risen.id, risen.created_at,
           risen.new_seq,
           risen.backoff_ms, risen.max_backoff_ms, risen.timeout_ms, risen.token + 1, risen.retries, risen.jitter,
           risen.priority, risen.blocks, risen.channel_name, risen.channel_args, risen.job_name, risen.unique_key,
           risen.headers, risen.payload_json, risen.payload_bytes
    from (
      select letter.*,
             case when letter.holds then letter.seq when letter.seq is not null then nextval('mq_seq') end as new_seq
      from (
        select dead.* from mq_dead as dead where dead.ctid = any (v_rows) order by dead.seq
      ) as letter
    ) as risen
    order by risen.job_name, risen.unique_key, risen.id
    on conflict do nothing
    returning mq_jobs.id
  ), gone as (
    delete from mq_dead
    using live
    where mq_dead.id = live.id
  )
  select array_agg(live.id order by live.id) into v_ids from live;

  if v_ids is null then
    return;
  end if;
  perform mq_put_ready(v_ids, false);
  return query select unnest(v_ids);
end
$$;
comment on function mq_redrive_v1 is 'Makes dead letters live and ready again.';

-- Deletes dead letters and their errors, and returns the ids of those it found. A channel that one of them held goes on.
-- Locks: rows of mq_dead in id order.
create function mq_discard_v1(p_ids uuid[])
  returns setof uuid
  language plpgsql
as $$
declare
  v_rows tid[];
  v_ids uuid[];
  v_channel_names text[];
  v_channel_args text[];
begin
  v_rows := array(
    select dead.ctid
    from mq_dead as dead
    where dead.id = any (p_ids)
    order by dead.id
    for update);

  -- A statement of its own: the snapshot of the first one does not show a row version that was committed meanwhile.
  with gone as (
    delete from mq_dead
    where mq_dead.ctid = any (v_rows)
    returning mq_dead.id, mq_dead.holds, mq_dead.channel_name, mq_dead.channel_args
  )
  select array_agg(gone.id order by gone.id),
         array_agg(gone.channel_name) filter (where gone.holds),
         array_agg(gone.channel_args) filter (where gone.holds)
  into v_ids, v_channel_names, v_channel_args
  from gone;

  delete from mq_errors where mq_errors.job_id = any (v_ids);
  if v_channel_names is not null then
    perform mq_ask_to_wake(v_channel_names, v_channel_args);
  end if;
  return query select unnest(v_ids);
end
$$;
comment on function mq_discard_v1 is 'Deletes dead letters.';

call mq_finish_migration(7, 'inspect_and_manage');
