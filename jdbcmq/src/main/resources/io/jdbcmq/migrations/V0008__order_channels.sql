-- Purpose: functions that keep ordered channels in order.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.
--
-- Ordered channels
--
-- The order of a channel is that of mq_jobs.seq, which senders draw in line (mq_line_up), so it is the order of their
-- commits. A job may start when no job of its channel with a lower seq is live, nor a dead one that holds the channel.
--
--   send     The first job of a list becomes ready and follows: the claim has to look. The others are parked.
--   claim    mq_follow looks for a job before this one. None: it runs, and is the head of its channel from now on, also
--            while it is delayed for a retry. One that can be locked: the job is parked. One that is locked, because it
--            may be ending at this moment: the job waits a little and is looked at again.
--   end      Who ends the head deletes it, and then, in a later statement of the same transaction, makes the next one
--            ready if it is parked.
--
-- No wake-up is lost: parking holds a lock on a job before it, one that a delete conflicts with and an update of a retry
-- does not (for key share). So either the parking commits first, and the later statement of the one who ends that job
-- sees it; or that job is locked already, and nothing is parked.
--
-- That reasoning needs a new snapshot for each statement, and it needs the head to be the one that ends. Where one of
-- these is missing (REPEATABLE READ; a job in the middle that is cancelled while the head ends, so that neither sees
-- what the other one does), a row of mq_wakes asks the next claim to look at the channel, once both have committed.
--
-- An id can come back: cancelled and sent again, or redriven, it is another job, with another seq. So a statement that
-- acts on what an earlier one has found asks for id and seq together.

-- Decides which of these jobs, whose ready rows have just been taken, may run now, and returns them in the order given.
-- The others are parked, or delayed for a moment; a job that is gone is forgotten.
--
-- Jobs that are not ordered, and heads of channels, are among them: they have no job before them.
--
-- Delay: a quarter of the job's age, 10 ms to 1 s: a job that has just been sent need not wait for long, and one that
--        waits for a long transaction is not looked at all the time.
-- Locks: rows of mq_jobs, those of the jobs that may run or park included, in id order; then of mq_dead. Skips locked
--        ones, so it never waits. A job that somebody is cancelling cannot start, nor leave a parked row behind.
-- Plan:  mq_jobs_ordered backwards from the job, mq_dead_holding, primary keys.
create function mq_follow(p_ids uuid[], p_tokens int[])
  returns table (id uuid, token int)
  language plpgsql
as $$
#variable_conflict use_column
declare
  v_now timestamptz := mq_now();
  v_followers uuid[];
  v_before uuid[];
  v_before_seqs bigint[];
  v_holders uuid[];
  v_locked uuid[];
  v_locked_holders uuid[];
  v_free uuid[];
  v_parked uuid[];
begin
  select array_agg(job.id order by taken.position),
         array_agg(before.id order by taken.position), array_agg(before.seq order by taken.position),
         array_agg(holder.id order by taken.position)
  into v_followers, v_before, v_before_seqs, v_holders
  from unnest(p_ids, p_tokens) with ordinality as taken (id, token, position)
  join mq_jobs as job
    on job.id = taken.id
    and job.token = taken.token
  left join lateral (
    select earlier.id, earlier.seq
    from mq_jobs as earlier
    where earlier.channel_name = job.channel_name
      and earlier.channel_args = job.channel_args
      and earlier.seq < job.seq
    order by earlier.seq desc
    limit 1
  ) as before on true
  left join lateral (
    select dead.id
    from mq_dead as dead
    where dead.channel_name = job.channel_name
      and dead.channel_args = job.channel_args
      and dead.seq < job.seq
      and dead.holds
    order by dead.seq desc
    limit 1
  ) as holder on true
  where job.seq is not null;

  v_locked := array(
    select job.id
    from mq_jobs as job
    join (
      select own.id, own.token, null as seq from unnest(p_ids, p_tokens) as own (id, token)
      union all
      select earlier.id, null, earlier.seq from unnest(v_before, v_before_seqs) as earlier (id, seq)
    ) as wanted
      on job.id = wanted.id
      and (job.token = wanted.token or job.seq = wanted.seq)
    order by job.id
    for key share of job skip locked);
  v_locked_holders := array(
    select dead.id
    from mq_dead as dead
    where dead.id = any (v_holders)
      and dead.holds
    order by dead.id
    for key share skip locked);

  select array_agg(job.id) filter (where job.before_id is null and job.holder_id is null),
         array_agg(job.id) filter (where job.before_id = any (v_locked) or job.holder_id = any (v_locked_holders))
  into v_free, v_parked
  from unnest(v_followers, v_before, v_holders) as job (id, before_id, holder_id)
  where job.id = any (v_locked);

  insert into mq_parked (job_id) select parked.id from unnest(v_parked) as parked (id);

  insert into mq_delayed (job_id, run_at)
  select job.id,
         v_now + least(greatest((v_now - job.created_at) / 4, interval '10 milliseconds'), interval '1 second')
  from unnest(v_followers) as follower (id)
  join mq_jobs as job on job.id = follower.id
  where (v_free is null or job.id <> all (v_free))
    and (v_parked is null or job.id <> all (v_parked));

  return query
    select taken.id, taken.token
    from unnest(p_ids, p_tokens) with ordinality as taken (id, token, position)
    join mq_jobs as job
      on job.id = taken.id
      and job.token = taken.token
    where job.seq is null
      or job.id = any (v_free)
    order by taken.position;
