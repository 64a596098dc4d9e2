-- Purpose: functions that promote delayed jobs and claim ready ones.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- Makes live jobs ready, in the order given, and notifies hungry runners.
--
-- Parameters: p_heads: none of them has another job of its ordered channel before it. Otherwise the claim looks.
-- Locks:      none but the new rows; the caller owns the jobs: it has deleted their rows in other places, or locked them.
-- Plan:       primary key of mq_jobs.
create function mq_put_ready(p_job_ids uuid[], p_heads boolean)
  returns void
  language plpgsql
as $$
declare
  v_ids uuid[];
  v_tokens int[];
  v_priorities smallint[];
  v_channel_names text[];
  v_channel_args text[];
  v_follows boolean[];
begin
  select array_agg(job.id), array_agg(job.token), array_agg(job.priority),
         array_agg(job.channel_name), array_agg(job.channel_args), array_agg(job.seq is not null and not p_heads)
  into v_ids, v_tokens, v_priorities, v_channel_names, v_channel_args, v_follows
  from (
    select job.id, job.token, job.priority, job.channel_name, job.channel_args, job.seq
    from unnest(p_job_ids) with ordinality as wanted (id, position)
    join mq_jobs as job on job.id = wanted.id
    order by wanted.position
  ) as job;

  if v_ids is not null then
    perform mq_make_ready(v_ids, v_tokens, v_priorities, v_channel_names, v_channel_args, v_follows);
    perform mq_announce(v_channel_names, null);
  end if;
end
$$;
comment on function mq_put_ready is 'Internal: makes delayed or handed-back jobs ready.';

-- Low-water scans
--
-- A claim takes rows from the head of an index and leaves dead entries there. VACUUM removes them, but not while a
-- snapshot is held elsewhere, by a report or a backup: each scan then walks over all that was claimed since. So a scan
-- that turns out slow (200 µs) notes a position in mq_low_water, and later ones start there.
--
-- Below the position may be live rows whose transaction was open when it was noted. Therefore a position counts only
-- from the next note on, 100 ms later at least, and now and then a claim starts from the head of the level after all:
-- four times a second while that is cheap, and so rarely while it is slow that it takes 2 % of the time at most. A row
-- that was missed waits that long, and is not lost. A look that was quick ends the notes of the level.
--
-- A level is a channel group and a priority; its positions are (round, seq), which only grow. The delayed jobs are the
-- level '' and 0, and the round is their time in microseconds. Notes are inserted, not updated, and the newest one is
-- first in the index: reading one costs the same however long a snapshot has been held.

-- Notes a position of a level, unless someone has done so less than 100 ms ago.
--
-- Parameters: p_round null: the level has no rows; every new one will come after what mq_seq has given so far.
-- Locks:      the row of the note before; does nothing if another session is replacing it.
create function mq_note_low_water(p_channel_name text, p_priority smallint, p_round bigint, p_seq bigint)
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_last mq_low_water;
begin
  select mark.* into v_last
  from mq_low_water as mark
  where mark.channel_name = p_channel_name
    and mark.priority = p_priority
  order by mark.id desc
  limit 1;
  if v_last.noted_at between v_now - interval '100 milliseconds' and v_now then
    return;
  end if;
  if v_last.id is not null then
    perform from mq_low_water as mark where mark.id = v_last.id for update skip locked;
    if not found then
      return;
    end if;
  end if;
  insert into mq_low_water (
    id, channel_name, priority, round, seq, next_round, next_seq, noted_at, swept_at, sweep_us)
  select nextval('mq_seq'), p_channel_name, p_priority, coalesce(v_last.next_round, -1), coalesce(v_last.next_seq, -1),
         coalesce(p_round, pg_sequence_last_value('mq_seq'), 0), coalesce(p_seq, 0), v_now,
         coalesce(v_last.swept_at, v_now), coalesce(v_last.sweep_us, 0);
  delete from mq_low_water where mq_low_water.id = v_last.id;
end
$$;
comment on function mq_note_low_water is 'Internal: notes where slow scans of a level shall start.';

-- Notes how long a look from the head of a level has taken, or ends the notes of the level if that was quick.
--
-- Locks: the row of the note before; does nothing if another session is replacing it.
create function mq_note_sweep(p_channel_name text, p_priority smallint, p_took interval)
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_id bigint;
  v_marks tid[];
