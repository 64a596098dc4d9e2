package io.jdbcmq.torture.history;

import io.jdbcmq.torture.history.Event.Sent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Events as lines: fields between tabs, the kind first. None of the fields holds a tab. */
final class Lines {
  private static final String NONE = "-";

  private Lines() {}

  static String of(Event event) {
    List<String> fields = new ArrayList<>();
    fields.add(event.getClass().getSimpleName());
    fields.add(Long.toString(event.nanos()));
    fields.add(event.process());
    if (event instanceof Event.Sending sending) {
      fields.add(sending.operation());
      sending.jobs().forEach(job -> fields.add(text(job)));
    } else if (event instanceof Event.Committing committing) {
      fields.add(committing.operation());
      fields.add(committing.job().toString());
    } else if (event instanceof Event.Cancelling cancelling) {
      fields.add(cancelling.operation());
      fields.add(cancelling.job().toString());
    } else if (event instanceof Event.Managing managing) {
      fields.add(managing.operation());
      fields.add(managing.job().toString());
      fields.add(managing.act().name());
      fields.add(Long.toString(managing.forMs()));
    } else if (event instanceof Event.Existing existing) {
      fields.add(existing.operation());
      fields.add(existing.job().toString());
    } else if (event instanceof Event.Ended ended) {
      fields.add(ended.operation());
      fields.add(ended.result().name());
    } else if (event instanceof Event.Started started) {
      fields.add(started.run());
      fields.add(started.job().toString());
      fields.add(Integer.toString(started.attempt()));
      fields.add(started.payload().name());
    } else if (event instanceof Event.Saving saving) {
      fields.add(saving.run());
    } else if (event instanceof Event.Saved saved) {
      fields.add(saved.run());
      fields.add(Boolean.toString(saved.refused()));
    } else if (event instanceof Event.Completing completing) {
      fields.add(completing.run());
    } else if (event instanceof Event.Finished finished) {
      fields.add(finished.run());
      fields.add(finished.outcome().name());
    } else if (event instanceof Event.Health health) {
      fields.add(Long.toString(health.heapKb()));
      fields.add(Integer.toString(health.threads()));
    } else if (event instanceof Event.Fault fault) {
      fields.add(fault.name());
      fields.add(Boolean.toString(fault.begins()));
    }
    return String.join("\t", fields);
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static Event event(String line) {
    String[] fields = line.split("\t", -1);
    try {
      long nanos = Long.parseLong(fields[1]);
      String process = fields[2].intern(); // there are few, in millions of lines
      String id = fields.length > 3 ? fields[3] : NONE;
      return switch (fields[0]) {
        case "Sending" -> new Event.Sending(nanos, process, id, jobs(fields));
        case "Committing" -> new Event.Committing(nanos, process, id, UUID.fromString(fields[4]));
        case "Cancelling" -> new Event.Cancelling(nanos, process, id, UUID.fromString(fields[4]));
        case "Managing" ->
            new Event.Managing(
                nanos,
                process,
                id,
                Event.Act.valueOf(fields[5]),
                UUID.fromString(fields[4]),
                Long.parseLong(fields[6]));
        case "Existing" -> new Event.Existing(nanos, process, id, UUID.fromString(fields[4]));
        case "Ended" -> new Event.Ended(nanos, process, id, Event.Result.valueOf(fields[4]));
        case "Started" ->
            new Event.Started(
                nanos,
                process,
                id,
                UUID.fromString(fields[4]),
                Integer.parseInt(fields[5]),
                Event.Payload.valueOf(fields[6]));
        case "Saving" -> new Event.Saving(nanos, process, id);
        case "Saved" -> new Event.Saved(nanos, process, id, Boolean.parseBoolean(fields[4]));
        case "Stopping" -> new Event.Stopping(nanos, process);
        case "Health" ->
            new Event.Health(nanos, process, Long.parseLong(id), Integer.parseInt(fields[4]));
        case "Completing" -> new Event.Completing(nanos, process, id);
        case "Finished" -> new Event.Finished(nanos, process, id, Event.Outcome.valueOf(fields[4]));
        case "Fault" -> new Event.Fault(nanos, process, id, Boolean.parseBoolean(fields[4]));
        default -> throw new IllegalArgumentException("no such kind");
      };
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a line of a history: '" + line + "'", e);
    }
  }

  private static List<Sent> jobs(String[] fields) {
    List<Sent> jobs = new ArrayList<>();
    for (int i = 4; i < fields.length; i++) {
      jobs.add(job(fields[i]));
    }
    return jobs;
  }

  private static String text(Sent job) {
    return String.join(
        " ",
        job.id().toString(),
        job.work(),
        job.orderedIn().orElse(NONE),
        job.uniqueKey().orElse(NONE),
        Boolean.toString(job.reserved()),
        Integer.toString(job.attempts()),
        Long.toString(job.delayMs()));
  }

  private static Sent job(String text) {
    String[] parts = text.split(" ", -1);
    return new Sent(
        UUID.fromString(parts[0]),
        parts[1].intern(),
        optional(parts[2]),
        optional(parts[3]),
        Boolean.parseBoolean(parts[4]),
        Integer.parseInt(parts[5]),
        Long.parseLong(parts[6]));
  }

  private static Optional<String> optional(String text) {
    return text.equals(NONE) ? Optional.empty() : Optional.of(text);
  }
}