end
$$;
comment on function mq_follow is 'Internal: tells which jobs have nothing before them in their ordered channel.';

-- Makes the jobs ready that come after ended heads of ordered channels, where they are parked.
--
-- Parameters: position by position: the channels, and the seqs of the heads, which the caller has deleted in an earlier
--             statement of this transaction.
-- Cancelled:  a next job whose row is locked is being cancelled. That may be undone, and its row in mq_wakes with it: so
--             this call leaves one, too.
-- Locks:      rows of mq_parked in id order, skipped where locked.
-- Plan:       mq_jobs_ordered from the head on, so that it does not matter how many dead entries are before it.
create function mq_unpark(p_channel_names text[], p_channel_args text[], p_seqs bigint[])
  returns void
  language plpgsql
as $$
declare
  v_next uuid[];
  v_next_seqs bigint[];
  v_names text[];
  v_args text[];
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform mq_ask_to_wake(p_channel_names, p_channel_args);
    return;
  end if;
  select array_agg(following.id), array_agg(following.seq)
  into v_next, v_next_seqs
  from unnest(p_channel_names, p_channel_args, p_seqs) as ended (channel_name, channel_args, seq)
  cross join lateral (
    select job.id, job.seq
    from mq_jobs as job
    where job.channel_name = ended.channel_name
      and job.channel_args = ended.channel_args
      and job.seq > ended.seq
    order by job.seq
    limit 1
  ) as following;
  perform mq_unpark_jobs(v_next, v_next_seqs);

  select array_agg(job.channel_name), array_agg(job.channel_args)
  into v_names, v_args
  from unnest(v_next, v_next_seqs) as wanted (id, seq)
  join mq_parked as parked on parked.job_id = wanted.id
  join mq_jobs as job
    on job.id = wanted.id
    and job.seq = wanted.seq;
  if v_names is not null then
    perform mq_ask_to_wake(v_names, v_args);
  end if;
end
$$;
comment on function mq_unpark is 'Internal: lets ordered channels go on after their head has ended.';

-- Makes those of these jobs ready that are parked, and are the jobs of these seqs.
--
-- Locks: rows of mq_parked in id order, skipped where locked.
create function mq_unpark_jobs(p_ids uuid[], p_seqs bigint[])
  returns void
  language plpgsql
as $$
declare
  v_ids uuid[];
begin
  with unparked as (
    delete from mq_parked
    where mq_parked.ctid = any (array(
      select parked.ctid
      from unnest(p_ids, p_seqs) as wanted (id, seq)
      join mq_jobs as job
        on job.id = wanted.id
        and job.seq = wanted.seq
      join mq_parked as parked on parked.job_id = job.id
      order by parked.job_id
      for update of parked skip locked))
    returning mq_parked.job_id
  )
  select array_agg(unparked.job_id order by unparked.job_id) into v_ids from unparked;

  if v_ids is not null then
    perform mq_put_ready(v_ids, true);
  end if;
