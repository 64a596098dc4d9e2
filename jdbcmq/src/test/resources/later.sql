-- Purpose: what a later version may add, for UpgradeIT. The next number stands for %d.
-- Phase:   before the new library version is rolled out.
-- Locks:   ACCESS EXCLUSIVE on mq_jobs.
-- Rewrite: none.

create table mq_notes (
  job_id uuid not null,
  note text not null,
  constraint mq_notes_pkey primary key (job_id)
);

alter table mq_jobs add column weight int not null default 1;
create index mq_jobs_weight on mq_jobs (weight) where weight > 1;

create function mq_claim_v2(p_runner_id uuid, p_want int)
  returns table (claim_id bigint, id uuid, token int, weight int)
  language plpgsql
as $$
#variable_conflict use_column
begin
  return query
    select claimed.claim_id, claimed.id, claimed.token, job.weight
    from mq_claim_v1(p_runner_id, null, '', p_want, 0) as claimed
    left join mq_jobs as job on job.id = claimed.id;
end
$$;

call mq_finish_migration(%d, 'later');
