package io.jdbcmq.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.jdbcmq.job.JobRequest;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;

/** The sending side; the other one needs a job that runs, and is in {@link TracesIT}. */
class ObservationInterceptorTest {
  private static final JobRequest MAIL = JobRequest.of("send").channel("mail", "tenant-secret");

  private final TestObservationRegistry registry = TestObservationRegistry.create();

  @Test
  void theMakingOfAJobIsObserved() {
    interceptor("1").beforeSend(MAIL.json("\"payload-secret\"").header("user", "header-secret"));

    TestObservationRegistryAssert.assertThat(registry)
        .hasSingleObservationThat()
        .hasBeenStarted()
        .hasBeenStopped()
        .hasNameEqualTo("jdbcmq.job.create")
        .hasContextualNameEqualTo("create mail")
        .hasLowCardinalityKeyValue("messaging.system", "jdbcmq")
        .hasLowCardinalityKeyValue("messaging.operation.name", "create")
        .hasLowCardinalityKeyValue("messaging.operation.type", "create")
        .hasLowCardinalityKeyValue("messaging.destination.name", "mail")
        .hasLowCardinalityKeyValue("jdbcmq.job.name", "send")
        .satisfies(
            context -> assertThat(context.getAllKeyValues().toString()).doesNotContain("secret"));
  }

  @Test
  void whatObservationHandlersPutIntoTheCarrierBecomesHeaders() {
    assertThat(interceptor("1").beforeSend(MAIL.header("user", "7")).headers())
        .containsEntry("user", "7")
        .containsEntry("trace", "1");
  }

  @Test
  void aTraceThatIsThereAlreadyIsReplaced() {
    assertThat(interceptor("2").beforeSend(MAIL.header("trace", "1")).headers())
        .containsEntry("trace", "2");
  }

  @Test
  void theTraceIsLeftOutWhenThereIsNoRoomForIt() {
    JobRequest full = MAIL;
    for (int i = 0; i < 64; i++) {
      full = full.header("h" + i, "");
    }
    JobRequest large = MAIL.header("h", "x".repeat(16 * 1024 - 2));

    assertThat(interceptor("1").beforeSend(full)).isSameAs(full);
    assertThat(interceptor("1").beforeSend(large)).isSameAs(large);
  }

  @Test
  void aRegistryWithoutHandlersCostsNothing() {
    JobRequest request = new ObservationInterceptor(ObservationRegistry.NOOP).beforeSend(MAIL);

    assertThat(request).isSameAs(MAIL);
  }

  @Test
  void conventionsCanBeReplaced() {
    JobSenderConvention own =
        new JobSenderConvention() {
          @Override
          public KeyValues getLowCardinalityKeyValues(JobSenderContext context) {
            return super.getLowCardinalityKeyValues(context).and("team", "billing");
          }
        };
    new ObservationInterceptor(registry, own, new JobReceiverConvention()).beforeSend(MAIL);

    TestObservationRegistryAssert.assertThat(registry)
        .hasSingleObservationThat()
        .hasLowCardinalityKeyValue("team", "billing");
  }

  /** With a handler that sends this trace along, as tracing does. */
  private ObservationInterceptor interceptor(String trace) {
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<JobSenderContext>() {
              @Override
              public void onStart(JobSenderContext context) {
                context.getSetter().set(context.getCarrier(), "trace", trace);
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return context instanceof JobSenderContext;
              }
            });
    return new ObservationInterceptor(registry);
  }
}
