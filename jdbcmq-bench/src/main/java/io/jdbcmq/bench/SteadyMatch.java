package io.jdbcmq.bench;

import java.util.Map;
import java.util.Optional;

/**
 * The highest rate at which jobs are sent and run at the same time while 99 of 100 start within 100
 * ms. It is searched for in steps, and then held for a longer time.
 */
final class SteadyMatch implements Contest.Match {
  private static final double FIRST_RATE = 200;
  private static final double LEAST_RATE = 5;
  private static final double HIGHEST_RATE = 200_000;
  private static final double STEP = 3;
  private static final double MIN_STEP = 0.5;
  private static final double HOLD = 30;
  private static final int HOLDS = 3;

  private final Ring ring;
  private final String name;
  private double known;

  SteadyMatch(Ring ring, String name) {
    this.ring = ring;
    this.name = name;
  }

  @Override
  public Map<String, Figures> round(double seconds) throws Exception {
    double step = ring.isQuick() ? Math.max(MIN_STEP, seconds / 3) : STEP;
    Figures figures;
    try (SteadyFlow flow = new SteadyFlow(ring)) {
      double rate = search(flow, step);
      figures = hold(flow, rate, ring.isQuick() ? seconds : HOLD);
    }
    ring.clear(); // needs all connections, so that the workers have to be gone
    return Map.of(name, figures);
  }

  /** The highest rate that a short step has held; 0 if none. */
  private double search(SteadyFlow flow, double step) throws Exception {
    double high = HIGHEST_RATE;
    double growth = known > 0 ? 1.4 : 4;
    double low = known > 0 ? known * 0.7 : FIRST_RATE;
    while (!holds(flow, low, step)) {
      high = low;
      low /= growth;
      if (low < LEAST_RATE) {
        return 0;
      }
    }
    for (double rate = low * growth; rate < high; rate *= growth) {
      if (holds(flow, rate, step)) {
        low = rate;
      } else {
        high = rate;
      }
    }
    for (int i = 0; i < (known > 0 ? 1 : 3); i++) {
      double rate = Math.sqrt(low * high);
      if (flow.at(rate, step).holds()) {
        low = rate;
      } else {
        high = rate;
      }
    }
    return low;
  }

  /** With a second try: others disturb the machine, too. */
  private static boolean holds(SteadyFlow flow, double rate, double step) throws Exception {
    SteadyFlow.Step first = flow.at(rate, step);
    return first.holds() || flow.at(rate, step).holds();
  }

  private Figures hold(SteadyFlow flow, double rate, double seconds) throws Exception {
    double attempt = rate;
    Optional<SteadyFlow.Step> last = Optional.empty();
    for (int i = 0; i < HOLDS && attempt > 0; i++) {
      SteadyFlow.Step step = flow.at(attempt, seconds);
      if (step.holds()) {
        known = attempt;
        return step.figures().build();
      }
      last = Optional.of(step);
      attempt *= 0.8;
    }
    SteadyFlow.Step step = last.isPresent() ? last.get() : flow.at(LEAST_RATE, seconds);
    return step.figures()
        .with(Figures.RATE, 0)
        .note("no rate was found at which p99 stays under 100 ms")
        .build();
  }
}
