-- What the schema that is first in search_path consists of, a line for each property; its own name stands as <schema>.
-- Only what is the queue's: names that begin with mq_.
with relations as (
  select relation.*
  from pg_class as relation
  where relation.relnamespace = current_schema()::regnamespace
    and relation.relname like 'mq\_%'
), routines as (
  select routine.*
  from pg_proc as routine
  where routine.pronamespace = current_schema()::regnamespace
    and routine.proname like 'mq\_%'
), lines as (
  select format('relation %s: kind %s, persistence %s, method %s, options %s, row security %s, acl %s, comment %s',
                relation.relname, relation.relkind, relation.relpersistence,
                (select method.amname from pg_am as method where method.oid = relation.relam),
                relation.reloptions, relation.relrowsecurity, relation.relacl,
                obj_description(relation.oid, 'pg_class')) as line
  from relations as relation
  union all
  select format('column %s.%s: number %s, type %s, collation %s, not null %s, storage %s, compression %s, default %s,'
                ' identity %s, generated %s, statistics %s, options %s, comment %s',
                relation.relname, attribute.attname, attribute.attnum,
                format_type(attribute.atttypid, attribute.atttypmod),
                (select collation_.collname from pg_collation as collation_
                 where collation_.oid = attribute.attcollation),
                attribute.attnotnull, attribute.attstorage, attribute.attcompression,
                pg_get_expr(value.adbin, value.adrelid), attribute.attidentity, attribute.attgenerated,
                attribute.attstattarget, attribute.attoptions,
                col_description(relation.oid, attribute.attnum))
  from relations as relation
  join pg_attribute as attribute on attribute.attrelid = relation.oid
  left join pg_attrdef as value on value.adrelid = attribute.attrelid and value.adnum = attribute.attnum
  where attribute.attnum > 0
    and not attribute.attisdropped
  union all
  select format('index %s: %s', relation.relname, pg_get_indexdef(relation.oid))
  from relations as relation
  where relation.relkind = 'i'
  union all
  select format('constraint %s of %s: %s, validated %s, comment %s', limit_.conname, relation.relname,
                pg_get_constraintdef(limit_.oid), limit_.convalidated, obj_description(limit_.oid, 'pg_constraint'))
  from relations as relation
  join pg_constraint as limit_ on limit_.conrelid = relation.oid
  union all
  select format('sequence %s: %s', relation.relname, to_jsonb(sequence_) - 'seqrelid')
  from relations as relation
  join pg_sequence as sequence_ on sequence_.seqrelid = relation.oid
  union all
  select format('trigger %s of %s', trigger_.tgname, relation.relname)
  from relations as relation
  join pg_trigger as trigger_ on trigger_.tgrelid = relation.oid
  union all
  select format('routine %s(%s): kind %s, returns %s, language %s, volatile %s, strict %s, security definer %s,'
                ' parallel %s, cost %s, rows %s, settings %s, acl %s, comment %s, source %s',
                routine.proname, pg_get_function_arguments(routine.oid), routine.prokind,
                pg_get_function_result(routine.oid),
                (select language_.lanname from pg_language as language_ where language_.oid = routine.prolang),
                routine.provolatile, routine.proisstrict, routine.prosecdef, routine.proparallel, routine.procost,
                routine.prorows, routine.proconfig, routine.proacl, obj_description(routine.oid, 'pg_proc'),
                routine.prosrc)
  from routines as routine
  union all
  select format('stripes: %s', count(*)) from mq_stripes
  union all
  select format('migration %s: %s, oldest library %s', migration.version, migration.name, migration.oldest_library)
  from mq_migrations as migration
)
select replace(lines.line, current_schema(), '<schema>') as line
from lines
order by line collate "C";
