-- Structural audit: finds nothing in a sound schema, at any moment. Each branch is one rule.
with places as (
  select job_id as id, 'ready' as place from mq_ready
  union all
  select job_id, 'delayed' from mq_delayed
  union all
  select id, 'parked' from mq_jobs where parked
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
select 'a delayed row belongs to a live job', delayed.job_id::text
from mq_delayed as delayed
left join mq_jobs as job on job.id = delayed.job_id
where job.id is null
union all
select 'a round is not above its seq', ready.job_id::text
from mq_ready as ready
where ready.round > ready.seq
union all
select 'a claim that holds runs belongs to a registered runner', claim.id::text
from mq_claims as claim
where not exists (select from mq_runners as runner where runner.id = claim.runner_id)
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
