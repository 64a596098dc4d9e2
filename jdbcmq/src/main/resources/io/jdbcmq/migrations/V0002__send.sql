-- Purpose: functions that send jobs, and the fair order in which jobs become ready.
-- Phase:   before the new library version is rolled out.
-- Locks:   none; functions are new.
-- Rewrite: none.

-- The topic on which hungry runners of this schema are notified. A hash, so that no schema name is too long or odd.
--
-- The schema is asked of one of its tables: current_schema() is pg_catalog here, which is first in the pinned path.
create function mq_topic() returns text
  language plpgsql stable
as $$
begin
  return (
    select 'mq_' || md5(relation.relnamespace::regnamespace::text)
    from pg_class as relation
    where relation.oid = 'mq_jobs'::regclass);
end
$$;
comment on function mq_topic() is 'Name to LISTEN on for work in this schema.';

-- Gives jobs their rows in mq_ready; the arrays go position by position.
--
-- Fair rounds are start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996) with jobs of equal cost:
--   - a job comes one round after the last ready job of its channel;
--   - the first job of a channel comes one round after the current one of its group, that of the group's first ready
--     job. Not in the current one: channels whose jobs follow each other would keep it going for ever, and a channel
--     with a backlog would wait for the next one as long;
--   - where a group has no ready job, its channels start together, in a round of the first seq of this call.
-- By induction a round is never above the seq of its row, so the rounds of a group never run backwards. A channel's
-- last round is looked up once per call, not once per job: max() reads base, which stands in the first row of each
-- channel only. Senders that do not see each other may give the same round twice: seq breaks the tie, and the order
-- stays fair.
--
-- Seq:   drawn by the statement that looks rounds up, so above the seq of each row that its snapshot shows. Drawn
--        before, a row could be seen whose seq is greater, and a round above the own seq be given.
-- Locks: none but the new rows.
-- Low water: neither probe walks over the dead rows below the level's position in mq_low_water. A job below it that
-- was committed late is not counted then; the new one comes after it all the same, in a later round.
-- Parameters: p_follows: the job may have to wait for another one of its ordered channel; null: none of them.
-- Plan:  three index probes per channel, by mq_ready_channel, mq_ready_pkey and mq_low_water_newest.
create function mq_make_ready(
  p_job_ids uuid[], p_tokens int[], p_priorities smallint[], p_channel_names text[], p_channel_args text[],
  p_follows boolean[])
  returns void
  language plpgsql
as $$
begin
  insert into mq_ready (seq, round, job_id, token, priority, tail, follows, channel_name, channel_args)
  select based.seq,
         max(based.base) over channel + based.turn - 1,
         based.job_id, based.token, based.priority,
         based.turn = count(*) over channel, based.follows,
         based.channel_name, based.channel_args
  from (
    select numbered.*,
           case when numbered.turn = 1 then coalesce(
             (select ready.round + 1
              from mq_ready as ready
              where ready.channel_name = numbered.channel_name
                and ready.priority = numbered.priority
                and ready.channel_args = numbered.channel_args
                and ready.round >= coalesce(low_water.round, -1)
                and ready.tail
              order by ready.round desc
              limit 1),
             (select ready.round + 1
              from mq_ready as ready
              where ready.channel_name = numbered.channel_name
                and ready.priority = numbered.priority
                and (ready.round, ready.seq) >= (coalesce(low_water.round, -1), coalesce(low_water.seq, -1))
              order by ready.round, ready.seq
              limit 1),
             numbered.first_seq)
           end as base
    from (
      select job.job_id, job.token, job.seq, job.priority, job.follows, job.channel_name, job.channel_args,
             row_number() over (partition by job.channel_name, job.priority, job.channel_args
                                order by job.seq) as turn,
             min(job.seq) over () as first_seq
      from (
        select sent.*, nextval('mq_seq') as seq
        from unnest(p_job_ids, p_tokens, p_priorities, p_channel_names, p_channel_args,
                    coalesce(p_follows, array_fill(false, array[cardinality(p_job_ids)])))
               as sent (job_id, token, priority, channel_name, channel_args, follows)
      ) as job
    ) as numbered
    left join lateral (
      select mark.round, mark.seq
      from mq_low_water as mark
      where numbered.turn = 1
        and mark.channel_name = numbered.channel_name
        and mark.priority = numbered.priority
      order by mark.id desc
      limit 1
    ) as low_water on true
  ) as based
  window channel as (partition by based.channel_name, based.priority, based.channel_args);
