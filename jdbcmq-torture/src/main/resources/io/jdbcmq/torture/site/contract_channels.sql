-- What the queue promises where jobs, channels and runners meet each other; otherwise as contract.sql.
create function pg_temp.contract_channels() returns setof text
  language plpgsql
as $$
declare
  c_group constant text := 'contract-channels';
  c_all constant int := 1000000; -- a claim moves only so many jobs that are due, and the oldest ones first
  v_runner constant uuid := gen_random_uuid();
  v_other constant uuid := gen_random_uuid();
  v_id uuid;
  v_ids uuid[];
  v_run record;
  v_delays numeric[];
  v_round bigint;
begin
  perform mq_register_runner_v1(v_runner, 60000, 4711, 'host', 'version', array[c_group]);

  -- Jitter does not lengthen the longest delay by more than its share.
  v_id := mq_send('contract', null, c_group, p_retries => 5, p_backoff => '100 s', p_max_backoff => '150 s', p_jitter => 0.1);
  perform mq_claim_v1(v_runner, array[c_group], '', 10, 0);
  for i in 1..3 loop
    perform mq_fail_v1(array[v_id], array[i], array['failed'], null, null);
    v_delays := v_delays || (
      select extract(epoch from delayed.run_at - failure.failed_at)
      from mq_delayed as delayed join mq_errors as failure on failure.job_id = delayed.job_id and failure.token = i
      where delayed.job_id = v_id);
    delete from mq_delayed where job_id = v_id;
  end loop;
  return query select format('ATTEMPTS: the delays with jitter were %s s', v_delays)
  where v_delays[1] not between 89.9 and 110.1 or v_delays[2] not between 134.9 and 165.1
    or v_delays[3] not between 134.9 and 165.1;
  perform mq_cancel_v1(array[v_id]);

  -- A retry keeps its priority.
  v_ids := array[
    mq_send('contract', null, c_group, p_priority => 3, p_backoff => '0'), mq_send('contract', null, c_group, p_priority => 2)];
  perform mq_claim_v1(v_runner, array[c_group], '', 10, 0);
  perform mq_fail_v1(v_ids[1:1], array[1], array['failed'], null, null);
  perform mq_hand_back_v1(v_ids[2:2], array[1], false, null);
  perform mq_promote(c_all);
  return query select 'FAIRNESS: jobs that have come back are not claimed by their priority'
  where (select array_agg(claim.id) from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null)
    is distinct from array[v_ids[2], v_ids[1]];
  perform mq_complete_or_raise_v1(v_ids[1], 2);
  perform mq_complete_or_raise_v1(v_ids[2], 2);

  -- First in, first out within each priority of a channel, also in one list.
  v_ids := array(select gen_random_uuid() from generate_series(1, 8));
  perform mq_send_v1(
    v_ids, false, array_fill(c_group, array[8]), array_fill('line'::text, array[8]), array_fill('contract'::text, array[8]),
    array[1, 2, 1, 2, 1, 2, 1, 2]::smallint[], array_fill(0::smallint, array[8]), array_fill(0, array[8]), null, null,
    null, null, null, null, null, null, null, null, null, null);
  v_ids[9] := mq_send('contract', null, c_group, 'line', p_priority => 1);
  v_ids[10] := mq_send('contract', null, c_group, 'line', p_priority => 2);
  return query select 'FAIRNESS: a job has overtaken earlier ones of its channel'
  where (select array_agg(claim.id) from mq_claim_v1(v_runner, array[c_group], '', 20, 0) as claim where claim.id is not null)
    is distinct from array[
      v_ids[1], v_ids[3], v_ids[5], v_ids[7], v_ids[9], v_ids[2], v_ids[4], v_ids[6], v_ids[8], v_ids[10]];

  -- A claim is told while any of its runs is current.
  perform mq_complete_v1(v_ids[1:1], array[1], null);
  return query select 'STRUCTURE: a claim is not told although one of its runs is current'
  where not exists (select from mq_claims_v1(v_runner) as claim where v_ids[2] = any (claim.job_ids));
  perform mq_complete_v1(v_ids[2:], array_fill(1, array[9]), array(select claim.claim_id from mq_claims_v1(v_runner) as claim));

  -- A reservation that ends in the middle of its channel lets nothing pass the head.
  v_ids := array[
    mq_send('contract', null, c_group, 'middle', p_ordered => true),
    mq_send('contract', null, c_group, 'middle', p_ordered => true, p_reserve => '100 seconds'),
    mq_send('contract', null, c_group, 'middle', p_ordered => true)];
  perform mq_claim_v1(v_runner, array[c_group], '', 10, 0);
  update mq_jobs set reserved_until = mq_now() where id = v_ids[2];
  update mq_delayed set run_at = mq_now() where job_id = v_ids[2];
  perform mq_promote(c_all);
  perform mq_wake(c_all);
  return query select 'ORDER: the end of a reservation lets its channel go on although the head runs'
  where exists (select from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null);
  perform mq_complete_or_raise_v1(v_ids[1], 1);
  return query select 'ORDER: a channel has not gone on behind a reservation that is over'
  where (select array_agg(claim.id) from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null)
    is distinct from v_ids[3:3];
  perform mq_complete_or_raise_v1(v_ids[3], 1);

  -- What is done to a job behind a dead one that holds its channel, or in another channel, does not let it go.
  v_ids := array[]::uuid[];
  for i in 1..4 loop
    v_ids := v_ids || mq_send('contract', null, c_group, 'held', p_ordered => true, p_blocks => true, p_retries => 0);
  end loop;
  v_ids := v_ids
    || mq_send('contract', null, c_group, 'held too', p_ordered => true, p_blocks => true, p_retries => 0)
    || mq_send('contract', null, c_group, 'held too', p_ordered => true);
  perform mq_claim_v1(v_runner, array[c_group], '', 10, 0);
  perform mq_fail_v1(array[v_ids[1], v_ids[5]], array[1, 1], array['dead', 'dead'], null, null);
  perform mq_claim_v1(v_runner, array[c_group], '', 10, 0);
  perform mq_cancel_v1(v_ids[2:2]);
  perform mq_wake(c_all);
  return query select 'ORDER: a cancellation lets a channel go that a dead job holds'
  where exists (select from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null);
  perform mq_unblock_v1(c_group, 'held');
  perform mq_wake(c_all);
  return query select 'ORDER: to unblock one channel has not let it go, or another one as well'
  where (select array_agg(claim.id) from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null)
    is distinct from v_ids[3:3];
  perform mq_cancel_v1(v_ids);
  perform mq_discard_v1(v_ids);

  -- Where the first job of an ordered list is there already, the next one starts the channel.
  v_ids := array[mq_send('contract', null, c_group, p_delay => '100 seconds'), gen_random_uuid(), gen_random_uuid()];
  perform mq_send_v1(
    v_ids, true, array_fill(c_group, array[3]), array_fill('list'::text, array[3]), array_fill('contract'::text, array[3]),
    array_fill(0::smallint, array[3]), array_fill(0::smallint, array[3]), array_fill(0, array[3]), null, null, null, null,
    null, null, array[true, true, true], array[false, false, false], null, null, null, null);
  return query select 'ORDER: a list whose first job is a duplicate does not start its channel'
  where (select array_agg(claim.id) from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null)
    is distinct from v_ids[2:2];
  perform mq_cancel_v1(v_ids);

  -- A reservation that is over gives its key to whoever asks next, alone or in a list.
  foreach v_round in array array[1, 2] loop
    v_ids := array[
      mq_send('contract', null, c_group, p_unique_key => 'over ' || v_round, p_reserve => '100 seconds'),
      gen_random_uuid(), gen_random_uuid()];
    update mq_jobs set reserved_until = mq_now() where id = v_ids[1];
    update mq_delayed set run_at = mq_now() where job_id = v_ids[1];
    if v_round = 1 then
      perform mq_send('contract', null, c_group, p_id => v_ids[2], p_unique_key => 'over 1');
    else
      perform mq_send_v1(
        v_ids[2:3], true, array_fill(c_group, array[2]), array['', ''], array_fill('contract'::text, array[2]),
        array[0, 0]::smallint[], array[0, 0]::smallint[], array[0, 0], null, null, null, null, null, null, null, null,
        array['over 2', 'free'], null, null, null);
    end if;
    return query select format('UNIQUENESS: a key whose reservation is over is not given, in way %s', v_round)
    where not exists (
      select from mq_jobs where id = v_ids[2] and job_name = 'contract' and unique_key = 'over ' || v_round)
      or exists (select from mq_jobs where id = v_ids[1]);
    perform mq_cancel_v1(v_ids);
  end loop;

  -- Claims of a runner that has gone without waiting for its jobs are taken over, too.
  perform mq_register_runner_v1(v_other, 60000, 4711, 'host', 'version', array[c_group]);
  v_id := mq_send('contract', null, c_group);
  perform mq_claim_v1(v_other, array[c_group], '', 10, 0);
  perform mq_retire_runner_v1(v_other);
  return query select 'LIVENESS: what a runner held when it retired is not taken over'
  where not exists (select from mq_rescue_v1(1000) as rescued where rescued.id = v_id and rescued.runner_id = v_other);
  perform mq_cancel_v1(array[v_id]);

  -- A ready row below a low-water position is found by the next look from the head.
  v_id := mq_send('contract', null, c_group, p_priority => 5);
  insert into mq_low_water (
    id, channel_name, priority, round, seq, next_round, next_seq, noted_at, swept_at, sweep_us)
  select nextval('mq_seq'), c_group, 5, ready.round + 1, 0, ready.round + 1, 0, mq_now(), mq_now() - interval '1 second', 200
  from mq_ready as ready
  where ready.job_id = v_id;
  return query select 'LIVENESS: a ready job below a low-water position is not looked for in time'
  where (select array_agg(claim.id) from mq_claim_v1(v_runner, array[c_group], '', 10, 0) as claim where claim.id is not null)
    is distinct from array[v_id];
  perform mq_complete_or_raise_v1(v_id, 1);

  -- Clearing takes jobs from wherever they are.
  v_ids := array[
    mq_send('contract', null, c_group), mq_send('contract', null, c_group, p_delay => '100 seconds'),
    mq_send('contract', null, c_group, p_reserve => '100 seconds'),
    mq_send('contract', null, c_group, 'clear', p_ordered => true),
    mq_send('contract', null, c_group, 'clear', p_ordered => true)];
  perform mq_claim_v1(v_runner, array[c_group], '', 2, 0);
  v_ids := v_ids || mq_send('contract', null, c_group);
  return query select 'CANCELLATION: clearing a channel group does not tell how many jobs it has deleted'
  where mq_clear_v1(array[c_group]) <> 6;
  return query select 'CANCELLATION: clearing a channel group leaves something'
  where exists (select from mq_jobs where id = any (v_ids)) or exists (select from mq_ready where job_id = any (v_ids))
    or exists (select from mq_delayed where job_id = any (v_ids)) or exists (select from mq_parked where job_id = any (v_ids));

  -- For the audit.
  v_id := mq_send('contract', null, c_group, p_priority => 3, p_backoff => '0');
  perform mq_claim_v1(v_runner, array[c_group], '', 10, 0);
  perform mq_fail_v1(array[v_id], array[1], array['failed'], null, null);
  perform mq_promote(c_all);
  perform mq_send('contract', null, c_group, 'e', p_ordered => true, p_reserve => '10 seconds');
  perform mq_send('contract', null, c_group, 'e', p_ordered => true);
end
$$;
