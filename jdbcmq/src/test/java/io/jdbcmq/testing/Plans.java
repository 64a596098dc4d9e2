package io.jdbcmq.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs SQL and collects the plans of all statements that were executed for it, also of those inside
 * functions. The server's module auto_explain sends them; a superuser may load it.
 */
public final class Plans {
  private static final Pattern SCAN =
      Pattern.compile(
          "(\\w+(?: \\w+)*?) (?:using (\\w+) )?on (mq_\\w+).*rows=([0-9.]+) loops=(\\d+)");
  private static final Pattern REMOVED = Pattern.compile("Rows Removed by \\w+.*: (\\d+)");
  private static final Pattern BAD_JOIN = Pattern.compile("\\b(Hash|Merge)( \\w+)? Join\\b");

  private final Connection connection;
  private final List<Plan> plans = new ArrayList<>();

  public Plans(Connection connection) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          load 'auto_explain';
          set auto_explain.log_min_duration = 0;
          set auto_explain.log_nested_statements = on;
          set auto_explain.log_analyze = on;
          set auto_explain.log_timing = off;
          set auto_explain.log_level = notice
          """);
    }
  }

  /** Runs a query and returns the first column of its rows. */
  public List<String> query(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet rows = statement.executeQuery(sql)) {
        while (rows.next()) {
          values.add(rows.getString(1));
        }
      }
      for (SQLWarning next = statement.getWarnings(); next != null; next = next.getNextWarning()) {
        if (next.getMessage().contains("plan:")) {
          plans.add(new Plan(next.getMessage()));
        }
      }
    }
    return values;
  }

  /** The plans since this was last asked. */
  public List<Plan> take() {
    List<Plan> taken = List.copyOf(plans);
    plans.clear();
    return taken;
  }

  /** A plan with what it did, as text. */
  public record Plan(String text) {
    /** What is wrong with it: other access than by index, or more rows read than this. */
    public List<String> findings(int maxRows) {
      List<String> findings = new ArrayList<>();
      String[] lines = text.split("\n", -1);
      for (int i = 0; i < lines.length; i++) {
        if (BAD_JOIN.matcher(lines[i]).find()) {
          findings.add(lines[i].strip());
        }
        Matcher scan = SCAN.matcher(lines[i]);
        if (!scan.find() || scan.group(1).endsWith("Function Scan")) {
          continue;
        }
        if (!isByIndex(scan.group(1))) {
          findings.add(lines[i].strip());
        } else {
          long loops = Long.parseLong(scan.group(5));
          double read = (Double.parseDouble(scan.group(4)) + removed(lines, i)) * loops;
          if (read > maxRows) {
            findings.add("%s reads %.0f rows".formatted(lines[i].strip(), read));
          }
        }
      }
      return findings.stream().map(finding -> finding + " in " + lines[1].strip()).toList();
    }

    private static boolean isByIndex(String node) {
      return node.endsWith("Index Scan")
          || node.endsWith("Index Only Scan")
          || node.endsWith("Index Scan Backward")
          || node.endsWith("Index Only Scan Backward")
          || node.endsWith("Tid Scan")
          || node.endsWith("Insert")
          || node.endsWith("Update")
          || node.endsWith("Delete");
    }

    /** Rows that the node of a line read and did not return; its details follow it, indented. */
    private static long removed(String[] lines, int node) {
      long removed = 0;
      for (int i = node + 1; i < lines.length && !lines[i].contains("->"); i++) {
        Matcher matcher = REMOVED.matcher(lines[i]);
        if (matcher.find()) {
          removed += Long.parseLong(matcher.group(1));
        }
      }
      return removed;
    }
  }
}