end
$$;
comment on function mq_make_ready is 'Internal: places jobs in the fair order of their channel groups.';

-- Notifies hungry runners of work that is due, or will be before they look again by themselves.
--
-- A transaction with a NOTIFY holds a lock of the whole cluster while it commits, so nobody is notified who has not
-- asked for it; equal notifications of one transaction are sent once. A runner that turns hungry while this
-- transaction is open does not hear of it: it polls again after 5, 10, 20 … ms and finds the work by itself.
--
-- Parameters: p_run_ats null or past: due now.
-- Switch:     does nothing where the setting jdbcmq.notify is off: PREPARE TRANSACTION refuses one that has notified.
-- Locks:      none.
create function mq_announce(p_channel_names text[], p_run_ats timestamptz[])
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
begin
  if current_setting('jdbcmq.notify', true) = 'off' then
    return;
  end if;
  perform pg_notify(mq_topic(), md5(waiter.channel_name))
  from (
    select work.channel_name, min(coalesce(work.run_at, '-infinity')) as run_at
    from unnest(p_channel_names, p_run_ats) as work (channel_name, run_at)
    group by grouping sets ((work.channel_name), ())
  ) as news
  join mq_groups as waiter on waiter.channel_name = coalesce(news.channel_name, '')
  where waiter.hungry_until > v_now
    and news.run_at < waiter.hungry_until;
end
$$;
comment on function mq_announce is 'Internal: notifies idle runners of work.';

-- Raises 40001 if one of these jobs has died since the transaction's snapshot was taken, which then does not show it.
-- The unique index does: so the ids are put there and taken away again.
--
-- Locks: none but the new rows.
create function mq_require_not_dead(p_ids uuid[])
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
begin
  insert into mq_dead (
    id, died_at, created_at, backoff_ms, attempt, token, retries, priority, blocks, holds, channel_name,
    channel_args, job_name)
  select job.id, v_now, v_now, 0, 1, 1, 0, 0, false, false, '', '', ''
  from unnest(p_ids) as job (id)
  order by job.id
  on conflict (id) do nothing;
  delete from mq_dead where mq_dead.id = any (p_ids);
end
$$;
comment on function mq_require_not_dead is 'Internal: finds dead letters that a snapshot does not show.';

-- Puts the sender in line for ordered channels: from now to the end of the transaction nobody else sends to them.
--
-- So the numbers that are drawn next are in the order of the commits: whoever sees a job sees all that were sent to its
-- channel before. Jobs are finished without these locks.
--
-- Deadlock: none within one call. A transaction that sends to several ordered channels in several calls, while another
--           one does so in another order, may be the victim of one, as with any two rows: send a list instead.
-- Locks:    rows of mq_stripes in the order of their number, until the end of the transaction.
create function mq_line_up(p_channel_names text[], p_channel_args text[])
  returns void
  language plpgsql
as $$
begin
  perform
  from mq_stripes as stripe
  where stripe.stripe = any (array(
    select hashtextextended(channel.args, hashtextextended(channel.name, 0)) & 1023
    from unnest(p_channel_names, p_channel_args) as channel (name, args)))
  order by stripe.stripe
  for update;
end
$$;
comment on function mq_line_up is 'Internal: waits for other senders to the same ordered channels.';

