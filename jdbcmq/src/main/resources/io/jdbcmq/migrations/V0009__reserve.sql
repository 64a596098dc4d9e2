-- Purpose: functions for two-phase sends.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.
--
-- A reserved job (mq_send_v1 with p_reserves_ms) is in mq_delayed until the end of its reservation, in a row that says
-- reserved. Who commits or extends it locks the job first, and then the delayed row; who ends it (mq_promote) has the
-- delayed row, and only tries to lock the job. So exactly one of them decides, and none waits for the other in a circle.
-- The clock is read once the job is locked: a commit that reports success came in time, and nothing can end the job
-- after it.

-- Commits reserved jobs, and returns the ids of those that it found reserved in time. They run when they are due.
--
-- Not returned: the reservation is over, or was committed before, or there never was one.
-- Locks: rows of mq_jobs in id order, then those of mq_delayed; waits for them.
create function mq_commit_v1(p_ids uuid[])
  returns setof uuid
  language plpgsql
as $$
declare
  v_now timestamptz;
  v_ids uuid[];
  v_later uuid[];
begin
  perform
  from mq_jobs as job
  where job.id = any (p_ids)
    and job.reserved_until is not null
  order by job.id
  for update;
  v_now := mq_now();

  with committed as (
    update mq_jobs
    set reserved_until = null
    where mq_jobs.id = any (p_ids)
      and mq_jobs.reserved_until > v_now
    returning mq_jobs.id, mq_jobs.run_at
  )
  select array_agg(committed.id order by committed.id),
         array_agg(committed.id) filter (where committed.run_at > v_now)
  into v_ids, v_later
  from committed;
  if v_ids is null then
    return;
  end if;

  update mq_delayed
  set run_at = job.run_at,
      reserved = false
  from mq_jobs as job
  where job.id = any (v_later)
    and mq_delayed.job_id = job.id;
  delete from mq_delayed
  where mq_delayed.job_id = any (v_ids)
    and mq_delayed.reserved;

  -- In the order in which they were sent, as far as that is known.
  perform mq_put_ready(
    array(
      select job.id
      from mq_jobs as job
      where job.id = any (mq_without(v_ids, v_later))
      order by job.seq nulls first, job.created_at, job.id),
    false);
  perform mq_announce(array_agg(job.channel_name), array_agg(job.run_at))
  from mq_jobs as job
  where job.id = any (v_later)
  having count(*) > 0;
  return query select unnest(v_ids);
end
$$;
comment on function mq_commit_v1 is 'Commits reserved jobs; returns those that were reserved in time.';

-- Sets the end of a reservation, p_reserve_ms from now, and returns whether there was one in time.
--
-- Locks: the row of the job, then its row in mq_delayed; waits for them.
create function mq_extend_v1(p_id uuid, p_reserve_ms bigint)
  returns boolean
  language plpgsql
as $$
declare
  v_now timestamptz;
  v_until timestamptz;
begin
  perform from mq_jobs as job where job.id = p_id and job.reserved_until is not null for update;
  v_now := mq_now();
  v_until := v_now + p_reserve_ms * interval '1 millisecond';
  update mq_jobs
  set reserved_until = v_until
  where mq_jobs.id = p_id
    and mq_jobs.reserved_until > v_now;
  if not found then
    return false;
  end if;
  update mq_delayed set run_at = v_until where mq_delayed.job_id = p_id;
  return true;
end
$$;
comment on function mq_extend_v1 is 'Sets the end of a reservation.';

-- Ends those of these jobs whose reservation is over and that can be locked, and returns their ids. The caller deletes
-- their rows in mq_delayed.
--
-- Locks: rows of mq_jobs in id order, skipped where locked.
create function mq_end_reservations(p_ids uuid[])
  returns uuid[]
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_rows tid[];
  v_ids uuid[];
  v_channel_names text[];
  v_channel_args text[];
begin
  v_rows := array(
    select job.ctid
    from mq_jobs as job
    where job.id = any (p_ids)
      and job.reserved_until <= v_now
    order by job.id
    for update skip locked);
  with ended as (
    delete from mq_jobs
    where mq_jobs.ctid = any (v_rows)
    returning mq_jobs.id, mq_jobs.seq, mq_jobs.channel_name, mq_jobs.channel_args
  )
  select coalesce(array_agg(ended.id), '{}'),
         array_agg(ended.channel_name) filter (where ended.seq is not null),
         array_agg(ended.channel_args) filter (where ended.seq is not null)
  into v_ids, v_channel_names, v_channel_args
  from ended;
  if v_channel_names is not null then
    perform mq_ask_to_wake(v_channel_names, v_channel_args);
  end if;
  return v_ids;
end
$$;
comment on function mq_end_reservations is 'Internal: ends reservations whose time is over.';

call mq_finish_migration(9, 'reserve');
