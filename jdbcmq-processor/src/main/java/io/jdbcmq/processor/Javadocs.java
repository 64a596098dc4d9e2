package io.jdbcmq.processor;

import com.palantir.javapoet.CodeBlock;

/** Writes the Javadoc of what is generated. */
final class Javadocs {
  private Javadocs() {}

  static CodeBlock jobs(JobClass jobClass) {
    return CodeBlock.of("Requests and handlers of the jobs of {@link $T}.\n", jobClass.name());
  }

  static CodeBlock type(JobClass jobClass, JobMethod job) {
    return CodeBlock.of(
        "Jobs <code>$L</code>, run by {@link $T#$L}.\n",
        Text.javadoc(job.jobName()),
        jobClass.name(),
        job.methodName());
  }

  static CodeBlock request(JobClass jobClass, JobMethod job) {
    CodeBlock.Builder text =
        CodeBlock.builder()
            .add("A request to run {@link $T#$L}", jobClass.name(), job.methodName())
            .add(": job <code>$L</code>", Text.javadoc(job.jobName()))
            .add(" in channel <code>$L</code>", Text.javadoc(job.channel()));
    job.channelArgs()
        .ifPresent(args -> text.add(" with args <code>$L</code>", Text.javadoc(args.source())));
    text.add("$L.", job.settings().isOrdered() ? ", in strict order" : "");
    job.uniqueKey()
        .ifPresent(
            key -> text.add("\nIts unique key is <code>$L</code>.", Text.javadoc(key.source())));
    text.add("\n\n");
    if (job.payload().isPresent()) {
      text.add("@param payload what the handler gets\n");
    }
    return text.add("@return the request, to be changed further or sent\n").build();
  }

  static CodeBlock bindings(JobClass jobClass) {
    return handlers(
        jobClass, "The handlers, for {@link $T.Builder#bind}.", "@return the handlers\n");
  }

  static CodeBlock register(JobClass jobClass) {
    return handlers(jobClass, "A {@link $T} of these handlers alone.", "@return the registry\n");
  }

  private static CodeBlock handlers(JobClass jobClass, String text, String result) {
    CodeBlock.Builder code = CodeBlock.builder().add(text + "\n\n", Names.JOB_REGISTRY);
    if (jobClass.needsTarget()) {
      code.add("@param target runs the jobs, called by many threads at once\n");
    }
    return code.add(result).build();
  }
}
