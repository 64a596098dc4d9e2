-- Purpose: functions that cancel jobs, pause channel groups, and show and unblock ordered channels.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- Deletes live jobs and all that belongs to them, and returns their ids, and those that were running.
--
-- The places are looked at one after the other, each with a new snapshot, and again until each job was found in one:
-- jobs move from place to place without a lock on mq_jobs. A job is in one place, or in a transaction that has its row
-- there; to delete that row waits for the transaction, and afterwards the job is seen elsewhere. A claim that was under
-- way has committed then, and the job is seen running. Ten times are enough for any job to stand still once; one that
-- has no place at all is gone with its row in mq_jobs.
--
-- Parameters: p_rows: rows of mq_jobs that the caller has locked in an earlier statement, whose snapshot need not show
--             the new version of a row that it waited for.
-- Notifies:   runners of running jobs, so that they interrupt the handlers.
-- Locks:      rows of mq_delayed, mq_parked and mq_ready; waits for them. No function of the queue that has one of those
--             waits for a job; a transaction of a caller that has completed a head has the row of the next one, too.
-- Plan:       primary keys. A ready job is looked for among those of its channel group and priority, since no index
--             leads from a job to its ready row: that would cost every job.
create function mq_remove(p_rows tid[], out ids uuid[], out running uuid[])
  language plpgsql
as $$
declare
  v_tokens int[];
  v_channel_names text[];
  v_priorities smallint[];
  v_ordered_names text[];
  v_ordered_args text[];
  v_left uuid[];
  v_found uuid[];
begin
  with removed as (
    delete from mq_jobs where mq_jobs.ctid = any (p_rows) returning mq_jobs.*
  )
  select array_agg(removed.id order by removed.id), array_agg(removed.token order by removed.id),
         array_agg(distinct removed.channel_name), array_agg(distinct removed.priority),
         array_agg(removed.channel_name) filter (where removed.seq is not null),
         array_agg(removed.channel_args) filter (where removed.seq is not null)
  into ids, v_tokens, v_channel_names, v_priorities, v_ordered_names, v_ordered_args
  from removed;
  delete from mq_errors where mq_errors.job_id = any (ids);

  running := '{}';
  v_left := ids;
  for pass in 1..10 loop
    with gone as (
      delete from mq_delayed where mq_delayed.job_id = any (v_left) returning mq_delayed.job_id
    )
    select coalesce(array_agg(gone.job_id), '{}') into v_found from gone;
    with gone as (
      delete from mq_parked where mq_parked.job_id = any (v_left) returning mq_parked.job_id
    )
    select v_found || coalesce(array_agg(gone.job_id), '{}') into v_found from gone;
    running := running || mq_without(mq_running(ids, v_tokens), running);
    v_left := mq_without(v_left, v_found || running);
    exit when v_left = '{}';

    with gone as (
      delete from mq_ready
      where mq_ready.ctid = any (array(
        select ready.ctid
        from mq_ready as ready
        where ready.channel_name = any (v_channel_names)
          and ready.priority = any (v_priorities)
          and (ready.job_id in (select wanted.id from unnest(v_left) as wanted (id))) is true -- by hash
        for update))
      returning mq_ready.job_id
    )
    select coalesce(array_agg(gone.job_id), '{}') into v_found from gone;
    v_left := mq_without(v_left, v_found);
    exit when v_left = '{}';
  end loop;

  if v_ordered_names is not null then
    perform mq_ask_to_wake(v_ordered_names, v_ordered_args);
  end if;
  if running <> '{}' and current_setting('jdbcmq.notify', true) is distinct from 'off' then
    perform pg_notify(mq_topic(), 'cancel');
  end if;
end
$$;
comment on function mq_remove is 'Internal: deletes live jobs wherever they are.';

-- Returns these ids without those.
create function mq_without(p_ids uuid[], p_others uuid[])
  returns uuid[]
  language plpgsql immutable
as $$
begin
  return array(
    select these.id
    from unnest(p_ids) as these (id)
    where (these.id in (select those.id from unnest(p_others) as those (id))) is not true); -- by hash
end
$$;
comment on function mq_without is 'Internal: ids without others.';

-- Cancels live jobs, and returns those that it found, and whether they were running.
--
-- A job that was waiting is claimed no more. One that was running is fenced: nothing that its run does to it is accepted
-- any more, and its runner, which is notified, interrupts the handler.
--
-- Locks: rows of mq_jobs in id order, then as mq_remove; waits for them: also for a transaction of a handler that has
--        saved a checkpoint or completed the job, and is still open.
-- Plan:  primary key of mq_jobs, then as mq_remove: cancel many jobs in one call.
create function mq_cancel_v1(p_ids uuid[])
  returns table (id uuid, was_running boolean)
  language plpgsql
as $$
#variable_conflict use_column
declare
  v_rows tid[];
  v_ids uuid[];
  v_running uuid[];
begin
  select array_agg(doomed.ctid) into v_rows
  from (
    select job.ctid from mq_jobs as job where job.id = any (p_ids) order by job.id for update
  ) as doomed;
  if v_rows is null then
    return;
  end if;
  select removed.ids, removed.running into v_ids, v_running from mq_remove(v_rows) as removed;
  return query
    select job.id, (job.id in (select run.id from unnest(v_running) as run (id))) is true
    from unnest(v_ids) as job (id);
