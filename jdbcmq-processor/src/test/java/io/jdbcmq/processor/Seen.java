package io.jdbcmq.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A context object of handlers: what they say to a test. */
public final class Seen {
  private final BlockingQueue<String> words = new LinkedBlockingQueue<>();

  /** Says it. */
  public void add(String word) {
    words.add(word);
  }

  String next() throws InterruptedException {
    String word = words.poll(30, TimeUnit.SECONDS);
    assertThat(word).as("something seen within 30 seconds").isNotNull();
    return word;
  }
}
