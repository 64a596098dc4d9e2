package io.jdbcmq.bench;

import java.util.List;
import java.util.Locale;

/**
 * A bar chart as SVG. Text stays text, so that a chart is small, can be searched, and needs no
 * fonts where it is made; colours suit light and dark pages.
 */
final class Chart {
  private static final int WIDTH = 720;
  private static final int LABELS = 170;
  private static final int BARS = 420;
  private static final int TOP = 52;
  private static final int ROW = 26;
  private static final int BAR = 16;
  private static final String[] COLOURS = {"#2f6f9f", "#d08a2e", "#5a9e5a"};

  private final String title;
  private final String unit;
  private final List<String> parts;
  private final List<Bar> bars;

  /**
   * A chart.
   *
   * @param unit of all values
   * @param parts what the parts of a bar are; one without a name needs no legend
   * @param bars from the top
   */
  Chart(String title, String unit, List<String> parts, List<Bar> bars) {
    this.title = title;
    this.unit = unit;
    this.parts = List.copyOf(parts);
    this.bars = List.copyOf(bars);
  }

  /**
   * A bar.
   *
   * @param label beside it
   * @param values lengths of its parts, one after the other
   */
  record Bar(String label, List<Double> values) {
    double sum() {
      return values.stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  String svg() {
    int height = TOP + bars.size() * ROW + 12;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d"\
         font-family="system-ui, sans-serif" font-size="13" fill="#777" role="img">
        <title>%s</title>
        <text x="8" y="20" font-size="15" font-weight="600">%s</text>
        """
            .formatted(WIDTH, height, WIDTH, height, escaped(title), escaped(title)));
    legend(svg);
    double most = bars.stream().mapToDouble(Bar::sum).max().orElse(1);
    for (int i = 0; i < bars.size(); i++) {
      bar(svg, bars.get(i), TOP + i * ROW, most > 0 ? BARS / most : 0);
    }
    return svg.append("</svg>\n").toString();
  }

  private void legend(StringBuilder svg) {
    int x = 8;
    svg.append("<text x=\"%d\" y=\"40\">%s</text>%n".formatted(x, escaped(unit)));
    x = LABELS;
    for (int i = 0; parts.size() > 1 && i < parts.size(); i++) {
      svg.append(
          "<rect x=\"%d\" y=\"30\" width=\"11\" height=\"11\" fill=\"%s\"/>%n"
              .formatted(x, COLOURS[i % COLOURS.length]));
      svg.append("<text x=\"%d\" y=\"40\">%s</text>%n".formatted(x + 16, escaped(parts.get(i))));
      x += 130;
    }
  }

  private static void bar(StringBuilder svg, Bar bar, int y, double scale) {
    int baseline = y + BAR - 3;
    svg.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n"
            .formatted(LABELS - 8, baseline, escaped(bar.label())));
    double x = LABELS;
    for (int i = 0; i < bar.values().size(); i++) {
      double width = bar.values().get(i) * scale;
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
              x,
              y,
              Math.max(1, width),
              BAR,
              COLOURS[i % COLOURS.length]));
      x += width;
    }
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
            x + 6,
            baseline,
            number(bar.sum())));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
