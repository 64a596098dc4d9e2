-- Purpose: functions that promote delayed jobs and claim ready ones.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- Makes live jobs ready, in the order given, and notifies hungry runners.
--
-- Locks: none but the new rows; the caller owns the jobs: it has deleted their delayed rows, or locked them.
-- Plan:  primary key of mq_jobs.
create function mq_put_ready(p_job_ids uuid[])
  returns void
  language plpgsql
as $$
declare
  v_ids uuid[];
  v_tokens int[];
  v_priorities smallint[];
  v_channel_names text[];
  v_channel_args text[];
begin
  select array_agg(job.id), array_agg(job.token), array_agg(job.priority),
         array_agg(job.channel_name), array_agg(job.channel_args)
  into v_ids, v_tokens, v_priorities, v_channel_names, v_channel_args
  from (
    select job.id, job.token, job.priority, job.channel_name, job.channel_args
    from unnest(p_job_ids) with ordinality as wanted (id, position)
    join mq_jobs as job on job.id = wanted.id
    order by wanted.position
  ) as job;

  if v_ids is not null then
    perform mq_make_ready(v_ids, v_tokens, v_priorities, v_channel_names, v_channel_args);
    perform mq_announce(v_channel_names, null);
  end if;
end
$$;
comment on function mq_put_ready is 'Internal: makes delayed or handed-back jobs ready.';

-- Promotes up to p_limit delayed jobs that are due, of all channel groups, and returns how many.
--
-- Locks: rows of mq_delayed in the order of their time; skips those that another session is promoting or deleting.
-- Plan:  mq_delayed_run_at.
create function mq_promote(p_limit int)
  returns int
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_ids uuid[];
begin
  with due as (
    delete from mq_delayed
    where mq_delayed.ctid = any (array(
      select delayed.ctid
      from mq_delayed as delayed
      where delayed.run_at <= v_now
      order by delayed.run_at
      limit p_limit
      for update skip locked))
    returning mq_delayed.job_id, mq_delayed.run_at
  )
  select array_agg(due.job_id order by due.run_at, due.job_id) into v_ids from due;

  if v_ids is null then
    return 0;
  end if;
  perform mq_put_ready(v_ids);
  return cardinality(v_ids);
end
$$;
comment on function mq_promote is 'Internal: makes delayed jobs ready whose time has come.';

-- Claims up to p_want ready jobs for a runner, after promoting delayed jobs that are due.
--
-- The first row of the answer has a null id; it carries claim_id (null: nothing was claimed), channel_name (the group
-- served last, to pass as p_after next time) and next_due_ms (time until a delayed job is due; null: there is none).
-- The other rows are the claimed jobs, in the order in which to start them.
--
-- Parameters: p_channel_names: groups to listen to, served in this order; null: all, served in turn after p_after.
--             p_want: 1 to 250, the free slots of the runner.
--             p_hungry_ms: 0, or for how long the runner wants to be notified if this call finds nothing.
-- Lease:      a runner without a valid lease gets MQ001. The check takes no lock: a claim that overtakes its runner's
--             rescue belongs to an unknown runner, and the next rescue takes it.
-- Locks:      rows of mq_ready in claim order; skips those that another session is claiming or clearing.
-- Plan:       mq_ready_pkey for the head of each group, primary key of mq_jobs for the payloads.
create function mq_claim_v1(p_runner_id uuid, p_channel_names text[], p_after text, p_want int, p_hungry_ms int)
  returns table (
    id uuid, token int, attempt int, retries int, channel_name text, channel_args text, job_name text, headers text[],
    payload_json text, payload_bytes bytea, created_at timestamptz, run_at timestamptz, claim_id bigint,
    next_due_ms bigint)
  language plpgsql
as $$
#variable_conflict use_column
declare
  v_now timestamptz := mq_now();
  v_group text := p_after;
  v_wrapped boolean := false;
  v_index int := 0;
  v_served text := p_after;
  v_claim_id bigint;
  v_job_ids uuid[] := '{}';
  v_tokens int[] := '{}';
  v_taken_ids uuid[];
  v_taken_tokens int[];
  v_next_due timestamptz;