end
$$;
comment on function mq_unpark_jobs is 'Internal: makes parked jobs ready.';

-- Asks the next claim to look at these channels, and notifies hungry runners, so that there is one.
--
-- Locks: none but the new rows.
create function mq_ask_to_wake(p_channel_names text[], p_channel_args text[])
  returns void
  language plpgsql
as $$
begin
  insert into mq_wakes (id, channel_name, channel_args)
  select nextval('mq_seq'), channel.name, channel.args
  from (
    select distinct each.name, each.args from unnest(p_channel_names, p_channel_args) as each (name, args)
  ) as channel;
  perform mq_announce(p_channel_names, null);
end
$$;
comment on function mq_ask_to_wake is 'Internal: has ordered channels looked at after this transaction.';

-- Looks at up to p_limit channels of mq_wakes: a head that is parked although nothing holds the channel becomes ready.
-- Returns in how many milliseconds to look again: 0, if there may be more than p_limit; null, if there is nothing left.
-- Not 0 where all are to be looked at again: whoever has locked their heads may take a while.
--
-- If the head is locked, somebody may be ending it who has not seen what the row in mq_wakes is about: the channel is
-- looked at again later. If it can be locked, whoever ends it later sees what has been committed by now.
--
-- Locks: rows of mq_wakes, of mq_jobs, each in id order, and of mq_parked; skips locked ones, so it never waits.
-- Plan:  primary key of mq_wakes, mq_jobs_ordered, mq_dead_holding.
create function mq_wake(p_limit int)
  returns int
  language plpgsql
as $$
declare
  v_asked int;
  v_again int;
  v_channel_names text[];
  v_channel_args text[];
  v_heads uuid[];
  v_seqs bigint[];
  v_locked uuid[];
  v_locked_seqs bigint[];
begin
  with asked as (
    delete from mq_wakes
    where mq_wakes.ctid = any (array(
      select wake.ctid from mq_wakes as wake order by wake.id limit p_limit for update skip locked))
    returning mq_wakes.channel_name, mq_wakes.channel_args
  ), channels as (
    select distinct asked.channel_name, asked.channel_args from asked
  )
  select array_agg(channel.channel_name), array_agg(channel.channel_args), array_agg(head.id), array_agg(head.seq),
         (select count(*) from asked)
  into v_channel_names, v_channel_args, v_heads, v_seqs, v_asked
  from channels as channel
  cross join lateral (
    select job.id, job.seq
    from mq_jobs as job
    where job.channel_name = channel.channel_name
      and job.channel_args = channel.channel_args
      and job.seq is not null
    order by job.seq
    limit 1
  ) as head
  where not exists (
    select
    from mq_dead as dead
    where dead.channel_name = channel.channel_name
      and dead.channel_args = channel.channel_args
      and dead.seq < head.seq
      and dead.holds);
  if v_heads is null then
    return case when v_asked = p_limit then 0 end;
  end if;

  select array_agg(head.id), array_agg(head.seq)
  into v_locked, v_locked_seqs
  from (
    select job.id, job.seq
    from unnest(v_heads, v_seqs) as wanted (id, seq)
    join mq_jobs as job
      on job.id = wanted.id
      and job.seq = wanted.seq
    order by job.id
    for key share of job skip locked
  ) as head;
  perform mq_unpark_jobs(v_locked, v_locked_seqs);

  insert into mq_wakes (id, channel_name, channel_args)
  select nextval('mq_seq'), again.channel_name, again.channel_args
  from unnest(v_channel_names, v_channel_args, v_heads) as again (channel_name, channel_args, head_id)
  where v_locked is null
    or again.head_id <> all (v_locked);
  get diagnostics v_again = row_count;
  return case
    when v_asked = p_limit and v_again < v_asked then 0
    when v_again > 0 then 50
  end;
end
$$;
comment on function mq_wake is 'Internal: looks at ordered channels whose head may be parked.';

call mq_finish_migration(8, 'order_channels');