begin
  select mark.id into v_id
  from mq_low_water as mark
  where mark.channel_name = p_channel_name
    and mark.priority = p_priority
  order by mark.id desc
  limit 1;
  v_marks := array(select mark.ctid from mq_low_water as mark where mark.id = v_id for update skip locked);
  if v_marks = '{}' then
    return;
  end if;
  if p_took >= interval '200 microseconds' then
    insert into mq_low_water (
      id, channel_name, priority, round, seq, next_round, next_seq, noted_at, swept_at, sweep_us)
    select nextval('mq_seq'), mark.channel_name, mark.priority, mark.round, mark.seq, mark.next_round, mark.next_seq,
           mark.noted_at, v_now, extract(epoch from p_took) * 1000000
    from mq_low_water as mark
    where mark.id = v_id;
  end if;
  delete from mq_low_water where mq_low_water.ctid = any (v_marks);
end
$$;
comment on function mq_note_sweep is 'Internal: notes how long a look from the head of a level has taken.';

-- Promotes up to p_limit delayed jobs that are due, of all channel groups, and ends reservations whose time is over.
-- Returns when to look again: now or earlier, if more are due than were promoted; null, if there is none.
--
-- What is locked is in somebody else's hands, who may take a while: it is looked at again in 100 ms. That also holds for
-- reserved jobs, which are being committed or extended at this moment.
--
-- Locks: rows of mq_delayed in the order of their time, then those of reserved jobs in id order; skips locked ones of
--        both, so it never waits, whatever order the one who commits a reservation takes them in.
-- Plan:  mq_delayed_run_at, from the low-water position on.
create function mq_promote(p_limit int)
  returns timestamptz
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_started timestamptz := clock_timestamp();
  v_low_water mq_low_water;
  v_is_sweep boolean;
  v_from timestamptz := '-infinity';
  v_first timestamptz;
  v_next timestamptz;
  v_rows tid[];
  v_ids uuid[];
  v_reserved uuid[];
  v_ended uuid[];
begin
  select mark.* into v_low_water
  from mq_low_water as mark
  where mark.channel_name = ''
  order by mark.priority, mark.id desc
  limit 1;
  v_is_sweep := v_now not between v_low_water.swept_at and v_low_water.swept_at
    + greatest(interval '250 milliseconds', v_low_water.sweep_us * interval '50 microseconds');
  if v_low_water.round >= 0 and not v_is_sweep then
    v_from := timestamptz 'epoch' + v_low_water.round * interval '1 microsecond';
  end if;

  select delayed.run_at into v_first
  from mq_delayed as delayed
  where delayed.run_at >= v_from
  order by delayed.run_at
  limit 1;
  if v_is_sweep then
    perform mq_note_sweep('', 0::smallint, clock_timestamp() - v_started);
  elsif clock_timestamp() - v_started > interval '200 microseconds' then
    -- At most now: a new job may be due any time after it.
    perform mq_note_low_water(
      '', 0::smallint, (extract(epoch from least(v_first, v_now)) * 1000000)::bigint, 0);
  end if;
  if v_first is null or v_first > v_now then
    return v_first;
  end if;

  select array_agg(due.row), array_agg(due.job_id), array_agg(due.job_id) filter (where due.reserved)
  into v_rows, v_ids, v_reserved
  from (
    select delayed.ctid as row, delayed.job_id, delayed.reserved
    from mq_delayed as delayed
    where delayed.run_at between v_first and v_now
    order by delayed.run_at
    limit p_limit
    for update skip locked
  ) as due;

  if v_reserved is not null then
    v_ended := mq_end_reservations(v_reserved);
    update mq_delayed
    set run_at = v_now + interval '100 milliseconds'
    where mq_delayed.job_id = any (v_reserved)
      and mq_delayed.job_id <> all (v_ended)
      and exists (select from mq_jobs as job where job.id = mq_delayed.job_id);
  end if;
  if v_rows is not null then
    -- Not the new versions of rows that were put off: those are elsewhere.
    delete from mq_delayed where mq_delayed.ctid = any (v_rows);
    perform mq_put_ready(
      array(select due.id from unnest(v_ids) as due (id) where v_reserved is null or due.id <> all (v_reserved)), false);
  end if;

  select delayed.run_at into v_next
  from mq_delayed as delayed
  where delayed.run_at >= v_first
  order by delayed.run_at
  limit 1;
  if v_next <= v_now and coalesce(cardinality(v_rows), 0) < p_limit then
    return v_now + interval '100 milliseconds';
  end if;
  return v_next;