-- Stores jobs whose id or unique key may exist already, and returns the positions of those that it did not store, each
-- with the id of the job that is there instead.
--
-- An id that another transaction is sending, completing or burying right now: waits for its end. So does a unique key.
-- If the job that stood in the way is gone when it is looked for, the new one is tried again. Under REPEATABLE READ and
-- SERIALIZABLE, one that the snapshot does not show raises 40001.
--
-- Parameters: as mq_send_v1; p_seqs are the places of ordered jobs, null for the others.
-- Locks:      the new rows, inserted in the order of key and id: two transactions that send the same ones wait for each
--             other, but never in a circle. Then, of jobs whose reservation is over, rows of mq_jobs in id order.
create function mq_store_or_find(
  p_ids uuid[], p_unique_keys text[], p_seqs bigint[], p_token int, p_channel_names text[], p_channel_args text[],
  p_job_names text[], p_priorities smallint[], p_retries smallint[], p_backoffs_ms int[], p_max_backoffs_ms bigint[],
  p_jitters real[], p_timeouts_ms bigint[], p_run_ats timestamptz[], p_reserved_untils timestamptz[],
  p_blocks boolean[], p_headers text[], p_payloads_json text[], p_payloads_bytes bytea[])
  returns table (pos int, existing_id uuid)
  language plpgsql
as $$
#variable_conflict use_column
declare
  v_now timestamptz := mq_now();
  v_open int[];
  v_stored uuid[];
  v_dead uuid[];
  v_found int[];
  v_existing uuid[];
  v_ended uuid[];
begin
  -- Of an id that comes twice in the list, the first one counts.
  select array_agg(job.position) filter (where job.turn = 1),
         array_agg(job.position) filter (where job.turn > 1), array_agg(job.id) filter (where job.turn > 1)
  into v_open, v_found, v_existing
  from (
    select each.id, each.position, row_number() over (partition by each.id order by each.position) as turn
    from unnest(p_ids) with ordinality as each (id, position)
  ) as job;
  return query select twice.pos, twice.id from unnest(v_found, v_existing) as twice (pos, id);

  -- Lists are long: (x in (select ...)) is true makes a hash table, and = any (array) would compare all with all.
  while v_open is not null loop
    with stored as (
      insert into mq_jobs (
        id, created_at, seq, run_at, reserved_until, backoff_ms, max_backoff_ms, timeout_ms, token, retries, jitter,
        priority, blocks, channel_name, channel_args, job_name, unique_key, headers, payload_json, payload_bytes)
      select job.id, v_now, job.seq, job.run_at, job.reserved_until, job.backoff_ms, job.max_backoff_ms,
             job.timeout_ms, p_token, job.retries, job.jitter, job.priority, coalesce(job.blocks, false),
             job.channel_name, job.channel_args, job.job_name, job.unique_key, job.headers::text[],
             job.payload_json::json, job.payload_bytes
      from unnest(p_ids, p_unique_keys, p_seqs, p_run_ats, p_reserved_untils, p_backoffs_ms, p_max_backoffs_ms,
                  p_timeouts_ms, p_retries, p_jitters, p_priorities, p_blocks, p_channel_names, p_channel_args,
                  p_job_names, p_headers, p_payloads_json, p_payloads_bytes)
             with ordinality
             as job (id, unique_key, seq, run_at, reserved_until, backoff_ms, max_backoff_ms, timeout_ms, retries,
                     jitter, priority, blocks, channel_name, channel_args, job_name, headers, payload_json,
                     payload_bytes, position)
      where (job.position in (select open.position from unnest(v_open) as open (position))) is true
      -- Of a key that comes twice in the list, the first one counts.
      order by job.job_name collate "C", job.unique_key collate "C",
               case when job.unique_key is null then job.id end, job.position
      on conflict do nothing
      returning mq_jobs.id
    )
    select array_agg(stored.id) into v_stored from stored;

    -- Only now that their rows are there: a job that died while its id was waited for is seen dead.
    select array_agg(dead.id) into v_dead from mq_dead as dead where dead.id = any (v_stored);
    if v_dead is not null then
      delete from mq_jobs where mq_jobs.id = any (v_dead);
    end if;
    if current_setting('transaction_isolation') <> 'read committed' then
      perform mq_require_not_dead(array(
        select stored.id from unnest(v_stored) as stored (id) where v_dead is null or stored.id <> all (v_dead)));
    end if;

    select array_agg(job.position) filter (where job.existing_id is null),
           array_agg(job.position) filter (where job.existing_id is not null),
           array_agg(job.existing_id) filter (where job.existing_id is not null)
    into v_open, v_found, v_existing
    from (
      select rest.position,
             case
               when rest.id = any (v_dead) then rest.id
               else coalesce(
                 (select same.id from mq_jobs as same where same.id = rest.id),
                 (select same.id
                  from mq_jobs as same
                  where same.job_name = rest.job_name
                    and same.unique_key = rest.unique_key))
             end as existing_id
      from unnest(p_ids, p_job_names, p_unique_keys) with ordinality as rest (id, job_name, unique_key, position)
      where (rest.position in (select open.position from unnest(v_open) as open (position))) is true
        and ((rest.id in (select stored.id from unnest(v_stored) as stored (id))) is not true
             or rest.id = any (v_dead))
    ) as job;

    -- A reservation whose time is over stands in nobody's way: it is ended here, before a promotion does so. Of one that
    -- somebody has locked only his end tells whether it is over: it is waited for, and the new job tried again.
    if v_existing is not null then
      v_ended := mq_end_reservations(v_existing);
      delete from mq_delayed where mq_delayed.job_id = any (v_ended);
      v_ended := v_ended || array(
        select job.id
        from mq_jobs as job
        where job.id = any (v_existing)
          and job.reserved_until <= mq_now());
      perform from mq_jobs as job where job.id = any (v_ended) order by job.id for update;
      select v_open || array_agg(freed.pos) into v_open
      from unnest(v_found, v_existing) as freed (pos, id)
      where freed.id = any (v_ended);
      return query
        select there.pos, there.id
        from unnest(v_found, v_existing) as there (pos, id)
        where there.id <> all (v_ended);
    end if;
  end loop;
