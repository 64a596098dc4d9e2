package io.jdbcmq.planted.nojavaserialization;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;

/** Reads objects of any class. */
public final class PlantedReader {

  public Object read(InputStream in) throws IOException, ClassNotFoundException {
    return new ObjectInputStream(in).readObject();
  }
}