end
$$;
comment on function mq_promote is 'Internal: makes delayed jobs ready whose time has come, and ends reservations.';

-- Claims up to p_want ready jobs for a runner, after promoting delayed jobs that are due.
--
-- The first row of the answer has a null id; it carries claim_id (null: nothing was claimed), channel_name (the group
-- served last, to pass as p_after next time), next_due_ms (time until there is something to be done for a delayed job,
-- a reservation or an ordered channel, of any group; 0: now, since this call has done its share of more; null: nothing
-- is known) and taken (ready rows that were looked at, also those of jobs that have to wait after all). The other rows
-- are the claimed jobs, in the order in which to start them.
--
-- Parameters: p_channel_names: groups to listen to, served in this order; null: all, served in turn after p_after.
--             p_want: 1 to 250, the free slots of the runner.
--             p_hungry_ms: for how long the runner wants to be notified of the next job; 0: while work streams in, so that
--             a call that finds some, and less than it wants, withdraws such wishes.
-- Lease:      a runner without a valid lease gets MQ001. The check takes no lock: a claim that overtakes its runner's
--             rescue belongs to an unknown runner, and the next rescue takes it.
-- Order:      an ordered job that may have another one before it is looked at by mq_follow.
-- Locks:      rows of mq_ready in claim order; skips those that another session is claiming or clearing.
-- Plan:       mq_ready_pkey for each level, from its head or its low-water position on; primary key of mq_jobs for the
--             payloads.
create function mq_claim_v1(p_runner_id uuid, p_channel_names text[], p_after text, p_want int, p_hungry_ms int)
  returns table (
    id uuid, token int, attempt int, retries int, channel_name text, channel_args text, job_name text, headers text[],
    payload_json text, payload_bytes bytea, created_at timestamptz, run_at timestamptz, timeout_ms bigint,
    claim_id bigint, next_due_ms bigint, taken int, ordered boolean)
  language plpgsql
as $$
#variable_conflict use_column
declare
  c_above_all constant text := repeat(U&'\+10FFFF', 251); -- longer than a channel name can be
  v_now timestamptz := mq_now();
  v_group text := p_after;
  v_marked_group text;
  v_wrapped boolean := false;
  v_index int := 0;
  v_served text := p_after;
  v_level mq_low_water; -- the level whose note bounds the present range of priorities from below; null: none
  v_above mq_low_water; -- the one that bounds it from above
  v_is_sweep boolean;
  v_started timestamptz;
  v_first record;
  v_claim_id bigint;
  v_job_ids uuid[] := '{}';
  v_tokens int[] := '{}';
  v_taken int := 0;
  v_taken_ids uuid[];
  v_taken_tokens int[];
  v_has_followers boolean;
  v_next_due timestamptz;
