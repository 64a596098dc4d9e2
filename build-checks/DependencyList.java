import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Compares what a module brings to its users with what it says that it brings, and fails on any difference.
 *
 * <p>Run by Maven as a source file: {@code java DependencyList.java <module> <what dependency:list has written>
 * <its dependencies.txt>}. The list holds one {@code groupId:artifactId} per line, where {@code *} at the end stands for the
 * operating system in a name. No list stands for an empty one.
 */
final class DependencyList {

  private final SortedSet<String> unlisted = new TreeSet<>();
  private final SortedSet<String> gone = new TreeSet<>();

  private DependencyList(SortedSet<String> listed, SortedSet<String> brought) {
    gone.addAll(listed);
    for (String name : brought) {
      var entries = listed.stream().filter(entry -> standsFor(entry, name)).toList();
      entries.forEach(gone::remove);
      if (entries.isEmpty()) {
        unlisted.add(name);
      }
    }
  }

  public static void main(String[] arguments) throws IOException {
    var module = arguments[0];
    var list = Path.of(arguments[2]);
    var compared = new DependencyList(listed(list), brought(Path.of(arguments[1])));
    compared.unlisted.forEach(
        name -> System.out.printf("[ERROR] %s brings %s, which is not in its list%n", module, name));
    compared.gone.forEach(
        name -> System.out.printf("[ERROR] %s does not bring %s, which is in its list%n", module, name));
    if (!compared.unlisted.isEmpty() || !compared.gone.isEmpty()) {
      System.out.printf("[ERROR] If that is meant, change %s in the same commit.%n", list);
      System.exit(1);
    }
  }

  private static SortedSet<String> listed(Path list) throws IOException {
    if (!Files.exists(list)) {
      return new TreeSet<>();
    }
    return sorted(
        Files.readAllLines(list).stream().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#")));
  }

  /** From lines such as {@code org.slf4j:slf4j-api:jar:2.0.20:compile -- module org.slf4j}. */
  private static SortedSet<String> brought(Path resolved) throws IOException {
    List<String> lines = Files.readAllLines(resolved);
    if (lines.stream().noneMatch(line -> line.contains("files have been resolved"))) {
      throw new IllegalStateException(resolved + " is not what dependency:list writes: " + lines);
    }
    return sorted(
        lines.stream()
            .map(line -> line.strip().split(":"))
            .filter(parts -> parts.length >= 5)
            .map(parts -> parts[0] + ":" + parts[1]));
  }

  private static SortedSet<String> sorted(Stream<String> names) {
    return new TreeSet<>(names.toList());
  }

  private static boolean standsFor(String entry, String name) {
    return entry.endsWith("*")
        ? name.startsWith(entry.substring(0, entry.length() - 1))
        : name.equals(entry);
  }
}
