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
-- Plan:  two index probes per channel, by mq_ready_channel and mq_ready_pkey.
create function mq_make_ready(
  p_job_ids uuid[], p_tokens int[], p_priorities smallint[], p_channel_names text[], p_channel_args text[])
  returns void
  language plpgsql
as $$
begin
  insert into mq_ready (seq, round, job_id, token, priority, tail, channel_name, channel_args)
  select based.seq,
         max(based.base) over channel + based.turn - 1,
         based.job_id, based.token, based.priority,
         based.turn = count(*) over channel,
         based.channel_name, based.channel_args
  from (
    select numbered.*,
           case when numbered.turn = 1 then coalesce(
             (select ready.round + 1
              from mq_ready as ready
              where ready.channel_name = numbered.channel_name
                and ready.priority = numbered.priority
                and ready.channel_args = numbered.channel_args
                and ready.tail
              order by ready.round desc
              limit 1),
             (select ready.round + 1
              from mq_ready as ready
              where ready.channel_name = numbered.channel_name
                and ready.priority = numbered.priority
              order by ready.round, ready.seq
              limit 1),
             numbered.first_seq)
           end as base
    from (
      select job.job_id, job.token, job.seq, job.priority, job.channel_name, job.channel_args,
             row_number() over (partition by job.channel_name, job.priority, job.channel_args
                                order by job.seq) as turn,
             min(job.seq) over () as first_seq
      from (
        select sent.*, nextval('mq_seq') as seq
        from unnest(p_job_ids, p_tokens, p_priorities, p_channel_names, p_channel_args)
               as sent (job_id, token, priority, channel_name, channel_args)
      ) as job
    ) as numbered
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
-- Locks:      none.
create function mq_announce(p_channel_names text[], p_run_ats timestamptz[])
  returns void
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
begin
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
    id, died_at, created_at, backoff_ms, attempt, token, retries, priority, ordered, channel_name, channel_args,
    job_name)
  select job.id, v_now, v_now, 0, 1, 1, 0, 0, false, '', '', ''
  from unnest(p_ids) as job (id)
  order by job.id
  on conflict (id) do nothing;
  delete from mq_dead where mq_dead.id = any (p_ids);
end
$$;
comment on function mq_require_not_dead is 'Internal: finds dead letters that a snapshot does not show.';

-- Sends jobs, in the caller's transaction, and returns the positions (from 1) of those whose id exists already.
--
-- Parameters: arrays that go position by position; one that is null as a whole means null for every job.
--             p_own_ids: the ids are the caller's and may exist; fresh UUIDs skip the check and its WAL record.
--             p_delays_ms and p_run_ats: at most one of them is not null.
--             p_headers: array literals of keys and values in turn.
-- Duplicate:  an id that is live or a dead letter, or came earlier in the same list. The transaction stays usable.
--             An id that another transaction is sending, completing or burying right now: waits for its end.
-- Token:      the caller may send an id again, whose first job has completed or was cleared. The new job starts with a
--             token above all that runs of the first one had: each run had a number of mq_seq of its own.
-- Locks:      none but the new rows.
create function mq_send_v1(
  p_ids uuid[], p_own_ids boolean, p_channel_names text[], p_channel_args text[], p_job_names text[],
  p_priorities smallint[], p_retries smallint[], p_backoffs_ms int[], p_max_backoffs_ms bigint[], p_jitters real[],
  p_delays_ms bigint[], p_run_ats timestamptz[], p_headers text[], p_payloads_json text[], p_payloads_bytes bytea[])
  returns setof int
  language plpgsql
as $$
declare
  v_now timestamptz := mq_now();
  v_count int := cardinality(p_ids);
  v_run_ats timestamptz[];
  v_token int := 1;
  v_stored uuid[];
  v_dead uuid[];
  v_duplicates int[] := '{}';
