-- Conventions that every object of the queue keeps to; finds nothing in a sound schema, which is first in search_path.
-- Each branch is one rule.
with routines as (
  select routine.*, routine.oid::regprocedure::text as signature
  from pg_proc as routine
  where routine.pronamespace = current_schema()::regnamespace
    and routine.proname like 'mq\_%'
), pinned as (
  select array[
    format('search_path=pg_catalog, %I, pg_temp', current_schema()),
    'enable_seqscan=off', 'enable_bitmapscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off',
    'plan_cache_mode=force_generic_plan', 'jit=off'] as settings
), relations as (
  select relation.*
  from pg_class as relation
  where relation.relnamespace = current_schema()::regnamespace
    and relation.relname like 'mq\_%'
), limits as (
  select named.*, relation.relname
  from pg_constraint as named
  join relations as relation on relation.oid = named.conrelid
), objects as (
  select 'pg_class'::regclass as class, relation.oid, relation.relname::text as name from relations as relation
  union all
  select 'pg_proc'::regclass, routine.oid, routine.signature from routines as routine
  union all
  select 'pg_constraint'::regclass, limits.oid, limits.conname from limits
  union all
  select 'pg_attrdef'::regclass, value.oid, relation.relname
  from pg_attrdef as value
  join relations as relation on relation.oid = value.adrelid
)
select 'a function has its settings pinned' as rule, routine.signature as subject
from routines as routine
cross join pinned
where routine.prokind = 'f'
  and routine.proname not in ('mq_now', 'mq_check_job')
  and not coalesce(routine.proconfig @> pinned.settings and routine.proconfig <@ pinned.settings, false)
union all
select 'the clock and the check of each row are not pinned, for their speed', routine.signature
from routines as routine
where routine.proname in ('mq_now', 'mq_check_job')
  and routine.proconfig is not null
union all
select 'a function runs with the rights of its caller', routine.signature
from routines as routine
where routine.prosecdef
union all
select 'a function with parameters is PL/pgSQL', routine.signature
from routines as routine
join pg_language as language on language.oid = routine.prolang
where routine.pronargs > 0
  and language.lanname <> 'plpgsql'
union all
select 'a function has a comment', routine.signature
from routines as routine
where obj_description(routine.oid, 'pg_proc') is null
union all
select 'a table or sequence has a comment', relation.relname
from relations as relation
where relation.relkind in ('r', 'p', 'S', 'v', 'm')
  and obj_description(relation.oid, 'pg_class') is null
union all
select 'there is no trigger', format('%s of %s', fired.tgname, relation.relname)
from pg_trigger as fired
join relations as relation on relation.oid = fired.tgrelid
where not fired.tgisinternal
union all
select 'there is no foreign key', format('%s of %s', foreign_key.conname, foreign_key.conrelid::regclass)
from pg_constraint as foreign_key
where foreign_key.contype = 'f'
  and (foreign_key.conrelid in (select relation.oid from relations as relation)
    or foreign_key.confrelid in (select relation.oid from relations as relation))
union all
select 'there is no identity or generated column', format('%s.%s', relation.relname, attribute.attname)
from pg_attribute as attribute
join relations as relation on relation.oid = attribute.attrelid
where attribute.attidentity <> ''
   or attribute.attgenerated <> ''
union all
select 'an index calls no function', relation.relname
from pg_index as index
join relations as relation on relation.oid = index.indexrelid
where index.indexprs is not null
   or index.indpred::text like '%{FUNCEXPR %'
union all
-- The server ends names that it makes up itself in this way, but for primary keys, where it makes the same name.
select 'a constraint has a name of its own, after that of its table', format('%s of %s', limits.conname, limits.relname)
from limits
where limits.contype <> 'n' -- version 18 keeps NOT NULL as constraints
  and (not starts_with(limits.conname, limits.relname || '_')
    or limits.conname ~ '_(check|key|fkey|excl)\d*$')
union all
-- Otherwise a caller's SET CONSTRAINTS would move errors to the commit.
select 'there is no deferrable constraint', format('%s of %s', limits.conname, limits.relname)
from limits
where limits.condeferrable
union all
select 'an index is named after its table', format('%s of %s', relation.relname, index.indrelid::regclass)
from pg_index as index
join relations as relation on relation.oid = index.indexrelid
join pg_class as indexed on indexed.oid = index.indrelid
where not starts_with(relation.relname, indexed.relname || '_')
union all
-- Otherwise neither a restored dump nor a moved schema works by itself.
select 'nothing depends on an extension or another schema', format('%s on %s', objects.name, needed.identity)
from objects
join pg_depend as dependency on dependency.classid = objects.class and dependency.objid = objects.oid
cross join lateral pg_identify_object(dependency.refclassid, dependency.refobjid, dependency.refobjsubid) as needed
where needed.type = 'extension'
   or needed.schema not in ('pg_catalog', 'pg_toast', quote_ident(current_schema()))
union all
select 'a function names no other schema', routine.signature
from routines as routine
where routine.prosrc ~* '\m(public|information_schema)\M\s*\.'
