package io.jdbcmq.torture;

import io.jdbcmq.torture.check.Timeline;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The course of a run as SVG: a line for each figure, one below the other, each from zero on. What
 * does not grow with time is level.
 */
final class TimelineChart {
  private static final int WIDTH = 720;
  private static final int LABELS = 220;
  private static final int LINES = 420;
  private static final int TOP = 40;
  private static final int ROW = 64;
  private static final int HEIGHT = 44;

  private record Figure(String name, ToLongFunction<Timeline> value) {}

  private static final List<Figure> FIGURES =
      List.of(
          new Figure("runs", Timeline::started),
          new Figure("median latency, ms", Timeline::medianMs),
          new Figure("p99 of latency, ms", Timeline::p99Ms),
          new Figure("heap of a runner after a collection, KiB", Timeline::heapKb),
          new Figure("threads of a runner", Timeline::threads),
          new Figure("tables of live jobs, KiB", Timeline::tablesKb),
          new Figure("tables of dead jobs, KiB", Timeline::deadKb),
          new Figure("live jobs", Timeline::live));

  private TimelineChart() {}

  /** Draws the parts of a run, in their order. */
  static String svg(List<Timeline> parts) {
    int height = TOP + FIGURES.size() * ROW + 30;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d"\
         font-family="system-ui, sans-serif" font-size="13" fill="#777" role="img">
        <title>Course of a run of the torture test</title>
        """
            .formatted(WIDTH, height, WIDTH, height));
    svg.append(text(LABELS, 22, "start", "each line from 0 to the number at its right"));
    for (int i = 0; i < FIGURES.size(); i++) {
      draw(svg, FIGURES.get(i), parts, TOP + i * ROW);
    }
    int bottom = TOP + FIGURES.size() * ROW + 14;
    if (!parts.isEmpty()) {
      svg.append(text(LABELS, bottom, "start", "second " + parts.get(0).fromSecond()));
      svg.append(
          text(LABELS + LINES, bottom, "end", "" + parts.get(parts.size() - 1).fromSecond()));
    }
    return svg.append("</svg>\n").toString();
  }

  private static void draw(StringBuilder svg, Figure figure, List<Timeline> parts, int y) {
    long most = parts.stream().mapToLong(figure.value()).max().orElse(0);
    int ground = y + HEIGHT;
    svg.append(text(LABELS - 12, ground - 4, "end", figure.name()));
    svg.append(text(LABELS + LINES + 8, y + 12, "start", String.format(Locale.ROOT, "%,d", most)));
    svg.append("<path d=\"M%d %dh%d\" stroke=\"#bbb\"/>%n".formatted(LABELS, ground, LINES));
    String points =
        IntStream.range(0, parts.size())
            .mapToObj(i -> point(i, parts, figure.value().applyAsLong(parts.get(i)), most, ground))
            .collect(Collectors.joining(" "));
    svg.append(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"#2f6f9f\" stroke-width=\"2\"/>%n"
            .formatted(points));
  }

  private static String point(int i, List<Timeline> parts, long value, long most, int ground) {
    double x = LABELS + (parts.size() > 1 ? (double) i * LINES / (parts.size() - 1) : 0);
    double y = ground - (most > 0 ? (double) value * HEIGHT / most : 0);
    return String.format(Locale.ROOT, "%.1f,%.1f", x, y);
  }

  private static String text(int x, int y, String anchor, String text) {
    return "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n".formatted(x, y, anchor, text);
  }
}
