-- Purpose: functions for leases of runners, and the rescue of what lost runners held.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- Registers a runner with a lease from now on.
--
-- Parameters: p_channel_names null: listens to all groups.
-- Locks:      none but the new row.
create function mq_register_runner_v1(
  p_id uuid, p_lease_ms int, p_pid bigint, p_host text, p_version text, p_channel_names text[])
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
begin
  insert into mq_runners (id, lease_ends_at, started_at, pid, host, version, channel_names)
  values (p_id, v_now + p_lease_ms * interval '1 millisecond', v_now, p_pid, p_host, p_version, p_channel_names);
end
$$;
comment on function mq_register_runner_v1 is 'Registers a runner with a lease.';

-- Renews a runner's lease and returns whether it still had one. A lease that has run out is never renewed, whether or
-- not somebody has noticed: the clock is read once the row is locked, and a rescuer locks it, too, before it acts.
--
-- Locks: the row of the runner; waits for a rescuer that is taking its claims.
create function mq_heartbeat_v1(p_id uuid, p_lease_ms int)
  returns boolean
  language plpgsql
as $$
declare
  v_now timestamptz;
  v_until timestamptz;
begin
  perform from mq_runners as runner where runner.id = p_id for update;
  v_now := mq_now();
  v_until := v_now + p_lease_ms * interval '1 millisecond';
  update mq_runners
  set lease_ends_at = v_until
  where mq_runners.id = p_id
    and mq_runners.lease_ends_at > v_now;
  return found;
end
$$;
comment on function mq_heartbeat_v1 is 'Renews the lease of a runner; false: it has been lost.';

-- Ends a runner's lease at its own wish. Runs that it still holds are rescued like those of a lost runner.
--
-- Takes its wish for notifications with it: each would hold a lock of the whole cluster, and nobody listens. Another
-- idle runner that has the same wish renews it when it polls next.
--
-- Locks: the row of the runner, then as mq_turn_busy.
create function mq_retire_runner_v1(p_id uuid)
  returns void
  language plpgsql
as $$
declare
  v_channel_names text[];
begin
  delete from mq_runners
  where mq_runners.id = p_id
  returning mq_runners.channel_names
  into v_channel_names;
  if found then
    perform mq_turn_busy(v_channel_names);
  end if;
end
$$;
comment on function mq_retire_runner_v1 is 'Ends the lease of a runner.';

-- Takes the claims of runners that are unknown or whose lease has run out: each run in them that is still current has
-- failed («runner lost»). Returns the jobs, and whether they are dead.
--
-- A job whose row is locked is being completed at this moment, or held by a session that outlives its runner: its claim
-- stays for the next rescue, and does not keep this one from what comes after it. A runner whose row is locked is
-- renewing its lease.
--
-- Parameters: p_limit: claims to take jobs from at most in this call: if it returns none, there is none left to take.
-- Locks:      for each runner its row (shared with other rescuers), rows of mq_claims, then of mq_jobs in id order;
--             skips locked rows of all three, so it never waits.
-- Plan:       mq_claims_runner, walked from runner to runner; primary key of mq_jobs.
create function mq_rescue_v1(p_limit int)
  returns table (id uuid, dead boolean, runner_id uuid)
  language plpgsql
as $$
#variable_conflict use_column
declare
  v_now timestamptz := mq_now();
  v_runner_id uuid := '00000000-0000-0000-0000-000000000000';
  v_lost text;
  v_left int := p_limit;
  v_claim record;
  v_ids uuid[];
  v_tokens int[];
  v_held uuid[];
  v_held_tokens int[];
begin
  loop
    select claim.runner_id into v_runner_id
    from mq_claims as claim
    where claim.runner_id > v_runner_id
    order by claim.runner_id
    limit 1;
    exit when v_runner_id is null or v_left <= 0;

    select format('runner lost: %s on %s, process %s, lease ended at %s', runner.id, runner.host, runner.pid,
                  runner.lease_ends_at)
    into v_lost
    from mq_runners as runner
    where runner.id = v_runner_id
      and runner.lease_ends_at <= v_now
    for share skip locked;
    if not found then
      continue when exists (select from mq_runners as runner where runner.id = v_runner_id);
      v_lost := format('runner lost: %s, which has ended', v_runner_id);
    end if;

    for v_claim in
      select claim.id, claim.job_ids, claim.tokens
      from mq_claims as claim
      where claim.runner_id = v_runner_id
      order by claim.id
      for update skip locked
    loop
      exit when v_left <= 0;
      select array_agg(free.id), array_agg(free.token)
      into v_ids, v_tokens
      from (
        select job.id, job.token
        from mq_jobs as job
        join unnest(v_claim.job_ids, v_claim.tokens) as run (id, token)
          on job.id = run.id
          and job.token = run.token
        order by job.id
        for update of job skip locked
      ) as free;

      return query
        select failed.id, failed.dead, v_runner_id
        from mq_fail_v1(v_ids, v_tokens, array_fill(v_lost, array[coalesce(cardinality(v_ids), 0)]), null, null)
               as failed;

      -- What still matches now was locked above: in doubt until the next rescue.
      select array_agg(job.id), array_agg(job.token)
      into v_held, v_held_tokens
      from mq_jobs as job
      join unnest(v_claim.job_ids, v_claim.tokens) as run (id, token)
        on job.id = run.id
        and job.token = run.token;
      if v_held is null then
        delete from mq_claims where mq_claims.id = v_claim.id;
      elsif cardinality(v_held) < cardinality(v_claim.job_ids) then
        update mq_claims set job_ids = v_held, tokens = v_held_tokens where mq_claims.id = v_claim.id;
      end if;
      if v_ids is not null then
        v_left := v_left - 1;
      end if;
    end loop;
  end loop;

  delete from mq_runners
  where mq_runners.id = any (array(
    select runner.id
    from mq_runners as runner
    where runner.lease_ends_at <= v_now
      and not exists (select from mq_claims as claim where claim.runner_id = runner.id)
    for update skip locked));
end
$$;
comment on function mq_rescue_v1 is 'Fails the runs of lost runners, so that their jobs run elsewhere.';

-- Returns the claims of a runner. A runner compares them with what it knows: a claim whose answer was lost on the way
-- is handed back, one that is history is forgotten.
create function mq_claims_v1(p_runner_id uuid)
  returns table (claim_id bigint, job_ids uuid[], tokens int[])
  language plpgsql
as $$
#variable_conflict use_column
begin
  return query
    select claim.id, claim.job_ids, claim.tokens
    from mq_claims as claim
    where claim.runner_id = p_runner_id
    order by claim.id;
end
$$;
comment on function mq_claims_v1 is 'Returns the claims of a runner.';

call mq_finish_migration(6, 'lease');
