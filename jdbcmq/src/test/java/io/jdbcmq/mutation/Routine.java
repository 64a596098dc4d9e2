package io.jdbcmq.mutation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A function of the queue.
 *
 * @param name its name
 * @param signature name and types of its parameters, as regprocedure reads them
 * @param head the statement that creates it in the schema that is first in the search path, up to
 *     its body
 * @param body its body
 * @param tail what ends the statement
 * @param isPinned whether it has a search path of its own, which the statement cannot name
 */
record Routine(
    String name, String signature, String head, String body, String tail, boolean isPinned) {
  /** All mutants, by operator and then in the order of the text. */
  List<Mutant> mutants() {
    Code code = new Code(body);
    List<Mutant> mutants = new ArrayList<>();
    Map<Operator, Integer> made = new EnumMap<>(Operator.class);
    for (Operator operator : Operator.values()) {
      for (Edit edit : operator.edits(code)) {
        int ordinal = made.merge(operator, 1, Integer::sum);
        mutants.add(new Mutant(this, operator, ordinal, edit));
      }
    }
    return mutants;
  }

  /** A script that replaces the function by one with another body, in whatever schema is first. */
  String with(String otherBody) {
    String create = head + otherBody + tail + ";\n";
    return isPinned ? create + pin() : create;
  }

  /** The path that migrations give to a function: SET cannot name a schema known only later. */
  private String pin() {
    return """

        do $pin$
        begin
          execute format(
            'alter function %%s set search_path = pg_catalog, %%I, pg_temp', '%s'::regprocedure, current_schema());
        end
        $pin$;
        """
        .formatted(signature);
  }
}
