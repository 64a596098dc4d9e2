package io.jdbcmq.torture.plant;

/**
 * A part of a source that is replaced.
 *
 * @param source its name
 * @param sound the passage as it is
 * @param defect what takes its place
 */
record Passage(String source, String sound, String defect) {
  /**
   * The text of the source with the defect in it.
   *
   * @throws PlantException if the text does not hold the passage exactly once
   */
  String replacedIn(String text) {
    int at = text.indexOf(sound);
    if (at < 0 || text.indexOf(sound, at + 1) >= 0) {
      throw new PlantException("%s does not contain '%s' exactly once".formatted(source, sound));
    }
    return text.replace(sound, defect);
  }
}
