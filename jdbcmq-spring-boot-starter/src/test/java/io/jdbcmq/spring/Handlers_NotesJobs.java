package io.jdbcmq.spring;

import io.jdbcmq.JobBindings;
import io.jdbcmq.job.JobType;

/** As the processor generates it. */
final class Handlers_NotesJobs {
  private Handlers_NotesJobs() {}

  static final JobType<Handlers.Note> NOTE = JobType.of("note", Handlers.Note.class);

  static JobBindings bindings(Handlers.Notes target) {
    return (registry, contexts) -> {
      Handlers.Log log = contexts.get(Handlers.Log.class, "job note (Notes.note)");
      registry.handle(NOTE, (job, payload) -> target.note(job, payload, log));
      registry.alias("old-note", "note");
    };
  }
}
