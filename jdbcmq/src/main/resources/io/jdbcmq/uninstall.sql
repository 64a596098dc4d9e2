-- Removes the queue, with all its jobs, from the schema that is first in search_path. The schema itself stays, and so
-- does everything whose name does not begin with mq_. Run it in one transaction, as the owner of the objects.

do $$
declare
  v_object record;
begin
  for v_object in
    select relation.oid::regclass::text as name
    from pg_class as relation
    where relation.relnamespace = current_schema()::regnamespace
      and relation.relkind = 'r'
      and relation.relname like 'mq\_%'
  loop
    execute format('drop table %s', v_object.name);
  end loop;
  for v_object in
    select relation.oid::regclass::text as name
    from pg_class as relation
    where relation.relnamespace = current_schema()::regnamespace
      and relation.relkind = 'S'
      and relation.relname like 'mq\_%'
  loop
    execute format('drop sequence %s', v_object.name);
  end loop;
  for v_object in
    select routine.oid::regprocedure::text as name
    from pg_proc as routine
    where routine.pronamespace = current_schema()::regnamespace
      and routine.proname like 'mq\_%'
  loop
    execute format('drop routine %s', v_object.name);
  end loop;
end
$$;