begin
  if p_want not between 1 and 250 then
    raise exception 'p_want must be from 1 to 250 but was %', p_want using errcode = '22023';
  end if;
  if not exists (select from mq_runners as runner where runner.id = p_runner_id and runner.lease_ends_at > v_now) then
    raise exception 'runner % has no valid lease', p_runner_id using errcode = 'MQ001';
  end if;

  perform mq_promote(greatest(100, 2 * p_want));

  loop
    -- The next group: of the list, or the next one that has a ready row, once around.
    if p_channel_names is not null then
      v_index := v_index + 1;
      exit when v_index > cardinality(p_channel_names);
      v_group := p_channel_names[v_index];
    else
      select ready.channel_name into v_group
      from mq_ready as ready
      where ready.channel_name > v_group
      order by ready.channel_name
      limit 1;
      if v_group is null then
        exit when v_wrapped;
        v_wrapped := true;
        v_group := '';
        continue;
      end if;
      -- In the order of the index, whatever the collation of the database.
      exit when v_wrapped and v_group collate "C" > p_after;
    end if;

    with taken as (
      delete from mq_ready
      where mq_ready.ctid = any (array(
        select ready.ctid
        from mq_ready as ready
        where ready.channel_name = v_group
        order by ready.priority, ready.round, ready.seq
        limit p_want - cardinality(v_job_ids)
        for update skip locked))
      returning mq_ready.job_id, mq_ready.token, mq_ready.priority, mq_ready.round, mq_ready.seq
    )
    select array_agg(taken.job_id order by taken.priority, taken.round, taken.seq),
           array_agg(taken.token order by taken.priority, taken.round, taken.seq)
    into v_taken_ids, v_taken_tokens
    from taken;

    if v_taken_ids is not null then
      v_served := v_group;
      v_job_ids := v_job_ids || v_taken_ids;
      v_tokens := v_tokens || v_taken_tokens;
      exit when cardinality(v_job_ids) = p_want;
    end if;
  end loop;

  if v_job_ids <> '{}' then
    v_claim_id := nextval('mq_claim_seq');
    insert into mq_claims (id, runner_id, claimed_at, job_ids, tokens)
    values (v_claim_id, p_runner_id, v_now, v_job_ids, v_tokens);
  end if;

  if v_job_ids = '{}' and p_hungry_ms > 0 then
    perform mq_turn_hungry(p_channel_names, p_hungry_ms);
  elsif v_job_ids <> '{}' and cardinality(v_job_ids) < p_want then
    perform mq_turn_busy(p_channel_names);
  end if;

  select delayed.run_at into v_next_due from mq_delayed as delayed order by delayed.run_at limit 1;

  return query
    select null::uuid, null::int, null::int, null::int, v_served, null::text, null::text, null::text[], null::text,
           null::bytea, null::timestamptz, null::timestamptz, v_claim_id,
           greatest(0, ceil(extract(epoch from v_next_due - v_now) * 1000))::bigint;
  return query
    select job.id, job.token, job.attempt, job.retries::int, job.channel_name::text, job.channel_args::text,
           job.job_name::text, job.headers, job.payload_json::text, job.payload_bytes, job.created_at, job.run_at,
           null::bigint, null::bigint
    from unnest(v_job_ids, v_tokens) with ordinality as claimed (id, token, position)
    join mq_jobs as job
      on job.id = claimed.id
      and job.token = claimed.token
    order by claimed.position;
end
$$;
comment on function mq_claim_v1 is 'Claims ready jobs for a runner and returns them with their payloads.';

-- Notes that an idle runner wants to be notified of work in these groups; null: in any.
--
-- Rarely writes: only where less than half of the time is left.
-- Locks: rows of mq_groups in name order.
create function mq_turn_hungry(p_channel_names text[], p_hungry_ms int)
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_until timestamptz := v_now + p_hungry_ms * interval '1 millisecond';
  v_stale timestamptz := v_now + p_hungry_ms * interval '0.5 millisecond';
begin
  insert into mq_groups as known (channel_name, hungry_until)
  select listened.channel_name, v_until
  from unnest(coalesce(p_channel_names, array[''])) as listened (channel_name)
  where not exists (
    select from mq_groups as fresh
    where fresh.channel_name = listened.channel_name
      and fresh.hungry_until >= v_stale)
  order by listened.channel_name
  on conflict (channel_name) do update set hungry_until = excluded.hungry_until;
end
$$;
comment on function mq_turn_hungry is 'Internal: asks senders for notifications.';

-- Notes that a runner with free slots is polling these groups, so that senders need not notify anybody.
--
-- Another idle runner may lose its wish by this; it renews it when it polls next, and until then this one is at work.
-- Locks: rows of mq_groups in name order; skips those that another session is writing.
create function mq_turn_busy(p_channel_names text[])
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
begin
  update mq_groups
  set hungry_until = null
  where mq_groups.ctid = any (array(
    select hungry.ctid
    from mq_groups as hungry
    where hungry.channel_name = any (coalesce(p_channel_names, array['']))
      and hungry.hungry_until > v_now
    order by hungry.channel_name
    for update skip locked));
end
$$;
comment on function mq_turn_busy is 'Internal: tells senders that notifications are not needed.';

call mq_finish_migration(3, 'claim');
