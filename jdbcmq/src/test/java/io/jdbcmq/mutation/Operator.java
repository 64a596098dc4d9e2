package io.jdbcmq.mutation;

import java.util.List;
import java.util.Locale;

/** The kinds of small changes that are made, one at a time. */
enum Operator {
  /** One part of a condition of several is left out. */
  DROP_CONDITION,
  /** A bound counts in that did not, or the other way round. */
  SHIFT_BOUND,
  /** Equal becomes unequal, or the other way round. */
  SWAP_EQUAL,
  /** A NOT goes, or comes before EXISTS, FOUND or NULL. */
  NEGATE,
  /** An aggregate takes all rows. */
  DROP_FILTER,
  /** Locked rows are waited for. */
  DROP_SKIP_LOCKED,
  /** Rows are read without a lock. */
  DROP_LOCK,
  /** Rows come in any order. */
  DROP_ORDER,
  /** Rows come in the opposite order. */
  FLIP_ORDER,
  /** What was increased or decreased by one is not. */
  DROP_STEP,
  /** A sum becomes a difference, or the other way round. */
  SWAP_SIGN,
  /** The greatest becomes the least, or the other way round. */
  SWAP_EXTREME,
  /** True becomes false, or the other way round. */
  FLIP_BOOLEAN,
  /** A call whose result nobody needs is not made. */
  DROP_CALL,
  /** Rows are neither inserted, nor updated, nor deleted. */
  DROP_WRITE,
  /** A variable keeps its value. */
  DROP_ASSIGNMENT,
  /** A function goes on where it should have ended. */
  DROP_RETURN,
  /** Rows are not returned. */
  DROP_ANSWER,
  /** A column is inserted without its value. */
  NULL_COLUMN,
  /** A column is not updated. */
  DROP_COLUMN;

  /** As it stands in names of mutants. */
  String told() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All changes of this kind, in the order of the text. */
  List<Edit> edits(Code code) {
    return switch (this) {
      case DROP_CONDITION -> Conditions.drop(code);
      case SHIFT_BOUND -> Conditions.shiftBound(code);
      case SWAP_EQUAL -> Conditions.swapEqual(code);
      case NEGATE -> Conditions.negate(code);
      case DROP_FILTER -> Conditions.dropFilter(code);
      case DROP_SKIP_LOCKED -> Rows.dropSkipLocked(code);
      case DROP_LOCK -> Rows.dropLock(code);
      case DROP_ORDER -> Rows.dropOrder(code);
      case FLIP_ORDER -> Rows.flipOrder(code);
      case DROP_STEP -> Values.dropStep(code);
      case SWAP_SIGN -> Values.swapSign(code);
      case SWAP_EXTREME -> Values.swapExtreme(code);
      case FLIP_BOOLEAN -> Values.flipBoolean(code);
      case DROP_CALL -> Statements.dropCall(code);
      case DROP_WRITE -> Statements.dropWrite(code);
      case DROP_ASSIGNMENT -> Statements.dropAssignment(code);
      case DROP_RETURN -> Statements.dropReturn(code);
      case DROP_ANSWER -> Statements.dropAnswer(code);
      case NULL_COLUMN -> Columns.insertNull(code);
      case DROP_COLUMN -> Columns.dropUpdate(code);
    };
  }
}
