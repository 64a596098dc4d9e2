package io.jdbcmq.torture.plant;

/** A part of a source that is replaced. */
final class Passage {
  private Passage() {}

  /**
   * A source with a defect in it.
   *
   * @param name of the source
   * @param sound the passage as it is
   * @param defect what takes its place
   * @throws PlantException if the source does not hold the passage exactly once
   */
  static String replace(String source, String name, String sound, String defect) {
    int at = source.indexOf(sound);
    if (at < 0 || source.indexOf(sound, at + 1) >= 0) {
      throw new PlantException("%s does not contain '%s' exactly once".formatted(name, sound));
    }
    return source.replace(sound, defect);
  }
}