end
$$;
comment on function mq_store_or_find is 'Internal: stores jobs unless their id or unique key exists.';

-- Sends jobs, in the caller's transaction, and returns the positions (from 1) of those that exist already, each with the
-- id of the existing job.
--
-- Parameters: arrays that go position by position; one that is null as a whole means null, or false, for every job.
--             p_own_ids: the ids are the caller's and may exist; fresh UUIDs skip the check and its WAL record.
--             p_delays_ms and p_run_ats: at most one of them is not null.
--             p_reserves_ms: the job is reserved for so long; unless it is committed by then, it ends.
--             p_ordered: the jobs of a channel run strictly one after the other; p_blocks: the death of such a job
--             holds its channel.
--             p_unique_keys: there is one live job of the same name and key at most.
--             p_headers: array literals of keys and values in turn.
-- Duplicate:  an id that is live or a dead letter, or came earlier in the same list; a unique key that a live job has.
--             The transaction stays usable.
-- Token:      the caller may send an id again, whose first job has completed or was cleared. The new job starts with a
--             token that no run of the first one had, unless mq_seq has given a billion numbers since.
-- Order:      the first ordered job of a channel in the list becomes ready, and the claim looks whether another one is
--             before it; the others are parked behind it.
-- Locks:      for ordered jobs, see mq_line_up; else none but the new rows.
create function mq_send_v1(
  p_ids uuid[], p_own_ids boolean, p_channel_names text[], p_channel_args text[], p_job_names text[],
  p_priorities smallint[], p_retries smallint[], p_backoffs_ms int[], p_max_backoffs_ms bigint[], p_jitters real[],
  p_timeouts_ms bigint[], p_delays_ms bigint[], p_run_ats timestamptz[], p_reserves_ms bigint[], p_ordered boolean[],
  p_blocks boolean[], p_unique_keys text[], p_headers text[], p_payloads_json text[], p_payloads_bytes bytea[])
  returns table (pos int, existing_id uuid)
  language plpgsql
as $$
#variable_conflict use_column
declare
  v_now timestamptz := mq_now();
  v_count int := cardinality(p_ids);
  v_run_ats timestamptz[];
  v_reserved_untils timestamptz[];
  v_seqs bigint[];
  v_token int := 1;
  v_duplicates int[] := '{}';
  v_existing uuid[];
  v_places text[];
