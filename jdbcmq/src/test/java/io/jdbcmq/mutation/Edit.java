package io.jdbcmq.mutation;

/**
 * One small change of a text.
 *
 * @param start where it begins in the text
 * @param end where what is replaced ends
 * @param by what comes in its place
 * @param told what it does, in a few words
 */
record Edit(int start, int end, String by, String told) {
  String of(String text) {
    return text.substring(0, start) + by + text.substring(end);
  }
}
