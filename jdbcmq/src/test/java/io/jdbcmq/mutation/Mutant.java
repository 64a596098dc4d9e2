package io.jdbcmq.mutation;

/** A function with one small change. */
record Mutant(Routine routine, Operator operator, int ordinal, Edit edit) {
  /** Stays the same as long as the function does. */
  String name() {
    return "%s.%s.%d".formatted(routine.name(), operator.told(), ordinal);
  }

  /** In the body of the function, from 1. */
  int line() {
    return (int)
            routine.body().substring(0, edit.start()).chars().filter(c -> c == (char) 10).count()
        + 1;
  }

  String told() {
    return "line %d: %s".formatted(line(), edit.told());
  }

  /** A script that puts it in the place of the function. */
  String sql() {
    return "-- %s, %s\n%s".formatted(name(), told(), routine.with(edit.of(routine.body())));
  }
}