begin
  if p_delays_ms is not null or p_run_ats is not null then
    select array_agg(case when wish.run_at > v_now then wish.run_at end order by wish.position)
    into v_run_ats
    from (
      select job.position, coalesce(job.run_at, v_now + job.delay_ms * interval '1 millisecond') as run_at
      from unnest(p_ids, p_delays_ms, p_run_ats) with ordinality as job (id, delay_ms, run_at, position)
    ) as wish;
  end if;
  if p_reserves_ms is not null then
    select array_agg(v_now + job.reserve_ms * interval '1 millisecond' order by job.position)
    into v_reserved_untils
    from unnest(p_ids, p_reserves_ms) with ordinality as job (id, reserve_ms, position);
  end if;
  if p_ordered is not null then
    perform mq_line_up(array_agg(job.channel_name), array_agg(job.channel_args))
    from unnest(p_channel_names, p_channel_args, p_ordered) as job (channel_name, channel_args, ordered)
    where job.ordered;
    -- A statement of its own: numbers are drawn in line only.
    select array_agg(case when job.ordered then nextval('mq_seq') end order by job.position)
    into v_seqs
    from unnest(p_ids, p_ordered) with ordinality as job (id, ordered, position);
  end if;

  if not p_own_ids and p_unique_keys is null then
    insert into mq_jobs (
      id, created_at, seq, run_at, reserved_until, backoff_ms, max_backoff_ms, timeout_ms, retries, jitter, priority,
      blocks, channel_name, channel_args, job_name, headers, payload_json, payload_bytes)
    select job.id, v_now, job.seq, job.run_at, job.reserved_until, job.backoff_ms, job.max_backoff_ms, job.timeout_ms,
           job.retries, job.jitter, job.priority, coalesce(job.blocks, false), job.channel_name, job.channel_args,
           job.job_name, job.headers::text[], job.payload_json::json, job.payload_bytes
    from unnest(p_ids, v_seqs, v_run_ats, v_reserved_untils, p_backoffs_ms, p_max_backoffs_ms, p_timeouts_ms,
                p_retries, p_jitters, p_priorities, p_blocks, p_channel_names, p_channel_args, p_job_names, p_headers,
                p_payloads_json, p_payloads_bytes)
           as job (id, seq, run_at, reserved_until, backoff_ms, max_backoff_ms, timeout_ms, retries, jitter, priority,
                   blocks, channel_name, channel_args, job_name, headers, payload_json, payload_bytes);
  else
    v_token := nextval('mq_seq') % 1000000000 + 1;
    select coalesce(array_agg(found.pos), '{}'), array_agg(found.existing_id)
    into v_duplicates, v_existing
    from mq_store_or_find(
      p_ids, p_unique_keys, v_seqs, v_token, p_channel_names, p_channel_args, p_job_names, p_priorities, p_retries,
      p_backoffs_ms, p_max_backoffs_ms, p_jitters, p_timeouts_ms, v_run_ats, v_reserved_untils, p_blocks, p_headers,
      p_payloads_json, p_payloads_bytes) as found;
  end if;

  if v_run_ats is null and v_reserved_untils is null and v_seqs is null and v_duplicates = '{}' then
    perform mq_make_ready(
      p_ids, array_fill(v_token, array[v_count]), p_priorities, p_channel_names, p_channel_args, null);
    -- Asked here because the call alone costs a small list a sixth of its time.
    if exists (
      select from mq_groups as waiter
      where waiter.channel_name = any (p_channel_names || array['']) and waiter.hungry_until > v_now)
    then
      perform mq_announce(p_channel_names, null);
    end if;
    return;
  end if;

  -- The place of each job; null: it was not stored.
  select array_agg(
           case
             when job.is_duplicate then null
             when job.run_at is not null or job.reserved_until is not null then 'delayed'
             when job.seq is not null and job.turn > 1 then 'parked'
             else 'ready'
           end order by job.position)
  into v_places
  from (
    select sent.*,
           row_number() over (
             partition by sent.seq is not null, sent.is_duplicate, sent.channel_name, sent.channel_args
             order by sent.position) as turn
    from (
      select each.*, (each.position in (select twice.pos from unnest(v_duplicates) as twice (pos))) is true
               as is_duplicate
      from unnest(p_channel_names, p_channel_args, v_run_ats, v_reserved_untils, v_seqs)
             with ordinality as each (channel_name, channel_args, run_at, reserved_until, seq, position)
    ) as sent
  ) as job;

  perform mq_make_ready(
    array_agg(job.id order by job.position), array_agg(v_token),
    array_agg(job.priority order by job.position), array_agg(job.channel_name order by job.position),
    array_agg(job.channel_args order by job.position), array_agg(job.seq is not null order by job.position))
  from unnest(p_ids, p_priorities, p_channel_names, p_channel_args, v_seqs, v_places)
         with ordinality as job (id, priority, channel_name, channel_args, seq, place, position)
  where job.place = 'ready'
  having count(*) > 0;

  insert into mq_delayed (job_id, run_at, reserved)
  select job.id, coalesce(job.reserved_until, job.run_at), job.reserved_until is not null
  from unnest(p_ids, v_run_ats, v_reserved_untils, v_places) as job (id, run_at, reserved_until, place)
  where job.place = 'delayed';

  insert into mq_parked (job_id)
  select job.id
  from unnest(p_ids, v_places) as job (id, place)
  where job.place = 'parked';

  perform mq_announce(array_agg(job.channel_name), array_agg(job.run_at))
  from unnest(p_channel_names, v_run_ats, v_reserved_untils, v_places)
         as job (channel_name, run_at, reserved_until, place)
  where job.place in ('ready', 'delayed')
    and job.reserved_until is null
  having count(*) > 0;

  return query select found.pos, found.existing_id from unnest(v_duplicates, v_existing) as found (pos, existing_id);
