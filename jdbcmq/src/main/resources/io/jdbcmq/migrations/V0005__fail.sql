-- Purpose: functions that put jobs back, after a failed attempt or without using one, and checkpoints.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- The delay after a failed attempt: backoff, doubled for each attempt before it, at most max_backoff, then jitter.
--
-- Saturates instead of overflowing, so that no accepted job can make a call fail: 36,500 days at most. The jitter is
-- drawn from the job and the attempt, so that the same failure always has the same delay.
create function mq_retry_delay_ms(
  p_id uuid, p_attempt int, p_backoff_ms int, p_max_backoff_ms bigint, p_jitter real)
  returns bigint
  language plpgsql immutable
as $$
declare
  c_longest constant double precision := 3153600000000;
  v_delay double precision;
  v_draw double precision;
begin
  v_delay := least(p_backoff_ms * power(2::double precision, least(p_attempt - 1, 62)),
                   coalesce(p_max_backoff_ms, c_longest));
  if p_jitter > 0 then
    -- From -1 to 1.
    v_draw := (hashtextextended(p_id::text, p_attempt) & 2147483647) / 1073741823.5 - 1;
    v_delay := v_delay * (1 + p_jitter * v_draw);
  end if;
  return least(v_delay, c_longest)::bigint;
end
$$;
comment on function mq_retry_delay_ms is 'Delay in milliseconds between a failed attempt and the next one.';

-- Fails runs and returns what became of each job: the id, and whether it is dead.
--
-- A job with attempts left waits for its backoff in mq_delayed; one without becomes a dead letter. Its error is kept
-- either way. No row is returned, and nothing is changed, for a run that is no longer current, or whose job somebody
-- has locked: mq_resolve_v1 tells which.
--
-- Parameters: ids, tokens and errors go position by position, and p_final: the job dies whatever retries it has left;
--             null as a whole: none. p_claim_ids: claims of which no run is left;
--             they stay if a run was not settled, so that it can still be rescued.
-- Locks:      rows of mq_jobs in id order, skipped where locked.
-- Plan:       primary key of mq_jobs.
create function mq_fail_v1(
  p_ids uuid[], p_tokens int[], p_errors text[], p_final boolean[], p_claim_ids bigint[])
  returns table (id uuid, dead boolean)
  language plpgsql
as $$
#variable_conflict use_column
declare
  v_now timestamptz := mq_now();
  v_failed uuid[];
  v_dead uuid[];
begin
  select array_agg(distinct failed.id), array_agg(distinct failed.id) filter (where failed.is_last)
  into v_failed, v_dead
  from (
    -- A token that cannot grow ends a job, too: otherwise it would fail every rescue.
    select job.id, job.attempt > job.retries or job.token = 2147483647 or coalesce(run.final, false) as is_last
    from mq_jobs as job
    join unnest(p_ids, p_tokens, p_final) as run (id, token, final)
      on job.id = run.id
      and job.token = run.token
    order by job.id
    for update of job skip locked
  ) as failed;

  if v_failed is null then
    return;
  end if;
  v_dead := coalesce(v_dead, '{}');

  insert into mq_errors (job_id, token, attempt, failed_at, error)
  select distinct on (job.id) job.id, job.token, job.attempt, v_now, run.error
  from unnest(p_ids, p_tokens, p_errors) with ordinality as run (id, token, error, position)
  join mq_jobs as job
    on job.id = run.id
    and job.token = run.token
  where job.id = any (v_failed)
  order by job.id, run.position;

  insert into mq_delayed (job_id, run_at)
  select job.id,
         v_now + mq_retry_delay_ms(job.id, job.attempt, job.backoff_ms, job.max_backoff_ms, job.jitter)
               * interval '1 millisecond'
  from unnest(v_failed) as failed (id)
  join mq_jobs as job on job.id = failed.id
  where job.id <> all (v_dead);

  update mq_jobs
  set attempt = mq_jobs.attempt + 1,
      token = mq_jobs.token + 1
  where mq_jobs.id = any (v_failed)
    and mq_jobs.id <> all (v_dead);

  perform mq_bury(v_dead);
  if cardinality(v_failed) = cardinality(p_ids) then
    perform mq_forget_claims(p_claim_ids);
  end if;

  perform mq_announce(array_agg(job.channel_name), array_agg(delayed.run_at))
  from unnest(v_failed) as failed (id)
  join mq_delayed as delayed on delayed.job_id = failed.id
  join mq_jobs as job on job.id = failed.id
  having count(*) > 0;

  return query select failed.id, failed.id = any (v_dead) from unnest(v_failed) as failed (id);
end
$$;
comment on function mq_fail_v1 is 'Fails runs: their jobs are tried again later, or become dead letters.';