begin
  if p_delays_ms is not null or p_run_ats is not null then
    select array_agg(case when wish.run_at > v_now then wish.run_at end order by wish.position)
    into v_run_ats
    from (
      select job.position, coalesce(job.run_at, v_now + job.delay_ms * interval '1 millisecond') as run_at
      from unnest(p_ids, p_delays_ms, p_run_ats) with ordinality as job (id, delay_ms, run_at, position)
    ) as wish;
  end if;

  if not p_own_ids then
    insert into mq_jobs (
      id, created_at, run_at, backoff_ms, max_backoff_ms, retries, jitter, priority, channel_name, channel_args,
      job_name, headers, payload_json, payload_bytes)
    select job.id, v_now, job.run_at, job.backoff_ms, job.max_backoff_ms, job.retries, job.jitter, job.priority,
           job.channel_name, job.channel_args, job.job_name, job.headers::text[], job.payload_json::json,
           job.payload_bytes
    from unnest(p_ids, v_run_ats, p_backoffs_ms, p_max_backoffs_ms, p_retries, p_jitters, p_priorities,
                p_channel_names, p_channel_args, p_job_names, p_headers, p_payloads_json, p_payloads_bytes)
           as job (id, run_at, backoff_ms, max_backoff_ms, retries, jitter, priority, channel_name, channel_args,
                   job_name, headers, payload_json, payload_bytes);
  else
    v_token := nextval('mq_seq') % 1000000000 + 1;
    -- In id order: two transactions that send the same ids wait for each other, but never in a circle.
    with stored as (
      insert into mq_jobs (
        id, created_at, run_at, backoff_ms, max_backoff_ms, token, retries, jitter, priority, channel_name,
        channel_args, job_name, headers, payload_json, payload_bytes)
      select job.id, v_now, job.run_at, job.backoff_ms, job.max_backoff_ms, v_token, job.retries, job.jitter,
             job.priority, job.channel_name, job.channel_args, job.job_name, job.headers::text[],
             job.payload_json::json, job.payload_bytes
      from unnest(p_ids, v_run_ats, p_backoffs_ms, p_max_backoffs_ms, p_retries, p_jitters, p_priorities,
                  p_channel_names, p_channel_args, p_job_names, p_headers, p_payloads_json, p_payloads_bytes)
             with ordinality
             as job (id, run_at, backoff_ms, max_backoff_ms, retries, jitter, priority, channel_name, channel_args,
                     job_name, headers, payload_json, payload_bytes, position)
      order by job.id, job.position
      on conflict (id) do nothing
      returning id
    )
    select array_agg(stored.id) into v_stored from stored;

    -- Only now that their rows are there: a job that died while its id was waited for is seen dead.
    select array_agg(dead.id) into v_dead from mq_dead as dead where dead.id = any (v_stored);
    if v_dead is not null then
      delete from mq_jobs where mq_jobs.id = any (v_dead);
      v_stored := array(select stored.id from unnest(v_stored) as stored (id) where stored.id <> all (v_dead));
    end if;
    if current_setting('transaction_isolation') <> 'read committed' then
      perform mq_require_not_dead(v_stored);
    end if;

    if coalesce(cardinality(v_stored), 0) < v_count then
      select array_agg(job.position) into v_duplicates
      from (
        select each.id, each.position, row_number() over (partition by each.id order by each.position) as turn
        from unnest(p_ids) with ordinality as each (id, position)
      ) as job
      where job.turn > 1
        or v_stored is null
        or job.id <> all (v_stored);
    end if;
  end if;

  if v_run_ats is null and v_duplicates = '{}' then
    perform mq_make_ready(
      p_ids, array_fill(v_token, array[v_count]), p_priorities, p_channel_names, p_channel_args);
  else
    perform mq_make_ready(
      array_agg(job.id order by job.position), array_agg(v_token),
      array_agg(job.priority order by job.position), array_agg(job.channel_name order by job.position),
      array_agg(job.channel_args order by job.position))
    from unnest(p_ids, v_run_ats, p_priorities, p_channel_names, p_channel_args)
           with ordinality as job (id, run_at, priority, channel_name, channel_args, position)
    where job.run_at is null
      and job.position <> all (v_duplicates)
    having count(*) > 0;

    insert into mq_delayed (job_id, run_at)
    select job.id, job.run_at
    from unnest(p_ids, v_run_ats) with ordinality as job (id, run_at, position)
    where job.run_at is not null
      and job.position <> all (v_duplicates);
  end if;

  perform mq_announce(p_channel_names, v_run_ats);
  return query select unnest(v_duplicates);
end
$$;
comment on function mq_send_v1 is 'Sends jobs; returns the positions of those whose id exists already.';

call mq_finish_migration(2, 'send');
