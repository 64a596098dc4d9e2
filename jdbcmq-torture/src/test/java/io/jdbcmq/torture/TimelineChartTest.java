package io.jdbcmq.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.torture.check.Timeline;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.LongStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.NodeList;

class TimelineChartTest {
  private static Timeline part(long number) {
    return new Timeline(600 * number, 10, 10 * number, 2, 0, 1, 1, 1, 1, 1);
  }

  @Test
  void aFigureIsALineFromZeroToItsHighestValue() throws Exception {
    NodeList lines = lines(LongStream.range(0, 3).mapToObj(TimelineChartTest::part).toList());
    assertThat(lines.getLength()).isEqualTo(8);
    // Runs grow: at the ground, half-way, at the top.
    assertThat(points(lines, 0)).isEqualTo("220.0,84.0 430.0,62.0 640.0,40.0");
    assertThat(points(lines, 1))
        .as("stays the same")
        .isEqualTo("220.0,104.0 430.0,104.0 640.0,104.0");
    assertThat(points(lines, 2)).as("is always 0").isEqualTo("220.0,212.0 430.0,212.0 640.0,212.0");
  }

  @Test
  void aRunWithoutPartsHasEmptyLines() throws Exception {
    assertThat(points(lines(List.of()), 0)).isEmpty();
  }

  @Test
  void onePartIsAPoint() throws Exception {
    assertThat(points(lines(List.of(part(1))), 0)).isEqualTo("220.0,40.0");
  }

  private static String points(NodeList lines, int number) {
    return lines.item(number).getAttributes().getNamedItem("points").getNodeValue();
  }

  private static NodeList lines(List<Timeline> parts) throws Exception {
    byte[] svg = TimelineChart.svg(parts).getBytes(StandardCharsets.UTF_8);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg))
        .getElementsByTagName("polyline");
  }
}
