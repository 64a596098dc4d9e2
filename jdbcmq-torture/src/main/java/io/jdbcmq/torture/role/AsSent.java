package io.jdbcmq.torture.role;

import io.jdbcmq.job.CurrentJob;
import io.jdbcmq.job.JobRequest;
import io.jdbcmq.job.OnDeath;
import io.jdbcmq.job.RetryPolicy;
import io.jdbcmq.torture.history.Event.Payload;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;

/**
 * A job as its sender has sent it, as a text that travels with it in a header: what is stored, and
 * what a handler gets, has to agree with it.
 */
public final class AsSent {
  /** What a checkpoint saves as JSON payload. */
  static final String SAVED = "1";

  private static final String HEADER = "sent";
  private static final String NONE = "-";

  /**
   * Live jobs, and dead ones of the last minute, that are stored in another way than they were
   * sent. A checkpoint may have changed the JSON payload, and given further retries.
   */
  public static final String CHANGED =
      """
      select format('job %%s was sent as %%s and is stored as %%s', job.id, job.sent, job.stored)
      from (
        select id,
               headers[array_position(headers, 'sent') + 1] as sent,
               concat_ws('|', channel_name, channel_args, job_name, coalesce(unique_key, '-'), priority,
                 case when job_name = '%1$s' then '-' else retries::text end,
                 backoff_ms, coalesce(max_backoff_ms::text, '-'), coalesce(jitter, 0), coalesce(timeout_ms::text, '-'),
                 case when seq is null then '-' when blocks then 'BLOCK' else 'SKIP' end,
                 coalesce(md5(payload_bytes), '-'),
                 case when payload_json::text = '1' then split_part(headers[array_position(headers, 'sent') + 1], '|', 13)
                      else coalesce(md5(payload_json::text), '-') end) as stored
        from (
          select id, headers, channel_name, channel_args, job_name, unique_key, priority, retries, backoff_ms,
                 max_backoff_ms, jitter, timeout_ms, seq, blocks, payload_bytes, payload_json
          from jdbcmq.mq_jobs
          union all
          select id, headers, channel_name, channel_args, job_name, unique_key, priority, retries, backoff_ms,
                 max_backoff_ms, jitter, timeout_ms, seq, blocks, payload_bytes, payload_json
          from jdbcmq.mq_dead
          where died_at > jdbcmq.mq_now() - interval '1 minute') as each) as job
      where job.stored is distinct from job.sent
      """
          .formatted(Work.EXTENDING.jobName());

  private AsSent() {}

  /** The request with the header. */
  static JobRequest marked(JobRequest request) {
    return request.header(HEADER, text(request));
  }

  private static String text(JobRequest request) {
    RetryPolicy retry = request.retryPolicy();
    return String.join(
        "|",
        request.channel().name(),
        request.channel().args(),
        request.jobName(),
        request.uniqueKey().orElse(NONE),
        Integer.toString(request.priority()),
        request.jobName().equals(Work.EXTENDING.jobName())
            ? NONE
            : Integer.toString(retry.retries()),
        Long.toString(retry.backoff().toMillis()),
        Long.toString(retry.maxBackoff().toMillis()),
        retry.jitter() > 0 ? Double.toString(retry.jitter()) : "0",
        request.timeout().map(Duration::toMillis).map(String::valueOf).orElse(NONE),
        request.onDeath().map(OnDeath::name).orElse(NONE),
        request.bytes().map(AsSent::md5).orElse(NONE),
        request.json().map(AsSent::md5).orElse(NONE));
  }

  /** What a handler has got, compared with what was sent. */
  static Payload payload(CurrentJob job) {
    String[] sent = String.valueOf(job.headers().get(HEADER)).split("\\|", -1);
    if (sent.length != 13 || !job.bytes().map(AsSent::md5).orElse(NONE).equals(sent[11])) {
      return Payload.CHANGED;
    }
    if (job.json().equals(Optional.of(SAVED))) {
      return Payload.SAVED;
    }
    return job.json().map(AsSent::md5).orElse(NONE).equals(sent[12])
        ? Payload.SENT
        : Payload.CHANGED;
  }

  private static String md5(String text) {
    return md5(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String md5(byte[] bytes) {
    try {
      return "%032x".formatted(new BigInteger(1, MessageDigest.getInstance("MD5").digest(bytes)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
