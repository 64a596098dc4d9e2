package io.jdbcmq.mutation;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MutantTest {
  /** What is to change, in statements; what is not, in comments, strings and quoted names. */
  private static final String BODY =
      """

      declare
        v_now timestamptz := mq_now(); -- = < > and not is null
      begin
        /* perform f(); a = b and c + 1 */
        if a = 'x = y and z < 1' and "b = c and not d" > 'for update skip locked' then
          raise exception 'order by x and % + 1', v_now using errcode = 'MQ001';
        end if;
        update t set a = b + 1, c = d where id = 1 and token = 2;
        perform f('true', false);
      end
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          DROP_CONDITION   | if a and b or c then             | if  b or c then  #  if a  or c then  #  if  c then  #  if a and b  then
          DROP_CONDITION   | if a between 1 and 2 and b then  | if  b then  #  if a between 1 and 2  then
          DROP_CONDITION   | select case when a and b then 1 end from t where c and d; | select case when  b then 1 end from t where c and d;  #  select case when a  then 1 end from t where c and d;  #  select case when a and b then 1 end from t where  d;  #  select case when a and b then 1 end from t where c ;
          DROP_CONDITION   | select from t where a and (b or c) order by a | select from t where  (b or c) order by a  #  select from t where a  order by a  #  select from t where a and ( c) order by a  #  select from t where a and (b ) order by a
          DROP_CONDITION   | if a and b is distinct from c then | if  b is distinct from c then  #  if a  then
          SHIFT_BOUND      | a < b and (c, d) >= (e, f)       | a <= b and (c, d) >= (e, f)  #  a < b and (c, d) > (e, f)
          SWAP_EQUAL       | a = b and c <> d and e = any (f) | a <> b and c <> d and e = any (f)  #  a = b and c = d and e = any (f)
          SWAP_EQUAL       | update t set a = b, c = d where e = f | update t set a = b, c = d where e <> f
          SWAP_EQUAL       | raise exception 'x' using errcode = 'MQ001' |
          NEGATE           | if not found then                | if  found then
          NEGATE           | if found then                    | if not found then
          NEGATE           | where not exists (select)        | where  exists (select)
          NEGATE           | where exists (select)            | where not exists (select)
          NEGATE           | a is null or b is not null       | a is not null or b is not null  #  a is null or b is  null
          DROP_FILTER      | count(*) filter (where (a)) + b  | count(*)  + b
          DROP_SKIP_LOCKED | from t for update of a skip locked | from t for update of a
          DROP_LOCK        | from (select from t for key share of a skip locked) | from (select from t )
          DROP_LOCK        | for r in select a from t for update skip locked loop | for r in select a from t  loop
          DROP_ORDER       | from t order by a, b desc limit 1 | from t  limit 1
          FLIP_ORDER       | from t order by a, b limit 1     | from t order by a desc, b limit 1
          FLIP_ORDER       | (select a from t order by a.b desc limit 1) | (select a from t order by a.b  limit 1)
          FLIP_ORDER       | order by a nulls first, b        | order by a desc nulls first, b
          DROP_STEP        | a + 1, b - 1, -1, c + 10, 1 + d  | a + 0, b - 1, -1, c + 10, 1 + d  #  a + 1, b - 0, -1, c + 10, 1 + d
          SWAP_SIGN        | a + b, c - 10, -d, e + 1, (-f)   | a - b, c - 10, -d, e + 1, (-f)  #  a + b, c + 10, -d, e + 1, (-f)
          SWAP_EXTREME     | least(a, greatest(b, c))         | greatest(a, greatest(b, c))  #  least(a, least(b, c))
          FLIP_BOOLEAN     | f(a, true), (b) is true, current_setting('a.b', true) | f(a, false), (b) is true, current_setting('a.b', true)
          DROP_CALL        | begin perform f(a); end          | begin null; end
          DROP_WRITE       | begin delete from t; if a then update t set b = c; end if; end | begin null; if a then update t set b = c; end if; end  #  begin delete from t; if a then null; end if; end
          DROP_WRITE       | begin with x as (delete from t where a returning b) select b from x; end | begin with x as (delete from t where false and a returning b) select b from x; end
          DROP_ASSIGNMENT  | declare v int := 1; begin v := 2; if a then w.b := c; else v := 3; end if; end | declare v int := 1; begin null; if a then w.b := c; else v := 3; end if; end  #  declare v int := 1; begin v := 2; if a then null; else v := 3; end if; end  #  declare v int := 1; begin v := 2; if a then w.b := c; else null; end if; end
          DROP_RETURN      | begin if a then return; end if; return b; end | begin if a then null; end if; return b; end
          DROP_ANSWER      | begin return query select a; end | begin null; end
          NULL_COLUMN      | insert into t (id, headers, jitter) select f(a, b), c::text[], d + e from x | insert into t (id, headers, jitter) select f(a, b), null, d + e from x  #  insert into t (id, headers, jitter) select f(a, b), c::text[], null from x
          NULL_COLUMN      | insert into t (seq) values (a)   | insert into t (seq) values (null)
          NULL_COLUMN      | insert into mq_ready (seq) values (a) |
          DROP_COLUMN      | update t set a = f(b, c), d = e where g | update t set  d = e where g  #  update t set a = f(b, c) where g
          DROP_COLUMN      | update t set a = b where c       |
          """)
  void anOperatorMakesItsChangesOneAtATime(Operator operator, String body, String expected) {
    String made =
        operator.edits(new Code(body)).stream()
            .map(edit -> edit.of(body).strip())
            .collect(joining("  #  "));

    assertThat(made).isEqualTo(expected == null ? "" : expected);
  }

  @Test
  void commentsStringsQuotedNamesAndErrorCodesStay() {
    assertThat(mutants()).isNotEmpty();
    assertThat(scripts())
        .allSatisfy(
            sql ->
                assertThat(sql)
                    .contains("-- = < > and not is null")
                    .contains("/* perform f(); a = b and c + 1 */")
                    .contains(
                        "raise exception 'order by x and % + 1', v_now using errcode = 'MQ001'"));
    assertThat(texts("\"b = c and not d\"")).isSubsetOf("\"b = c and not d\"", "");
    assertThat(texts("'x = y and z < 1'")).isSubsetOf("'x = y and z < 1'", "");
  }

  /** The text as it is in each mutant; empty where it was left out as a whole. */
  private static Set<String> texts(String text) {
    Set<String> texts = new TreeSet<>();
    for (String sql : scripts()) {
      texts.add(sql.contains(text) ? text : sql.contains(text.substring(1, 6)) ? sql : "");
    }
    return texts;
  }

  @Test
  void eachMutantDiffersFromTheFunctionInItsBodyOnly() {
    String whole = routine().with(BODY);
    assertThat(scripts())
        .allSatisfy(
            sql -> {
              assertThat(sql).isNotEqualTo(whole).startsWith(routine().head());
              assertThat(sql).endsWith(whole.substring(whole.indexOf("end\n" + routine().tail())));
            });
  }

  @Test
  void namesAreStableAndUnique() {
    List<String> names = mutants().stream().map(Mutant::name).toList();

    assertThat(names).doesNotHaveDuplicates();
    assertThat(names)
        .containsExactly(
            "mq_f.drop-condition.1",
            "mq_f.drop-condition.2",
            "mq_f.drop-condition.3",
            "mq_f.drop-condition.4",
            "mq_f.shift-bound.1",
            "mq_f.swap-equal.1",
            "mq_f.swap-equal.2",
            "mq_f.swap-equal.3",
            "mq_f.drop-step.1",
            "mq_f.flip-boolean.1",
            "mq_f.drop-call.1",
            "mq_f.drop-write.1",
            "mq_f.drop-column.1",
            "mq_f.drop-column.2");
  }

  @Test
  void aMutantTellsItsLineAndItsChangeFirst() {
    assertThat(mutants().get(3).sql())
        .startsWith("-- mq_f.drop-condition.4, line 9: without \"and token = 2\"\nCREATE FUNCTION");
  }

  @Test
  void aSampleIsThatOfItsSeed() {
    assertThat(names("--sample", "5", "--seed", "1")).hasSize(5);
    assertThat(names("--sample", "5", "--seed", "1"))
        .isEqualTo(names("--sample", "5", "--seed", "1"))
        .isNotEqualTo(names("--sample", "5", "--seed", "2"))
        .startsWith(names("--sample", "3", "--seed", "1").toArray(String[]::new));
    assertThat(names("--only", "swap")).allMatch(name -> name.contains("swap")).hasSize(3);
  }

  private static List<String> names(String... options) {
    return Options.parse(options).chosen(mutants()).stream().map(Mutant::name).toList();
  }

  /** Without their first line, which tells the change. */
  private static List<String> scripts() {
    return mutants().stream()
        .map(Mutant::sql)
        .map(sql -> sql.substring(sql.indexOf('\n') + 1))
        .toList();
  }

  private static List<Mutant> mutants() {
    return routine().mutants();
  }

  private static Routine routine() {
    return new Routine("mq_f", "mq_f()", "CREATE FUNCTION mq_f() AS $f$", BODY, "$f$", true);
  }
}