-- Makes live jobs dead letters. Their errors stay where they are.
--
-- Where a job was ordered, the next one of its channel becomes ready (see mq_unpark), unless its death is to hold the
-- channel.
-- Locks: rows of mq_jobs, which the caller has locked.
create function mq_bury(p_ids uuid[])
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_channel_names text[];
  v_channel_args text[];
  v_seqs bigint[];
begin
  with buried as (
    delete from mq_jobs where mq_jobs.id = any (p_ids) returning mq_jobs.*
  ), dead as (
    insert into mq_dead (
      id, died_at, created_at, backoff_ms, max_backoff_ms, timeout_ms, attempt, token, retries, jitter, priority,
      blocks, holds, seq, channel_name, channel_args, job_name, unique_key, headers, payload_json, payload_bytes)
    select buried.id, v_now, buried.created_at, buried.backoff_ms, buried.max_backoff_ms, buried.timeout_ms,
           buried.attempt, buried.token, buried.retries, buried.jitter, buried.priority, buried.blocks, buried.blocks,
           buried.seq, buried.channel_name, buried.channel_args, buried.job_name, buried.unique_key, buried.headers,
           buried.payload_json, buried.payload_bytes
    from buried
  )
  select array_agg(buried.channel_name), array_agg(buried.channel_args), array_agg(buried.seq)
  into v_channel_names, v_channel_args, v_seqs
  from buried
  where buried.seq is not null
    and not buried.blocks;
  if v_seqs is not null then
    perform mq_unpark(v_channel_names, v_channel_args, v_seqs);
  end if;
end
$$;
comment on function mq_bury is 'Internal: makes live jobs dead letters.';

-- Hands back runs that never started, without using an attempt, and returns the ids of those that it could: the run is
-- current, and nobody has locked the job.
--
-- The token grows all the same, so that whoever held the run before can do nothing to it any more.
--
-- Parameters: p_unknown: the runner has no handler for the jobs. They wait 0.5 s, then half as long again each time,
--             up to 60 s, before they are ready again, are counted, and show up in mq_unknown_v1. Otherwise they are
--             ready at once. During a rolling deploy with as many old runners as new ones, one job of a hundred is
--             handed back seven times: 16 s; doubling pauses from 1 s would make that two minutes.
--             p_claim_ids: claims of which no run is left;
--             they stay if a run was not settled, so that it can still be rescued.
-- Locks:      rows of mq_jobs in id order, skipped where locked.
create function mq_hand_back_v1(p_ids uuid[], p_tokens int[], p_unknown boolean, p_claim_ids bigint[])
  returns setof uuid
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_ids uuid[];
begin
  with mine as (
    select job.id
    from mq_jobs as job
    join unnest(p_ids, p_tokens) as run (id, token)
      on job.id = run.id
      and job.token = run.token
    order by job.id
    for update of job skip locked
  ), released as (
    update mq_jobs
    set token = mq_jobs.token + 1,
        unknown_count = case when p_unknown then least(coalesce(mq_jobs.unknown_count, 0), 1000000) + 1
                             else mq_jobs.unknown_count end
    where mq_jobs.id = any (array(select mine.id from mine))
    returning mq_jobs.id, mq_jobs.token - 1 as token
  )
  -- In the order given, which is that of the claim. Each job once: a second ready row would start it twice.
  select array_agg(back.id order by back.position) into v_ids
  from (
    select released.id, min(run.position) as position
    from unnest(p_ids, p_tokens) with ordinality as run (id, token, position)
    join released
      on released.id = run.id
      and released.token = run.token
    group by released.id
  ) as back;

  perform mq_forget_claims(p_claim_ids); -- not one with a run that is locked elsewhere, to be rescued
  if v_ids is null then
    return;
  end if;

  if p_unknown then
    insert into mq_delayed (job_id, run_at)
    select job.id, v_now + least(0.5 * power(1.5, least(job.unknown_count - 1, 12)), 60) * interval '1 second'
    from unnest(v_ids) as released (id)
    join mq_jobs as job on job.id = released.id;
  else
    perform mq_put_ready(v_ids, false);
  end if;
  return query select unnest(v_ids);
end
$$;
comment on function mq_hand_back_v1 is 'Hands back runs that never started, without using an attempt.';

-- Snoozes runs: their jobs are run again after a delay, without using an attempt. Returns the ids of those that it
-- could: the run is current, and nobody has locked the job.
--
-- Parameters: ids, tokens and delays go position by position. p_claim_ids: claims of which no run is left;
--             they stay if a run was not settled, so that it can still be rescued.
-- Locks:      rows of mq_jobs in id order, skipped where locked.
-- Plan:       primary key of mq_jobs.
create function mq_snooze_v1(p_ids uuid[], p_tokens int[], p_delays_ms bigint[], p_claim_ids bigint[])
  returns setof uuid
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_ids uuid[];
  v_tokens int[];
