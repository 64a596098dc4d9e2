package io.jdbcmq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.examples.imports.LongImport;
import io.jdbcmq.examples.jdbi.JdbiOrders;
import io.jdbcmq.examples.payments.TwoPhaseSend;
import io.jdbcmq.examples.webhooks.OrderedWebhooks;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each example is run as a user would, and prints what it promises. */
class ExamplesIT {
  @TempDir Path folder;

  @Test
  void aLongImportGoesOnBehindItsLastCheckpoint() throws Exception {
    assertThat(outputOf(LongImport.class))
        .containsExactly(
            "attempt 1 starts behind line 0",
            "attempt 1 failed: java.lang.NumberFormatException: Character ? is neither a decimal"
                + " digit number, decimal point, nor \"e\" notation exponential mark.",
            "attempt 2 starts behind line 4000",
            "attempt 2 is done",
            "10000 rows, 10000 articles");
  }

  @Test
  void eachCustomerHearsOfAllStepsInTheirOrder() throws Exception {
    assertThat(outputOf(OrderedWebhooks.class))
        .containsExactly(
            "anna: [placed, paid, packed, shipped, delivered]",
            "ben: [placed, paid, packed, shipped, delivered]",
            "cleo: [placed, paid, packed, shipped, delivered]");
  }

  @Test
  void onlyWhatWasPaidIsShipped() throws Exception {
    assertThat(outputOf(TwoPhaseSend.class))
        .containsExactly(
            "order 1 is paid",
            "order 1 is shipped",
            "order 2 is refused by the bank",
            "order 2 is cancelled: true",
            "the process dies before order 3 is charged",
            "order 3 has expired");
  }

  @Test
  void ordersAndJobsShareTheTransactionsOfJdbi() throws Exception {
    assertThat(outputOf(JdbiOrders.class)).containsExactly("order 1, confirmed: true");
  }

  private List<String> outputOf(Class<?> example) throws Exception {
    ChildProcess process = ChildProcess.run(example, Map.of(), folder, List.of());
    assertThat(process.exitCode()).as("%s", process.err()).isZero();
    return process.out();
  }
}
