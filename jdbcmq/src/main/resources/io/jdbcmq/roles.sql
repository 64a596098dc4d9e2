-- Purpose: group roles with least privilege, to be granted to the users of the database that need them.
-- Run:     with the schema of the queue first in search_path, as the owner of the schema, who may create roles; again
--          after each migration. Repeating it changes nothing.
-- Locks:   those of GRANT, REVOKE and ALTER FUNCTION, for a moment.
--
-- For the schema jdbcmq, and in the same way for any other:
--   jdbcmq_sender   sends jobs, commits and extends reservations
--   jdbcmq_runner   what a runner and its handlers call; handlers that send need the sender's role, too
--   jdbcmq_viewer   sees jobs and their errors, but neither payloads nor headers
--   jdbcmq_admin    all that the viewer may, and cancels, clears, redrives, discards, pauses and unblocks
--
-- The functions run with the rights of their owner from then on (security definer), so that none of the roles needs a
-- right to a table. Each has its search_path pinned; nobody else may execute them. The owner should be a role that
-- cannot log in. LISTEN needs no right.
do $$
declare
  v_schema text := current_schema();
  v_role text;
  v_function record;
  v_column text;
begin
  if to_regclass('mq_migrations') is null then
    raise exception 'schema % holds no queue: put that of the queue first in search_path', v_schema;
  end if;

  foreach v_role in array array['sender', 'runner', 'viewer', 'admin'] loop
    v_role := v_schema || '_' || v_role;
    if not exists (select from pg_roles as role where role.rolname = v_role) then
      execute format('create role %I nologin', v_role);
    end if;
    execute format('grant usage on schema %I to %I', v_schema, v_role);
  end loop;
  execute format('revoke all on schema %I from public', v_schema);
  execute format('revoke all on all tables in schema %I from public', v_schema);
  execute format('revoke all on all sequences in schema %I from public', v_schema);
  execute format('revoke all on all routines in schema %I from public', v_schema);

  for v_function in
    select routine.oid::regprocedure as signature, may.role
    from (
      values
        ('sender', '{mq_send, mq_send_v1, mq_send_one_v1, mq_commit_v1, mq_extend_v1, mq_exists_v1}'::text[]),
        ('runner', '{mq_register_runner_v1, mq_heartbeat_v1, mq_retire_runner_v1, mq_rescue_v1, mq_topic,
                     mq_claim_v1, mq_claims_v1, mq_lost_v1, mq_resolve_v1, mq_complete_v1, mq_complete_or_raise_v1,
                     mq_fail_v1, mq_hand_back_v1, mq_snooze_v1, mq_snooze_or_raise_v1, mq_give_up_or_raise_v1,
                     mq_checkpoint_v1}'),
        ('viewer', '{mq_exists_v1, mq_find_v1, mq_errors_v1, mq_unknown_v1, mq_paused_v1, mq_blocked_v1,
                     mq_stats_v1, mq_vacuum_v1}'),
        ('admin', '{mq_cancel_v1, mq_clear_v1, mq_dead_v1, mq_redrive_v1, mq_discard_v1, mq_pause_v1, mq_resume_v1,
                    mq_unblock_v1}')
    ) as may (role, functions)
    cross join lateral unnest(may.functions) as granted (name)
    join pg_proc as routine
      on routine.proname = granted.name
      and routine.pronamespace = v_schema::regnamespace
  loop
    execute format('alter function %s security definer', v_function.signature);
    execute format('grant execute on function %s to %I', v_function.signature, v_schema || '_' || v_function.role);
  end loop;
  execute format('grant %I to %I', v_schema || '_viewer', v_schema || '_admin');

  -- What a runner checks at its start.
  execute format('grant select on mq_migrations to %I, %I', v_schema || '_runner', v_schema || '_viewer');
  -- To count and to look: all but payloads, headers and keys.
  execute format(
    'grant select on mq_ready, mq_delayed, mq_parked, mq_claims, mq_runners, mq_groups, mq_paused, mq_low_water,
     mq_wakes to %I',
    v_schema || '_viewer');
  for v_column in
    select format('grant select (%I) on %s to %I', attribute.attname, attribute.attrelid::regclass,
                  v_schema || '_viewer')
    from pg_attribute as attribute
    where attribute.attrelid in ('mq_jobs'::regclass, 'mq_dead'::regclass)
      and attribute.attnum > 0
      and not attribute.attisdropped
      and attribute.attname not in ('payload_json', 'payload_bytes', 'headers', 'unique_key')
  loop
    execute v_column;
  end loop;
end
$$;