begin
  with mine as (
    select job.id
    from mq_jobs as job
    join unnest(p_ids, p_tokens) as run (id, token)
      on job.id = run.id
      and job.token = run.token
    order by job.id
    for update of job skip locked
  ), released as (
    update mq_jobs
    set token = mq_jobs.token + 1
    where mq_jobs.id = any (array(select mine.id from mine))
    returning mq_jobs.id, mq_jobs.token - 1 as token
  )
  select array_agg(released.id), array_agg(released.token) into v_ids, v_tokens from released;
  if v_ids is null then
    return;
  end if;
  if cardinality(v_ids) = cardinality(p_ids) then
    perform mq_forget_claims(p_claim_ids);
  end if;

  insert into mq_delayed (job_id, run_at)
  select distinct on (run.id) run.id, v_now + run.delay_ms * interval '1 millisecond'
  from unnest(p_ids, p_tokens, p_delays_ms) with ordinality as run (id, token, delay_ms, position)
  join unnest(v_ids, v_tokens) as released (id, token)
    on released.id = run.id
    and released.token = run.token
  order by run.id, run.position;
  perform mq_announce(array_agg(job.channel_name), array_agg(delayed.run_at))
  from mq_delayed as delayed
  join mq_jobs as job on job.id = delayed.job_id
  where delayed.job_id = any (v_ids);
  return query select unnest(v_ids);
end
$$;
comment on function mq_snooze_v1 is 'Snoozes runs, without using an attempt.';

-- Snoozes one run in the caller's transaction.
--
-- Refused: MQ001, an error on purpose, as with mq_complete_or_raise_v1.
-- Locks:   the row of the job; waits for it.
create function mq_snooze_or_raise_v1(p_id uuid, p_token int, p_delay_ms bigint)
  returns void
  language plpgsql
as $$
begin
  perform mq_require_current(p_id, p_token);
  perform mq_snooze_v1(array[p_id], array[p_token], array[p_delay_ms], null);
end
$$;
comment on function mq_snooze_or_raise_v1 is 'Snoozes one run within a transaction, which cannot commit if refused.';

-- Makes the job of one run a dead letter in the caller's transaction, whatever retries it has left.
--
-- Refused: MQ001, an error on purpose, as with mq_complete_or_raise_v1.
-- Locks:   the row of the job; waits for it.
create function mq_give_up_or_raise_v1(p_id uuid, p_token int, p_reason text)
  returns void
  language plpgsql
as $$
begin
  perform mq_require_current(p_id, p_token);
  perform mq_fail_v1(array[p_id], array[p_token], array[p_reason], array[true], null);
end
$$;
comment on function mq_give_up_or_raise_v1 is 'Gives up one run within a transaction, which cannot commit if refused.';

-- Locks the job of a run, or raises MQ001 if it is not the current one.
create function mq_require_current(p_id uuid, p_token int)
  returns void
  language plpgsql
as $$
begin
  perform from mq_jobs as job where job.id = p_id and job.token = p_token for update;
  if not found then
    raise exception 'run % of job % is not the current one', p_token, p_id using errcode = 'MQ001';
  end if;
end
$$;
comment on function mq_require_current is 'Internal: locks the job of a current run.';

-- Saves the progress of a run, so that the next attempt starts from it.
--
-- Parameters: p_change_json, p_change_bytes: whether to set that payload, to null: to clear it.
--             p_extra_retries: 0 or more; 10,000 retries in all at most.
-- Refused:    MQ001, an error on purpose, as with mq_complete_or_raise_v1.
-- Locks:      the row of the job; waits for it.
create function mq_checkpoint_v1(
  p_id uuid, p_token int, p_change_json boolean, p_json text, p_change_bytes boolean, p_bytes bytea,
  p_extra_retries int)
  returns void
  language plpgsql
as $$
begin
  update mq_jobs
  set payload_json = case when p_change_json then p_json::json else mq_jobs.payload_json end,
      payload_bytes = case when p_change_bytes then p_bytes else mq_jobs.payload_bytes end,
      retries = least(mq_jobs.retries + p_extra_retries, 10000)
  where mq_jobs.id = p_id
    and mq_jobs.token = p_token;
  if not found then
    raise exception 'run % of job % is not the current one', p_token, p_id using errcode = 'MQ001';
  end if;
end
$$;
comment on function mq_checkpoint_v1 is 'Saves the progress of a run.';

call mq_finish_migration(5, 'fail');