begin
  if p_want not between 1 and 250 then
    raise exception 'p_want must be from 1 to 250 but was %', p_want using errcode = '22023';
  end if;
  if not exists (select from mq_runners as runner where runner.id = p_runner_id and runner.lease_ends_at > v_now) then
    raise exception 'runner % has no valid lease', p_runner_id using errcode = 'MQ001';
  end if;

  v_next_due := mq_promote(greatest(100, 2 * p_want));
  -- After it: where a reservation has just ended, its channel goes on at once.
  if exists (select from mq_wakes) then
    v_next_due := least(v_next_due, v_now + mq_wake(100) * interval '1 millisecond');
  end if;

  <<groups>>
  loop
    -- The next group: of the list, or the next one that has a ready row or a low-water note, once around.
    if p_channel_names is not null then
      v_index := v_index + 1;
      exit when v_index > cardinality(p_channel_names);
      v_group := p_channel_names[v_index];
    else
      select mark.channel_name into v_marked_group
      from mq_low_water as mark
      where mark.channel_name > v_group
      order by mark.channel_name
      limit 1;
      select ready.channel_name into v_group
      from mq_ready as ready
      where ready.channel_name > v_group
        and ready.channel_name < coalesce(v_marked_group, c_above_all)
      order by ready.channel_name
      limit 1;
      v_group := coalesce(v_group, v_marked_group);
      if v_group is null then
        exit when v_wrapped;
        v_wrapped := true;
        v_group := '';
        continue;
      end if;
      -- In the order of the index, whatever the collation of the database.
      exit when v_wrapped and v_group collate "C" > p_after;
    end if;
    continue when exists (select from mq_paused as paused where paused.channel_name = v_group);

    -- From level to level that has a note; nearly always there is none, and one range holds all priorities.
    v_level := null;
    loop
      select mark.* into v_above
      from mq_low_water as mark
      where mark.channel_name = v_group
        and mark.priority > coalesce(v_level.priority, -32769)
      order by mark.priority, mark.id desc
      limit 1;
      v_is_sweep := v_level.id is not null and v_now not between v_level.swept_at and v_level.swept_at
        + greatest(interval '250 milliseconds', v_level.sweep_us * interval '50 microseconds');
      if v_level.id is null or v_is_sweep then
        v_level.round := -1;
        v_level.seq := -1;
      end if;

      v_started := clock_timestamp();
      select ready.priority, ready.round, ready.seq into v_first
      from mq_ready as ready
      where ready.channel_name = v_group
        and (ready.priority, ready.round, ready.seq)
            >= (coalesce(v_level.priority, (-32768)::smallint), v_level.round, v_level.seq)
        and ready.priority < coalesce(v_above.priority, 32768)
      order by ready.priority, ready.round, ready.seq
      limit 1;
      if v_is_sweep then
        perform mq_note_sweep(v_group, v_level.priority, clock_timestamp() - v_started);
      elsif clock_timestamp() - v_started > interval '200 microseconds' then
        if v_level.priority <> coalesce(v_first.priority, 32768) then
          perform mq_note_low_water(v_group, v_level.priority, null, null);
        end if;
        if v_first.priority is not null then
          perform mq_note_low_water(v_group, v_first.priority, v_first.round, v_first.seq);
        end if;
      end if;

      if v_first.priority is not null then
        with taken as (
          delete from mq_ready
          where mq_ready.ctid = any (array(
            select ready.ctid
            from mq_ready as ready
            where ready.channel_name = v_group
              and (ready.priority, ready.round, ready.seq) >= (v_first.priority, v_first.round, v_first.seq)
              and ready.priority < coalesce(v_above.priority, 32768)
            order by ready.priority, ready.round, ready.seq
            limit p_want - cardinality(v_job_ids)
            for update skip locked))
          returning mq_ready.job_id, mq_ready.token, mq_ready.priority, mq_ready.round, mq_ready.seq, mq_ready.follows
        )
        select array_agg(taken.job_id order by taken.priority, taken.round, taken.seq),
               array_agg(taken.token order by taken.priority, taken.round, taken.seq),
               bool_or(taken.follows)
        into v_taken_ids, v_taken_tokens, v_has_followers
        from taken;

        if v_taken_ids is not null then
          v_taken := v_taken + cardinality(v_taken_ids);
          if v_has_followers then
            select coalesce(array_agg(free.id), '{}'), coalesce(array_agg(free.token), '{}')
            into v_taken_ids, v_taken_tokens
            from mq_follow(v_taken_ids, v_taken_tokens) as free;
          end if;
          v_served := v_group;
          v_job_ids := v_job_ids || v_taken_ids;
          v_tokens := v_tokens || v_taken_tokens;
          exit groups when cardinality(v_job_ids) = p_want;
        end if;
      end if;

      exit when v_above.id is null;
      v_level := v_above;
    end loop;
  end loop;

  if v_job_ids <> '{}' then
    v_claim_id := nextval('mq_claim_seq');
    insert into mq_claims (id, runner_id, claimed_at, job_ids, tokens)
    values (v_claim_id, p_runner_id, v_now, v_job_ids, v_tokens);
  end if;

  if v_taken = 0 and p_hungry_ms > 0 then
    perform mq_turn_hungry(p_channel_names, p_hungry_ms);
  elsif p_hungry_ms = 0 and v_taken > 0 and v_taken < p_want then
    perform mq_turn_busy(p_channel_names);
  end if;

  return query
    select null::uuid, null::int, null::int, null::int, v_served, null::text, null::text, null::text[], null::text,
           null::bytea, null::timestamptz, null::timestamptz, null::bigint, v_claim_id,
           case when v_next_due is not null
             then greatest(0, ceil(extract(epoch from v_next_due - v_now) * 1000))::bigint end,
           v_taken, null::boolean;
  return query
    select job.id, job.token, job.attempt, job.retries::int, job.channel_name::text, job.channel_args::text,
           job.job_name::text, job.headers, job.payload_json::text, job.payload_bytes, job.created_at, job.run_at,
           job.timeout_ms, null::bigint, null::bigint, null::int, job.seq is not null
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