end
$$;
comment on function mq_cancel_v1 is 'Cancels live jobs; returns those that it found, and whether they were running.';

-- Returns the ids of those runs that a runner has claimed.
-- Plan: reads mq_claims, which has a row for each batch at work.
create function mq_running(p_ids uuid[], p_tokens int[])
  returns uuid[]
  language plpgsql
as $$
begin
  return array(
    select run.id
    from mq_claims as claim
    cross join lateral unnest(claim.job_ids, claim.tokens) as run (id, token)
    where ((run.id, run.token) in (
      select wanted.id, wanted.token from unnest(p_ids, p_tokens) as wanted (id, token))) is true); -- by hash
end
$$;
comment on function mq_running is 'Internal: tells which runs are claimed.';

-- Pauses channel groups: runners take none of their jobs until they are resumed. Sends go on, running jobs end.
--
-- Locks: none but the new rows of mq_paused, in name order; waits for another session that pauses the same groups.
create function mq_pause_v1(p_channel_names text[])
  returns void
  language plpgsql
as $$
begin
  insert into mq_paused (channel_name)
  select channel.name
  from unnest(p_channel_names) as channel (name)
  order by channel.name collate "C"
  on conflict (channel_name) do nothing;
end
$$;
comment on function mq_pause_v1 is 'Has runners leave the jobs of channel groups alone.';

-- Resumes channel groups, and notifies runners that are waiting for their jobs.
--
-- Locks: rows of mq_paused in name order.
create function mq_resume_v1(p_channel_names text[])
  returns void
  language plpgsql
as $$
declare
  v_rows tid[];
begin
  v_rows := array(
    select paused.ctid
    from mq_paused as paused
    where paused.channel_name = any (p_channel_names)
    order by paused.channel_name
    for update);
  delete from mq_paused where mq_paused.ctid = any (v_rows);
  perform mq_announce(p_channel_names, null);
end
$$;
comment on function mq_resume_v1 is 'Has runners take the jobs of channel groups again.';

-- Returns the names of the channel groups that are paused.
create function mq_paused_v1()
  returns setof text
  language plpgsql stable
as $$
begin
  return query select paused.channel_name::text from mq_paused as paused order by paused.channel_name;
end
$$;
comment on function mq_paused_v1 is 'Returns the names of paused channel groups.';

-- Returns up to p_limit ordered channels in which jobs wait behind a head that cannot run now, longest held first.
--
-- head_state: 'dead' (the job holds the channel until someone redrives, discards or unblocks it), 'delayed' (a delay, a
--             retry or a snooze) or 'reserved'. until: when that is over by itself; null for a dead one.
-- waiting:    jobs behind the head, counted up to 1,000.
-- Plan:       reads all of mq_delayed and the dead letters that hold a channel: for people, not for a hot path.
create function mq_blocked_v1(p_limit int)
  returns table (
    channel_name text, channel_args text, head_id uuid, head_state text, since timestamptz, until timestamptz,
    waiting bigint)
  language plpgsql stable
as $$
#variable_conflict use_column
begin
  return query
    select head.channel_name::text, head.channel_args::text, head.id, head.state, head.since, head.until,
           behind.waiting
    from (
      select dead.channel_name, dead.channel_args, dead.id, dead.seq, 'dead' as state, dead.died_at as since,
             null::timestamptz as until
      from mq_dead as dead
      where dead.holds
      union all
      select job.channel_name, job.channel_args, job.id, job.seq,
             case when delayed.reserved then 'reserved' else 'delayed' end, job.created_at, delayed.run_at
      from mq_delayed as delayed
      join mq_jobs as job on job.id = delayed.job_id
      where job.seq is not null
        and not exists (
          select
          from mq_jobs as earlier
          where earlier.channel_name = job.channel_name
            and earlier.channel_args = job.channel_args
            and earlier.seq < job.seq)
    ) as head
    cross join lateral (
      select count(*) as waiting
      from (
        select
        from mq_jobs as job
        where job.channel_name = head.channel_name
          and job.channel_args = head.channel_args
          and job.seq > head.seq
        limit 1000
      ) as counted
    ) as behind
    where behind.waiting > 0
    order by head.since, head.id
    limit p_limit;
end
$$;
comment on function mq_blocked_v1 is 'Returns ordered channels that are held up by their head.';

-- Lets a channel go on that dead jobs hold, and returns whether there was one. They stay dead letters.
--
-- Locks: rows of mq_dead in id order.
create function mq_unblock_v1(p_channel_name text, p_channel_args text)
  returns boolean
  language plpgsql
as $$
declare
  v_rows tid[];
begin
  v_rows := array(
    select dead.ctid
    from mq_dead as dead
    where dead.channel_name = p_channel_name
      and dead.channel_args = p_channel_args
      and dead.holds
    order by dead.id
    for update);
  if v_rows = '{}' then
    return false;
  end if;
  update mq_dead set holds = false where mq_dead.ctid = any (v_rows);
  perform mq_ask_to_wake(array[p_channel_name], array[p_channel_args]);
  return true;
end
$$;
comment on function mq_unblock_v1 is 'Lets an ordered channel go on that a dead job holds.';

call mq_finish_migration(10, 'cancel_and_pause');
