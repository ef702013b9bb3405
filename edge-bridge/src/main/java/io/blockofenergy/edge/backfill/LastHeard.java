package io.blockofenergy.edge.backfill;

import io.blockofenergy.telemetry.DurableDirectory;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file that says which meter was last heard when, in seconds since 1970. Blocks. */
final class LastHeard {
  private static final Logger log = LoggerFactory.getLogger(LastHeard.class);

  private final Path file;

  LastHeard(Path file) {
    this.file = file;
  }

  /** Empty when there is no file; lines that say nothing are left out. */
  Map<String, Long> read() throws IOException {
    Properties lines = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      lines.load(reader);
    } catch (NoSuchFileException e) {
      return new HashMap<>();
    } catch (IllegalArgumentException e) {
      log.warn("{} is damaged: {}", file, e.getMessage());
    }
    Map<String, Long> heard = new HashMap<>();
    lines.forEach(
        (meter, seconds) -> {
          if (((String) seconds).matches("[0-9]{1,12}")) {
            heard.put((String) meter, Long.parseLong((String) seconds));
          }
        });
    return heard;
  }

  /** Replaces the file as a whole. */
  void write(Map<String, Long> heard) throws IOException {
    Properties lines = new Properties();
    heard.forEach((meter, seconds) -> lines.setProperty(meter, Long.toString(seconds)));
    StringWriter text = new StringWriter();
    lines.store(text, null);
    DurableDirectory.create(file.toAbsolutePath().getParent());
    DurableDirectory.replace(file, StandardCharsets.UTF_8.encode(text.toString()));
  }
}
