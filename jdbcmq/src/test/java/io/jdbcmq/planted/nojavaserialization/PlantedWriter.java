package io.jdbcmq.planted.nojavaserialization;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;

/** Writes objects of any class. */
public final class PlantedWriter {

  public void write(OutputStream out, Object object) throws IOException {
    new ObjectOutputStream(out).writeObject(object);
  }
}
