-- Purpose: functions that complete runs.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- Deletes those of these claims that have become history: none of their runs is current.
--
-- A runner that says so may be wrong. A failover can undo completions that were confirmed to it, where replication is
-- asynchronous or a wait for the standby was cancelled; it can even give the number of a claim again. A job whose claim
-- went all the same would be nowhere, and never run. The runner finds the claim when it compares those of the database
-- with those that it knows, once none of its runs is at work there any more, or its rescuer does.
--
-- Plan: primary keys of mq_claims and, once for each run, of mq_jobs.
create function mq_forget_claims(p_claim_ids bigint[])
  returns void
  language plpgsql
as $$
begin
  delete from mq_claims
  where mq_claims.id = any (p_claim_ids)
    and not exists (
      select
      from unnest(mq_claims.job_ids, mq_claims.tokens) as run (id, token)
      join mq_jobs as job
        on job.id = run.id
        and job.token = run.token);
end
$$;
comment on function mq_forget_claims is 'Internal: deletes claims that hold nothing any more.';

-- Completes runs, forgets claims that have become history, and returns the ids of the runs that were not completed.
--
-- Parameters: ids and tokens go position by position. p_claim_ids: claims of which no run is left after this call;
--             they stay if a run was not completed, so that it can still be rescued.
-- Returned:   the run has lost its lease, the job was cleared, or somebody has locked it: mq_resolve_v1 tells which.
--             Of several runs of one job, the id tells of the current one.
-- Order:      where a job was ordered, the next one of its channel becomes ready: see mq_unpark.
-- Locks:      rows of mq_jobs in id order. Skips those that are locked: a forgotten transaction that has touched one
--             job must not hold up the others of the batch.
-- Plan:       primary key of mq_jobs; the rows are then deleted where they were found.
create function mq_complete_v1(p_ids uuid[], p_tokens int[], p_claim_ids bigint[])
  returns setof uuid
  language plpgsql
as $$
declare
  v_rows tid[];
  v_completed uuid[];
  v_channel_names text[];
  v_channel_args text[];
  v_seqs bigint[];
begin
  select array_agg(current_run.ctid) into v_rows
  from (
    select job.ctid
    from mq_jobs as job
    join unnest(p_ids, p_tokens) as done (id, token)
      on job.id = done.id
      and job.token = done.token
    order by job.id
    for update of job skip locked
  ) as current_run;

  -- A statement of its own: the snapshot of the first one does not show a row version that was committed meanwhile.
  with completed as (
    delete from mq_jobs
    where mq_jobs.ctid = any (v_rows)
    returning mq_jobs.id, mq_jobs.token, mq_jobs.seq, mq_jobs.channel_name, mq_jobs.channel_args
  ), forgotten as (
    delete from mq_errors
    using completed
    where mq_errors.job_id = completed.id
      and completed.token > 1 -- only a job that was put back can have errors, a redriven one with attempt 1 too
  )
  select array_agg(completed.id),
         array_agg(completed.channel_name) filter (where completed.seq is not null),
         array_agg(completed.channel_args) filter (where completed.seq is not null),
         array_agg(completed.seq) filter (where completed.seq is not null)
  into v_completed, v_channel_names, v_channel_args, v_seqs
  from completed;
  if v_seqs is not null then
    perform mq_unpark(v_channel_names, v_channel_args, v_seqs);
  end if;

  if coalesce(cardinality(v_completed), 0) = cardinality(p_ids) then
    perform mq_forget_claims(p_claim_ids);
  else
    return query
      select done.id
      from unnest(p_ids) as done (id)
      where v_completed is null
        or done.id <> all (v_completed);
  end if;
end
$$;
comment on function mq_complete_v1 is 'Completes runs; returns the ids of those that were not completed.';

-- Completes one run in the caller's transaction, together with what the handler wrote in it.
--
-- Refused: MQ001, an error on purpose: the transaction cannot commit, even where the caller swallows the exception.
-- Locks:   the row of the job.
create function mq_complete_or_raise_v1(p_id uuid, p_token int)
  returns void
  language plpgsql
as $$
declare
  v_job record;
begin
  delete from mq_jobs
  where mq_jobs.id = p_id
    and mq_jobs.token = p_token
  returning mq_jobs.seq, mq_jobs.channel_name, mq_jobs.channel_args
  into v_job;
  if not found then
    raise exception 'run % of job % is not the current one', p_token, p_id using errcode = 'MQ001';
  end if;
  if v_job.seq is not null then
    perform mq_unpark(array[v_job.channel_name], array[v_job.channel_args], array[v_job.seq]);
  end if;
  if p_token > 1 then
    delete from mq_errors where mq_errors.job_id = p_id;
  end if;
end
$$;
comment on function mq_complete_or_raise_v1 is 'Completes one run within a transaction, which cannot commit if refused.';

-- Returns those of the given runs that are still current and whose job nobody is changing right now.
--
-- For runs that were completed in a transaction of the handler: if that has committed, the run is not returned; if it
-- was rolled back, it is; while it is still open, the row is locked and p_in_doubt tells.
-- Locks: rows of mq_jobs in id order, skipped where locked.
create function mq_resolve_v1(p_ids uuid[], p_tokens int[])
  returns table (id uuid, in_doubt boolean)
  language plpgsql
as $$
#variable_conflict use_column
declare
  v_present uuid[];
  v_free uuid[];
begin
  select array_agg(free.id) into v_free
  from (
    select job.id
    from mq_jobs as job
    join unnest(p_ids, p_tokens) as done (id, token)
      on job.id = done.id
      and job.token = done.token
    order by job.id
    for update of job skip locked
  ) as free;

  select array_agg(job.id) into v_present
  from mq_jobs as job
  join unnest(p_ids, p_tokens) as done (id, token)
    on job.id = done.id
    and job.token = done.token;

  return query
    select present.id, v_free is null or present.id <> all (v_free)
    from unnest(v_present) as present (id);
end
$$;
comment on function mq_resolve_v1 is 'Tells which runs are not completed, and which are in doubt.';

-- Returns those of the given runs that are not current any more: completed, put back, cancelled, cleared or rescued.
-- Plan: primary key of mq_jobs.
create function mq_lost_v1(p_ids uuid[], p_tokens int[])
  returns setof uuid
  language plpgsql stable
as $$
begin
  return query
    select run.id
    from unnest(p_ids, p_tokens) as run (id, token)
    where not exists (select from mq_jobs as job where job.id = run.id and job.token = run.token);
end
$$;
comment on function mq_lost_v1 is 'Tells which runs are not current any more.';

call mq_finish_migration(4, 'complete');