end
$$;
comment on function mq_send_v1 is 'Sends jobs; returns those that exist already.';

-- Sends one plain job, in the caller's transaction: a fresh id, due at once, neither ordered, reserved nor unique.
--
-- As mq_send_v1 does, with less to prepare: statements of one row, no arrays. The round is that of mq_make_ready for a
-- batch of one.
--
-- Locks: none but the new rows.
-- Plan:  three index probes, by mq_ready_channel, mq_ready_pkey and mq_low_water_newest; one by mq_groups_pkey.
create function mq_send_one_v1(
  p_id uuid, p_channel_name text, p_channel_args text, p_job_name text, p_priority smallint, p_retries smallint,
  p_backoff_ms int, p_max_backoff_ms bigint, p_jitter real, p_timeout_ms bigint, p_headers text[], p_payload_json json,
  p_payload_bytes bytea)
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
begin
  insert into mq_jobs (
    id, created_at, backoff_ms, max_backoff_ms, timeout_ms, retries, jitter, priority, channel_name, channel_args,
    job_name, headers, payload_json, payload_bytes)
  values (
    p_id, v_now, p_backoff_ms, p_max_backoff_ms, p_timeout_ms, p_retries, p_jitter, p_priority, p_channel_name,
    p_channel_args, p_job_name, p_headers, p_payload_json, p_payload_bytes);

  insert into mq_ready (seq, round, job_id, token, priority, tail, follows, channel_name, channel_args)
  select sent.seq,
         coalesce(
           (select ready.round + 1
            from mq_ready as ready
            where ready.channel_name = p_channel_name
              and ready.priority = p_priority
              and ready.channel_args = p_channel_args
              and ready.round >= coalesce(low_water.round, -1)
              and ready.tail
            order by ready.round desc
            limit 1),
           (select ready.round + 1
            from mq_ready as ready
            where ready.channel_name = p_channel_name
              and ready.priority = p_priority
              and (ready.round, ready.seq) >= (coalesce(low_water.round, -1), coalesce(low_water.seq, -1))
            order by ready.round, ready.seq
            limit 1),
           sent.seq),
         p_id, 1, p_priority, true, false, p_channel_name, p_channel_args
  from (select nextval('mq_seq') as seq) as sent
  left join lateral (
    select mark.round, mark.seq
    from mq_low_water as mark
    where mark.channel_name = p_channel_name
      and mark.priority = p_priority
    order by mark.id desc
    limit 1
  ) as low_water on true;

  if exists (
    select from mq_groups as waiter where waiter.channel_name in (p_channel_name, '') and waiter.hungry_until > v_now)
  then
    perform mq_announce(array[p_channel_name], null);
  end if;
end
$$;
comment on function mq_send_one_v1 is 'Sends one plain job.';

call mq_finish_migration(2, 'send');
