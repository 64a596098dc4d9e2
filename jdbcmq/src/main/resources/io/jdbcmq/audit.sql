-- Structural audit: finds nothing in a sound schema, at any moment. Each branch is one rule.
with places as (
  select job_id as id, 'ready' as place from mq_ready
  union all
  select job_id, 'delayed' from mq_delayed
  union all
  select job_id, 'parked' from mq_parked
  union all
  select job.id, 'claimed'
  from mq_claims as claim
  cross join lateral unnest(claim.job_ids, claim.tokens) as run (id, token)
  join mq_jobs as job on job.id = run.id and job.token = run.token
)
select 'a live job is in exactly one place' as rule,
       format('%s is in %s', job.id, coalesce(string_agg(places.place, ', '), 'none')) as subject
from mq_jobs as job
left join places on places.id = job.id
group by job.id
having count(places.place) <> 1
union all
select 'a ready row belongs to a live job and has its token', ready.job_id::text
from mq_ready as ready
left join mq_jobs as job on job.id = ready.job_id
where job.id is null or job.token <> ready.token or job.priority <> ready.priority
   or job.channel_name <> ready.channel_name or job.channel_args <> ready.channel_args
union all
-- Ordered jobs that were cancelled while a claim put them off for a second at most: the next promotion forgets them.
select 'a delayed row belongs to a live job', delayed.job_id::text
from mq_delayed as delayed
left join mq_jobs as job on job.id = delayed.job_id
where job.id is null
  and delayed.run_at > mq_now() + interval '1 second'
union all
select 'a delayed row is reserved as its job is', delayed.job_id::text
from mq_delayed as delayed
join mq_jobs as job on job.id = delayed.job_id
where delayed.reserved <> (job.reserved_until is not null)
union all
select 'a reserved job is delayed', job.id::text
from mq_jobs as job
where job.reserved_until is not null
  and not exists (select from mq_delayed as delayed where delayed.job_id = job.id)
union all
select 'a parked row belongs to a live job that is ordered', parked.job_id::text
from mq_parked as parked
left join mq_jobs as job on job.id = parked.job_id
where job.seq is null
union all
select 'a parked job has another one before it, or its channel is about to be looked at', job.id::text
from mq_parked as parked
join mq_jobs as job on job.id = parked.job_id
where not exists (
    select
    from mq_jobs as earlier
    where earlier.channel_name = job.channel_name and earlier.channel_args = job.channel_args and earlier.seq < job.seq)
  and not exists (
    select
    from mq_dead as dead
    where dead.channel_name = job.channel_name and dead.channel_args = job.channel_args and dead.holds
      and dead.seq < job.seq)
  and not exists (
    select
    from mq_wakes as wake
    where wake.channel_name = job.channel_name and wake.channel_args = job.channel_args)
union all
select 'of an ordered channel only the head runs', job.id::text
from mq_claims as claim
cross join lateral unnest(claim.job_ids, claim.tokens) as run (id, token)
join mq_jobs as job on job.id = run.id and job.token = run.token
where exists (
  select
  from mq_jobs as earlier
  where earlier.channel_name = job.channel_name and earlier.channel_args = job.channel_args and earlier.seq < job.seq)
union all
select 'an ordered job that need not be looked at is the head of its channel', job.id::text
from mq_ready as ready
join mq_jobs as job on job.id = ready.job_id
where job.seq is not null
  and not ready.follows
  and exists (
    select
    from mq_jobs as earlier
    where earlier.channel_name = job.channel_name and earlier.channel_args = job.channel_args and earlier.seq < job.seq)
union all
select 'a dead letter that holds a channel is ordered', dead.id::text
from mq_dead as dead
where dead.holds and (dead.seq is null or not dead.blocks)
union all
select 'a round is not above its seq', ready.job_id::text
from mq_ready as ready
where ready.round > ready.seq
union all
-- A claim can commit after its runner has retired, or was found to be lost: the next rescue takes what it holds.
select 'a claim that holds runs belongs to a registered runner, or is new', claim.id::text
from mq_claims as claim
where not exists (select from mq_runners as runner where runner.id = claim.runner_id)
  and claim.claimed_at < mq_now() - interval '1 minute'
  and exists (
    select
    from unnest(claim.job_ids, claim.tokens) as run (id, token)
    join mq_jobs as job on job.id = run.id and job.token = run.token)
union all
select 'no job is both live and dead', dead.id::text
from mq_dead as dead
join mq_jobs as job on job.id = dead.id
union all
select 'errors belong to a live or dead job', failure.job_id::text
from mq_errors as failure
where not exists (select from mq_jobs as job where job.id = failure.job_id)
  and not exists (select from mq_dead as dead where dead.id = failure.job_id)
union all
select 'the last error is that of the attempt before, or of the last one', job.id::text
from (
  select live.id, live.attempt - 1 as failed from mq_jobs as live where live.attempt > 1
  union all
  select dead.id, dead.attempt from mq_dead as dead
) as job
where job.failed is distinct from (
  select failure.attempt from mq_errors as failure where failure.job_id = job.id order by failure.token desc limit 1)
union all
select 'an attempt is within its retries', job.id::text
from mq_jobs as job
where job.attempt > job.retries + 1
union all
select 'a token is not below its attempt', job.id::text
from mq_jobs as job
where job.token < job.attempt
union all
select 'there is a stripe for each hash', 'mq_stripes'
where (select count(*) from mq_stripes) <> 1024
