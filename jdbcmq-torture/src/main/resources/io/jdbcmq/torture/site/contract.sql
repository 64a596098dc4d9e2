-- What each function of the queue promises to whoever calls it, tried with jobs of a channel group of its own.
--
-- Returns what is not so: the promise that is broken, a colon, and how. Made and called in a transaction that is rolled
-- back, while others work: nobody sees its jobs, and it waits for nobody. Time does not pass in it; instead, rows are
-- given times that are over. What it leaves behind, in all states that there are, is for the audit of the same
-- transaction.
create function pg_temp.contract() returns setof text
  language plpgsql
as $$
declare
  c_group constant text := 'contract';
  c_all constant int := 1000000; -- a claim moves only so many jobs that are due, and the oldest ones first
  v_runner constant uuid := gen_random_uuid();
  v_other constant uuid := gen_random_uuid();
  v_id uuid;
  v_ids uuid[];
  v_claimed record;
  v_run record;
  v_again record;
  v_delays numeric[];
  v_place int;
  v_before timestamptz;
begin
  perform mq_register_runner_v1(v_runner, 60000, 4711, 'host', 'version', array[c_group]);
  return query select 'LIVENESS: a runner that registers has no lease of the length it asked for'
  where not exists (
    select from mq_runners
    where id = v_runner and pid = 4711 and host = 'host' and version = 'version' and channel_names = array[c_group]
      and lease_ends_at - mq_now() between interval '50 seconds' and interval '60 seconds');

  -- A single job, and one of a list: each is claimed as it was sent.
  v_ids := array[mq_send(
    'contract', '{"a": 1}', c_group, 'args', '\x0102', p_priority => 7, p_retries => 2, p_backoff => '200 ms',
    p_max_backoff => '1 hour', p_timeout => '90 s', p_headers => '{"key": "value"}')];
  v_ids := v_ids || gen_random_uuid();
  perform mq_send_v1(
    array[v_ids[2]], false, array[c_group], array['args'], array['contract'], array[7::smallint], array[2::smallint],
    array[200], array[3600000::bigint], null, array[90000::bigint], null, null, null, null, null, null,
    array['{key,value}'], array['{"a": 1}'], array['\x0102'::bytea]);
  for v_claimed in
    select claim.*, row_number() over () as position
    from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim
    where claim.id is not null
  loop
    return query select format('NOTHING_LOST: job %s was claimed as %s', v_claimed.position, v_claimed)
    where (v_claimed.id, v_claimed.token, v_claimed.attempt, v_claimed.retries, v_claimed.channel_name,
           v_claimed.channel_args, v_claimed.job_name, v_claimed.headers, v_claimed.payload_json,
           v_claimed.payload_bytes, v_claimed.timeout_ms, v_claimed.ordered, v_claimed.run_at)
      is distinct from
          (v_ids[v_claimed.position], 1, 1, 2, c_group, 'args', 'contract', array['key', 'value'], '{"a": 1}',
           '\x0102'::bytea, 90000::bigint, false, null::timestamptz);
  end loop;
  return query select 'STRUCTURE: a claim is not recorded'
  where (select array_agg(claim.job_ids) from mq_claims_v1(v_runner) as claim) is distinct from array[v_ids];
  return query select 'NOTHING_LOST: what was claimed is not told to be current'
  where exists (select from mq_lost_v1(v_ids, array[1, 1]));

  perform mq_complete_v1('{}', '{}', array(select claim.claim_id from mq_claims_v1(v_runner) as claim));
  return query select 'STRUCTURE: a claim is forgotten although its runs are current'
  where not exists (select from mq_claims_v1(v_runner));

  -- Failures: each kept, delays that double, up to the maximum, and death after the last one.
  select array_agg(claim.claim_id) as claim_ids into v_run from mq_claims_v1(v_runner) as claim;
  update mq_jobs set max_backoff_ms = 300 where id = v_ids[1];
  for i in 1..3 loop
    select * into v_again
    from mq_fail_v1(v_ids[1:1], array[i], array['error ' || i], case when i = 1 then array[false] end,
                    case when i = 3 then v_run.claim_ids end);
    return query select format('ATTEMPTS: failure %s was answered with %s', i, v_again)
    where v_again is distinct from row (v_ids[1], i = 3);
    v_delays := v_delays || (
      select extract(epoch from delayed.run_at - failure.failed_at) * 1000
      from mq_delayed as delayed join mq_errors as failure on failure.job_id = delayed.job_id and failure.token = i
      where delayed.job_id = v_ids[1]);
    return query select format('ATTEMPTS: after failure %s comes not attempt %s', i, i + 1)
    where i < 3 and not exists (select from mq_jobs where id = v_ids[1] and attempt = i + 1 and token = i + 1);
    return query select 'FENCING: a run that has failed fails again'
    where exists (select from mq_fail_v1(v_ids[1:1], array[i], array['late'], null, null));
    delete from mq_delayed where job_id = v_ids[1];
  end loop;
  return query select format('ATTEMPTS: the delays were %s', v_delays)
  where v_delays[1] not between 199 and 201 or v_delays[2] not between 299 and 301 or v_delays[3] is not null;
  return query select 'ATTEMPTS: not all errors of a job were kept'
  where (select array_agg(failure.attempt || failure.error) from mq_errors_v1(v_ids[1]) as failure)
    is distinct from array['1error 1', '2error 2', '3error 3'];
  return query select 'ATTEMPTS: a job that has used up its attempts is no dead letter, as it was sent'
  where not exists (
    select from mq_dead
    where id = v_ids[1] and attempt = 3 and retries = 2 and priority = 7 and timeout_ms = 90000 and not holds
      and channel_name = c_group and channel_args = 'args' and job_name = 'contract' and headers = array['key', 'value']
      and payload_json::text = '{"a": 1}' and payload_bytes = '\x0102' and backoff_ms = 200 and max_backoff_ms = 300)
    or exists (select from mq_jobs where id = v_ids[1]);
  return query select 'STRUCTURE: a claim is kept whose runs are over, or forgotten although one is not'
  where exists (select from mq_claims_v1(v_runner)) and not exists (select from mq_jobs where id = v_ids[2]);

  -- Redriven, it is as at first; discarded, gone.
  return query select 'CANCELLATION: a dead letter is not redriven'
  where (select array_agg(live) from mq_redrive_v1(v_ids[1:1]) as live) is distinct from v_ids[1:1];
  return query select 'ATTEMPTS: a redriven job is not what it was at first'
  where not exists (
    select from mq_jobs
    where id = v_ids[1] and attempt = 1 and token > 3 and retries = 2 and priority = 7 and timeout_ms = 90000
      and headers = array['key', 'value'] and payload_json::text = '{"a": 1}' and payload_bytes = '\x0102')
    or exists (select from mq_dead where id = v_ids[1])
    or not exists (select from mq_ready where job_id = v_ids[1]);
  select claim.id, claim.token into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  perform mq_give_up_or_raise_v1(v_run.id, v_run.token, 'enough');
  return query select 'ATTEMPTS: a job that gave up is no dead letter with its error'
  where (
    select dead.error
    from mq_dead_v1(mq_now() - interval '1 minute', '00000000-0000-0000-0000-000000000000', 100000) as dead
    where dead.id = v_ids[1])
    is distinct from 'enough';
  return query select 'CANCELLATION: a dead letter is not discarded'
  where (select array_agg(gone) from mq_discard_v1(v_ids[1:1]) as gone) is distinct from v_ids[1:1];
  return query select 'CANCELLATION: a discarded dead letter is still there, or its errors are'
  where exists (select from mq_dead where id = v_ids[1]) or exists (select from mq_errors where job_id = v_ids[1]);

  -- Checkpoints change what they name; snoozes and hand-backs use no attempt; each has a new token.
  perform mq_checkpoint_v1(v_ids[2], 1, true, '2', false, null, 3);
  return query select 'NOTHING_LOST: a checkpoint of the JSON payload is not what was saved'
  where not exists (
    select from mq_jobs where id = v_ids[2] and payload_json::text = '2' and payload_bytes = '\x0102' and retries = 5);
  perform mq_checkpoint_v1(v_ids[2], 1, false, null, true, '\x03', 0);
  return query select 'NOTHING_LOST: a checkpoint of the bytes is not what was saved'
  where not exists (
    select from mq_jobs where id = v_ids[2] and payload_json::text = '2' and payload_bytes = '\x03' and retries = 5);
  return query select 'ATTEMPTS: a run was not snoozed'
  where (select array_agg(snoozed) from mq_snooze_v1(v_ids[2:2], array[1], array[500000::bigint], null) as snoozed)
    is distinct from v_ids[2:2];
  return query select 'DELAY: a snooze is not as long as was asked for, or has used an attempt'
  where not exists (
    select from mq_jobs as job join mq_delayed as delayed on delayed.job_id = job.id
    where job.id = v_ids[2] and job.attempt = 1 and job.token = 2 and not delayed.reserved
      and delayed.run_at - mq_now() between interval '490 seconds' and interval '500 seconds');
  return query select 'DELAY: a job was claimed before its time'
  where exists (select from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null);
  for i in 2..4 loop
    update mq_delayed set run_at = mq_now() where job_id = v_ids[2];
    perform mq_promote(c_all);
    select claim.id, claim.token, claim.attempt into v_run
    from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
    return query select format('ATTEMPTS: a job came back as %s', v_run)
    where v_run is distinct from row (v_ids[2], i, 1);
    if i < 4 then
      v_before := mq_now();
      perform mq_hand_back_v1(v_ids[2:2], array[i], true, null);
      return query select format('LIVENESS: pause %s of an unknown job is not what it should be', i - 1)
      where not exists (
        select from mq_delayed
        where job_id = v_ids[2]
          and run_at - 0.5 * power(1.5, i - 2) * interval '1 second'
            between v_before - interval '2 ms' and mq_now() + interval '2 ms');
    end if;
  end loop;
  return query select 'LIVENESS: an unknown job is not counted'
  where not exists (select from mq_unknown_v1() as unknown where unknown.job_name = 'contract' and unknown.jobs = 1);
  perform mq_hand_back_v1(v_ids[2:2], array[4], false, null);
  select claim.id, claim.token, claim.attempt into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select format('ATTEMPTS: a job that was handed back came as %s', v_run)
  where v_run is distinct from row (v_ids[2], 5, 1);

  -- A completion that is not current changes nothing; one that is takes all that there is of the job.
  return query select 'FENCING: a run that is over was completed'
  where (select array_agg(late) from mq_complete_v1(v_ids[2:2], array[4], null) as late) is distinct from v_ids[2:2];
  begin
    perform mq_complete_or_raise_v1(v_ids[2], 4);
    return next 'FENCING: a run that is over was completed in a transaction';
  exception when sqlstate 'MQ001' then
    null;
  end;
  begin
    perform mq_checkpoint_v1(v_ids[2], 4, true, '5', false, null, 0);
    return next 'FENCING: a run that is over has saved a checkpoint';
  exception when sqlstate 'MQ001' then
    null;
  end;
  return query select 'NOTHING_LOST: a completion is refused'
  where exists (
    select from mq_complete_v1(
      v_ids[2:2], array[5], array(select claim.claim_id from mq_claims_v1(v_runner) as claim)));
  return query select 'STRUCTURE: a completion leaves something'
  where exists (select from mq_jobs where id = v_ids[2]) or exists (select from mq_claims_v1(v_runner))
    or exists (select from mq_errors where job_id = v_ids[2]);
  return query select 'NOTHING_LOST: a completed run is told to be current'
  where (select array_agg(lost) from mq_lost_v1(v_ids[2:2], array[5]) as lost) is distinct from v_ids[2:2];

  -- Priorities and delays.
  v_ids := array[
    mq_send('contract', null, c_group, p_priority => 2), mq_send('contract', null, c_group, p_priority => 1),
    mq_send('contract', null, c_group, p_delay => '1000 seconds')];
  return query select 'DELAY: the delay of a job is not what was asked for'
  where not exists (
    select from mq_delayed
    where job_id = v_ids[3] and run_at - mq_now() between interval '990 seconds' and interval '1000 seconds');
  return query select 'FAIRNESS: jobs are not claimed by their priority'
  where (select array_agg(claim.id) from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null)
    is distinct from array[v_ids[2], v_ids[1]];

  -- Cancelled wherever it is: running, delayed, ready.
  v_ids := v_ids || mq_send('contract', null, c_group);
  return query select 'CANCELLATION: cancelling a running, a delayed and a ready job has not found them all'
  where (
    select array_agg(gone.id || ' ' || gone.was_running order by gone.id)
    from mq_cancel_v1(array[v_ids[1], v_ids[3], v_ids[4], gen_random_uuid()]) as gone)
    is distinct from (
      select array_agg(id || ' ' || (id = v_ids[1]) order by id) from unnest(array[v_ids[1], v_ids[3], v_ids[4]]) as id);
  return query select 'CANCELLATION: a cancelled job is still there'
  where exists (select from mq_jobs where id in (v_ids[1], v_ids[3], v_ids[4]))
    or exists (select from mq_delayed where job_id in (v_ids[1], v_ids[3], v_ids[4]))
    or exists (select from mq_ready where job_id in (v_ids[1], v_ids[3], v_ids[4]));
  perform mq_complete_or_raise_v1(v_ids[2], 1);

  -- Reservations: extended, committed once, with their delay; over, gone.
  v_ids := array[
    mq_send('contract', null, c_group, p_reserve => '100 seconds', p_delay => '300 seconds'),
    mq_send('contract', null, c_group, p_reserve => '100 seconds', p_ordered => true),
    mq_send('contract', null, c_group, p_ordered => true),
    mq_send('contract', null, c_group, p_reserve => '100 seconds')];
  return query select 'RESERVATION: a reservation is not as long as was asked for'
  where (
    select count(*) from mq_delayed
    where job_id in (v_ids[1], v_ids[2], v_ids[4]) and reserved
      and run_at - mq_now() between interval '90 seconds' and interval '100 seconds') <> 3;
  return query select 'RESERVATION: a reserved job, or one behind it, was claimed'
  where exists (select from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null);
  return query select 'RESERVATION: an extension does not tell whether there was a reservation'
  where not mq_extend_v1(v_ids[1], 200000) or mq_extend_v1(gen_random_uuid(), 200000);
  return query select 'RESERVATION: a reservation is not extended as was asked for'
  where not exists (
      select from mq_delayed as delayed join mq_jobs as job on job.id = delayed.job_id
      where job.id = v_ids[1] and job.reserved_until = delayed.run_at
        and delayed.run_at - mq_now() between interval '190 seconds' and interval '200 seconds');
  return query select 'RESERVATION: a commit does not tell what it has found'
  where (select array_agg(job) from mq_commit_v1(array[v_ids[1], v_ids[3], v_ids[4]]) as job)
      is distinct from (select array_agg(id order by id) from unnest(array[v_ids[1], v_ids[4]]) as id)
    or exists (select from mq_commit_v1(array[v_ids[1], v_ids[4]])) or mq_extend_v1(v_ids[1], 1000);
  return query select 'DELAY: a committed job does not wait for its delay'
  where not exists (
    select from mq_delayed
    where job_id = v_ids[1] and not reserved and run_at - mq_now() between interval '290 seconds' and interval '300 seconds');
  update mq_jobs set reserved_until = mq_now() where id = v_ids[2];
  update mq_delayed set run_at = mq_now() where job_id = v_ids[2];
  return query select 'RESERVATION: a reservation that is over was committed or extended'
  where exists (select from mq_commit_v1(v_ids[2:2])) or mq_extend_v1(v_ids[2], 1000);
  perform mq_promote(c_all);
  return query select 'RESERVATION: with the end of a reservation its channel does not go on'
  where (
    select array_agg(claim.id order by claim.id)
    from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null)
    is distinct from (select array_agg(id order by id) from unnest(v_ids[3:4]) as id);
  return query select 'RESERVATION: a reservation that is over is still there'
  where exists (select from mq_jobs where id = v_ids[2]);
  perform mq_complete_or_raise_v1(id, mq_jobs.token) from mq_jobs where id in (v_ids[3], v_ids[4]);
  perform mq_cancel_v1(v_ids[1:1]);

  -- Order: one after the other, by a list or by single sends; a retry holds the channel, a death does where it shall.
  v_ids := array[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()];
  perform mq_send_v1(
    v_ids, true, array_fill(c_group, array[3]), array['a', 'a', 'a'], array_fill('contract'::text, array[3]),
    array_fill(0::smallint, array[3]), array_fill(0::smallint, array[3]), array_fill(0, array[3]), null, null, null, null,
    null, null, array[true, true, true], array[false, true, false], null, null, null, null);
  v_ids := v_ids || mq_send('contract', null, c_group, 'a', p_ordered => true);
  return query select 'ORDER: the places of ordered jobs are not those of their list'
  where (select array_agg(id order by seq) from mq_jobs where id = any (v_ids)) is distinct from v_ids;
  select claim.id, claim.token into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select 'ORDER: not the first job of a channel was claimed'
  where v_run.id is distinct from v_ids[1];
  perform mq_snooze_v1(v_ids[1:1], array[v_run.token], array[0::bigint], null);
  perform mq_promote(c_all);
  select array_agg(claim.id) as ids, max(claim.token) as token into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select 'ORDER: a job that was put off does not hold its channel'
  where v_run.ids is distinct from v_ids[1:1];
  perform mq_fail_v1(v_ids[1:1], array[v_run.token], array['dead'], null, null); -- its death is skipped
  select array_agg(claim.id) as ids, max(claim.token) as token into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select 'ORDER: a death that is to be skipped holds the channel, or lets too many go'
  where v_run.ids is distinct from v_ids[2:2];
  perform mq_fail_v1(v_ids[2:2], array[v_run.token], array['dead'], null, null); -- its death is not
  return query select 'ORDER: a death that is to hold the channel does not'
  where exists (select from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null);
  return query select 'ORDER: a channel that a dead job holds is not told'
  where not exists (
    select from mq_blocked_v1(100000) as blocked
    where blocked.channel_name = c_group and blocked.channel_args = 'a' and blocked.head_id = v_ids[2]
      and blocked.head_state = 'dead' and blocked.waiting = 2);
  perform mq_redrive_v1(v_ids[2:2]);
  select array_agg(claim.id) as ids, max(claim.token) as token into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select 'ORDER: a redriven job that held its channel has lost its place'
  where v_run.ids is distinct from v_ids[2:2];
  perform mq_fail_v1(v_ids[2:2], array[v_run.token], array['dead'], null, null);
  return query select 'ORDER: a channel is not let go on'
  where not mq_unblock_v1(c_group, 'a') or mq_unblock_v1(c_group, 'a');
  select array_agg(claim.id) as ids, max(claim.token) as token into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select 'ORDER: a channel that was let go on does not'
  where v_run.ids is distinct from v_ids[3:3];
  perform mq_complete_or_raise_v1(v_ids[3], v_run.token);
  v_ids := v_ids || array[
    mq_send('contract', null, c_group, 'a', p_ordered => true), mq_send('contract', null, c_group, 'a', p_ordered => true)];
  select array_agg(claim.id) as ids into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select 'ORDER: with the completion of its head a channel does not go on'
  where v_run.ids is distinct from v_ids[4:4];
  perform mq_cancel_v1(array[v_ids[4], v_ids[5]]); -- the head, and one that is parked
  select array_agg(claim.id) as ids, max(claim.token) as token into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select 'ORDER: with the cancellation of its head a channel does not go on'
  where v_run.ids is distinct from v_ids[6:6];
  return query select 'STRUCTURE: something is left of a cancelled job'
  where exists (select from mq_parked where job_id in (v_ids[4], v_ids[5]))
    or exists (select from mq_ready where job_id in (v_ids[4], v_ids[5]));
  return query select 'NOTHING_LOST: a completion of an ordered job is refused'
  where exists (select from mq_complete_v1(v_ids[6:6], array[v_run.token], null));
  perform mq_discard_v1(v_ids);

  -- Unique keys and ids: the first one counts, while it is live, and in its own name.
  v_id := gen_random_uuid();
  return query select 'UNIQUENESS: a key that is free is refused'
  where mq_send('contract', null, c_group, p_id => v_id, p_unique_key => 'key') is distinct from v_id;
  return query select 'UNIQUENESS: a key that is in use is given again, or another job is told'
  where mq_send('contract', null, c_group, p_unique_key => 'key') is distinct from v_id;
  return query select 'UNIQUENESS: an id that is live is given again'
  where mq_send('contract', '2', c_group, p_id => v_id) is distinct from v_id;
  return query select 'UNIQUENESS: a job was changed by a duplicate'
  where (select count(*) from mq_jobs where id = v_id) <> 1
    or exists (select from mq_jobs where id = v_id and payload_json is not null);
  return query select 'UNIQUENESS: a key of another name is in the way'
  where mq_send('contract-too', null, c_group, p_unique_key => 'key') = v_id;
  return query select 'UNIQUENESS: of two jobs of a key, not the one of the same name is told'
  where mq_send('contract', null, c_group, p_unique_key => 'key') is distinct from v_id
    or mq_send('contract-too', null, c_group, p_unique_key => 'key') is not distinct from v_id;
  select array_agg(claim.id) as ids, array_agg(claim.token) as tokens into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select format('UNIQUENESS: %s jobs are live of two that have a key', cardinality(v_run.ids))
  where cardinality(v_run.ids) is distinct from 2;
  perform mq_complete_v1(v_run.ids, v_run.tokens, null);
  return query select 'UNIQUENESS: a key is in use after the end of its job'
  where mq_send('contract', null, c_group, p_unique_key => 'key') = v_id;

  -- Leases: renewed while they last and not after; what a lost runner held has failed, what is over is forgotten.
  return query select 'LIVENESS: a heartbeat does not tell whether there was a lease'
  where not mq_heartbeat_v1(v_runner, 30000) or mq_heartbeat_v1(gen_random_uuid(), 30000);
  return query select 'LIVENESS: a lease is not renewed for as long as was asked for'
  where not exists (
      select from mq_runners
      where id = v_runner and lease_ends_at - mq_now() between interval '20 seconds' and interval '30 seconds');
  v_ids := array[mq_send('contract', null, c_group, p_retries => 1), mq_send('contract', null, c_group, p_retries => 0)];
  select array_agg(claim.id) as ids, array_agg(claim.token) as tokens, count(*) as jobs into v_run
  from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null;
  return query select 'FENCING: what a live runner holds was taken from it'
  where exists (select from mq_rescue_v1(1000) as rescued where rescued.runner_id = v_runner);
  update mq_runners set lease_ends_at = mq_now() where id = v_runner;
  return query select 'FENCING: a lease that is over was renewed'
  where mq_heartbeat_v1(v_runner, 30000);
  begin
    perform mq_claim_v1(v_runner, array[c_group], '', 10, 0);
    return next 'FENCING: a runner without a lease has claimed something';
  exception when sqlstate 'MQ001' then
    null;
  end;
  return query select 'ATTEMPTS: what a lost runner held has not failed as it should'
  where (
    select array_agg(rescued.id || ' ' || rescued.dead order by rescued.id)
    from mq_rescue_v1(1000) as rescued where rescued.runner_id = v_runner)
    is distinct from (
      select array_agg(id || ' ' || (id = v_ids[2]) order by id) from unnest(v_run.ids) as id);
  return query select 'ATTEMPTS: the loss of a runner is not kept as the error of an attempt'
  where not exists (
      select from mq_errors where job_id = v_ids[1] and attempt = 1 and error like 'runner lost%')
    or not exists (select from mq_jobs where id = v_ids[1] and attempt = 2)
    or not exists (select from mq_dead where id = v_ids[2] and attempt = 1)
    or exists (select from mq_claims_v1(v_runner));
  perform mq_rescue_v1(1000);
  return query select 'LIVENESS: a lost runner is not forgotten'
  where exists (select from mq_runners where id = v_runner);

  -- A runner that nobody has registered has no claims for long, one that retires has no lease.
  perform mq_register_runner_v1(v_other, 60000, 4711, 'host', 'version', null);
  perform mq_retire_runner_v1(v_other);
  return query select 'LIVENESS: a runner that has retired is still registered'
  where exists (select from mq_runners where id = v_other);

  -- For the audit.
  perform mq_register_runner_v1(v_other, 60000, 4711, 'host', 'version', null);
  perform mq_send('contract', null, c_group, 'b', p_ordered => true, p_blocks => true, p_retries => 0);
  perform mq_send('contract', null, c_group, 'b', p_ordered => true, p_unique_key => 'b');
  perform mq_send('contract', null, c_group, 'b', p_ordered => true, p_delay => '10 seconds');
  select claim.id, claim.token into v_run
  from mq_claim_v1(v_other, array[c_group], '', 10, 0) as claim where claim.channel_args = 'b' and claim.id is not null;
  perform mq_fail_v1(array[v_run.id], array[v_run.token], array['dead'], null, null);
  perform mq_send('contract', null, c_group, 'c', p_ordered => true);
  perform mq_send('contract', null, c_group, 'c', p_ordered => true);
  perform mq_send('contract', null, c_group, 'c', p_reserve => '10 seconds', p_ordered => true);
  perform mq_claim_v1(v_other, array[c_group], '', 1, 0);
  perform mq_send('contract', null, c_group, 'd');
end
$$;
