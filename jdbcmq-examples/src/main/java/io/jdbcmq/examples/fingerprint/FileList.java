package io.jdbcmq.examples.fingerprint;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of a folder and of those below it.
 *
 * @param files regular files that can be read
 * @param skipped files and folders that cannot be read, as URIs
 */
record FileList(List<SourceFile> files, List<String> skipped) {

  /** The class files of the module java.base of the running JDK: several thousand real files. */
  static FileList ofRunningJdk() {
    return of(FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/java.base"));
  }

  /**
   * Walks a folder. Symbolic links below it are not followed: they could lead in circles.
   *
   * @throws BadInputException if there is no such folder, or nothing in it to read
   */
  static FileList of(Path folder) {
    Path start = existing(folder);
    List<SourceFile> files = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    try {
      Files.walkFileTree(start, new Visitor(files, skipped));
    } catch (IOException e) {
      throw new BadInputException("cannot list " + Text.printable(folder) + ": " + e.getMessage());
    }
    if (files.isEmpty()) {
      throw new BadInputException(
          "there are no readable files in "
              + Text.printable(folder)
              + (skipped.isEmpty() ? "" : " (" + skipped.size() + " cannot be read)"));
    }
    return new FileList(files, skipped);
  }

  long bytes() {
    return files.stream().mapToLong(SourceFile::size).sum();
  }

  private static Path existing(Path folder) {
    if (folder.toString().isEmpty()) {
      throw new BadInputException("the name of the folder is empty");
    }
    if (!Files.exists(folder)) {
      throw new BadInputException("there is no folder " + Text.printable(folder));
    }
    if (!Files.isDirectory(folder)) {
      throw new BadInputException(Text.printable(folder) + " is a file, not a folder");
    }
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      throw new BadInputException("cannot open the folder " + Text.printable(folder));
    }
  }

  private static final class Visitor extends SimpleFileVisitor<Path> {
    private final List<SourceFile> files;
    private final List<String> skipped;

    Visitor(List<SourceFile> files, List<String> skipped) {
      this.files = files;
      this.skipped = skipped;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile()) {
        if (Files.isReadable(file)) {
          files.add(new SourceFile(file.toUri().toString(), attributes.size()));
        } else {
          skipped.add(file.toUri().toString());
        }
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException error) {
      skipped.add(file.toUri().toString());
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(
        Path folder, @org.jspecify.annotations.Nullable IOException error) {
      if (error != null) {
        skipped.add(folder.toUri().toString());
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
