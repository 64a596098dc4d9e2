package io.jdbcmq.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What a session does: statements one after the other, in transactions. */
final class Program {
  /** One step. */
  sealed interface Line {
    /** A statement, which is skipped unless the condition holds. */
    record Statement(Predicate<Session> condition, Consumer<Session> work) implements Line {}

    /** The end of a transaction; what is left to do runs in it. */
    record End(boolean commits, Consumer<Session> work) implements Line {}

    /** Goes back to an earlier line if the condition holds; part of the step before. */
    record Back(Predicate<Session> condition, int line) implements Line {}

    /** Ends the program if the condition holds; part of the step before. */
    record Stop(Predicate<Session> condition) implements Line {}
  }

  private final String name;
  private final boolean isRepeatable;
  private final List<Line> lines = new ArrayList<>();

  private Program(String name, boolean isRepeatable) {
    this.name = name;
    this.isRepeatable = isRepeatable;
  }

  static Program readCommitted(String name) {
    return new Program(name, false);
  }

  static Program repeatableRead(String name) {
    return new Program(name, true);
  }

  Program step(Consumer<Session> work) {
    return step(session -> true, work);
  }

  /** A statement that is skipped unless the condition holds, which asks for variables only. */
  Program step(Predicate<Session> condition, Consumer<Session> work) {
    lines.add(new Line.Statement(condition, work));
    return this;
  }

  Program commit() {
    return commit(session -> {});
  }

  Program commit(Consumer<Session> atLast) {
    lines.add(new Line.End(true, atLast));
    return this;
  }

  Program rollback() {
    lines.add(new Line.End(false, session -> {}));
    return this;
  }

  /** The number of the next line, to go back to. */
  int here() {
    return lines.size();
  }

  Program backIf(Predicate<Session> condition, int line) {
    lines.add(new Line.Back(condition, line));
    return this;
  }

  Program stopIf(Predicate<Session> condition) {
    lines.add(new Line.Stop(condition));
    return this;
  }

  String name() {
    return name;
  }

  boolean isRepeatable() {
    return isRepeatable;
  }

  boolean isOver(int line) {
    return line >= lines.size();
  }

  Line line(int number) {
    return lines.get(number);
  }

  int size() {
    return lines.size();
  }
}
