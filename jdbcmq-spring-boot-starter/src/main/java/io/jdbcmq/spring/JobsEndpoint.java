package io.jdbcmq.spring;

import io.jdbcmq.JobQueue;
import io.jdbcmq.job.ChannelStats;
import io.jdbcmq.job.QueueStats;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** {@code /actuator/jobs}: how many jobs are in which state. Reads only. */
@Endpoint(id = "jobs")
public final class JobsEndpoint {
  private final JobQueue queue;

  /** Of this queue. */
  JobsEndpoint(JobQueue queue) {
    this.queue = queue;
  }

  /** Jobs by channel name and state, and jobs that no runner has a handler for. */
  @ReadOperation
  public Map<String, Object> jobs() {
    QueueStats stats = queue.stats();
    Map<String, Object> channels = new LinkedHashMap<>();
    stats.channels().forEach(channel -> channels.put(channel.channelName(), numbers(channel)));
    Map<String, Object> jobs = new LinkedHashMap<>();
    jobs.put("exact", stats.exact());
    jobs.put("channels", channels);
    jobs.put("dead", stats.channels().stream().mapToLong(ChannelStats::dead).sum());
    jobs.put("unknown", queue.unknownJobs());
    return jobs;
  }

  private static Map<String, Object> numbers(ChannelStats channel) {
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("ready", channel.ready());
    numbers.put("delayed", channel.delayed());
    numbers.put("reserved", channel.reserved());
    numbers.put("parked", channel.parked());
    numbers.put("running", channel.running());
    numbers.put("dead", channel.dead());
    channel
        .oldestDue()
        .map(Duration::toMillis)
        .ifPresent(age -> numbers.put("oldestDueMillis", age));
    return numbers;
  }
}
