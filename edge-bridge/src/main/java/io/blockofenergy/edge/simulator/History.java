package io.blockofenergy.edge.simulator;

import io.blockofenergy.telemetry.DurableDirectory;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Properties;

/**
 * How far a back-fill has come: instants at a fixed step, each with one message a meter, in time
 * order. Only what the broker has acknowledged counts as done, and a marker file keeps that across
 * restarts; after a crash or a lost connection up to a few seconds' worth is published again, which
 * {@link #mayRepeat} tells. For one thread.
 */
final class History {
  /** One message to publish. */
  static final class Item {
    final Instant at;
    final int meter;
    private boolean acknowledged;

    private Item(Instant at, int meter) {
      this.at = at;
      this.meter = meter;
    }
  }

  private final Path marker;
  private final int meters;
  private final Duration step;
  private final Instant from;
  private final Instant until;
  private final ArrayDeque<Item> outstanding = new ArrayDeque<>();
  private Instant next;
  private int nextMeter;
  private Instant saved;
  private boolean mayRepeat;

  private History(
      Path marker, int meters, Duration step, Instant from, Instant until, Instant next) {
    this.marker = marker;
    this.meters = meters;
    this.step = step;
    this.from = from;
    this.until = until;
    this.next = next;
  }

  /**
   * Takes up what the marker file records, or plans the days before now.
   *
   * @param marker null to remember nothing
   * @param days 0 for no history
   * @throws IOException when the marker cannot be read or is not one
   */
  static History open(Path marker, int meters, int days, Duration step, Instant now)
      throws IOException {
    if (marker != null && days > 0) {
      try {
        Properties properties = new Properties();
        properties.load(new StringReader(Files.readString(marker)));
        History taken =
            new History(
                marker,
                meters,
                step,
                Instant.parse(properties.getProperty("from", "")),
                Instant.parse(properties.getProperty("until", "")),
                Instant.parse(properties.getProperty("next", "")));
        taken.mayRepeat = true;
        return taken;
      } catch (NoSuchFileException e) {
        // The first time.
      } catch (DateTimeException | IllegalArgumentException e) {
        throw new IOException(
            marker + " does not record a history; delete it to publish the history again", e);
      }
    }
    Instant from = aligned(now.minus(Duration.ofDays(days)), step);
    return days > 0
        ? new History(marker, meters, step, from, now, from)
        : new History(null, meters, step, now, now, now);
  }

  private static Instant aligned(Instant at, Duration step) {
    long seconds = step.toSeconds();
    return Instant.ofEpochSecond(-Math.floorDiv(-at.getEpochSecond(), seconds) * seconds);
  }

  /** The next message, or null when all have been handed out. */
  Item next() {
    if (!next.isBefore(until)) {
      return null;
    }
    Item item = new Item(next, nextMeter);
    outstanding.add(item);
    nextMeter++;
    if (nextMeter == meters) {
      nextMeter = 0;
      next = next.plus(step);
    }
    return item;
  }

  int outstanding() {
    return outstanding.size();
  }

  /** The broker has it. Out of order and twice are harmless. */
  void acknowledged(Item item) {
    item.acknowledged = true;
    while (!outstanding.isEmpty() && outstanding.peek().acknowledged) {
      outstanding.poll();
    }
  }

  /** Hands out again what is not acknowledged: its connection is gone. */
  void rewind() {
    if (!outstanding.isEmpty()) {
      next = outstanding.peek().at;
      nextMeter = outstanding.peek().meter;
      outstanding.clear();
      mayRepeat = true;
    }
  }

  /**
   * Whether messages may have been published before: they are to be marked so, for the bridge to
   * know them again. Each carries its time, so a mark on one that is new does no harm.
   */
  boolean mayRepeat() {
    return mayRepeat;
  }

  boolean done() {
    return outstanding.isEmpty() && !next.isBefore(until);
  }

  /** From 0 to 100. */
  int percent() {
    double all = Math.max(1, Duration.between(from, until).toSeconds());
    return (int) Math.min(100, 100 * Duration.between(from, doneUntil()).toSeconds() / all);
  }

  private Instant doneUntil() {
    // An instant of which some meter is missing counts as not done at all.
    return outstanding.isEmpty() ? next : outstanding.peek().at;
  }

  /** Writes the marker if there is news; a crash leaves the old one or the new one. */
  void save() {
    if (marker == null || doneUntil().equals(saved)) {
      return;
    }
    Properties properties = new Properties();
    properties.setProperty("from", from.toString());
    properties.setProperty("until", until.toString());
    properties.setProperty("next", doneUntil().toString());
    try {
      StringWriter text = new StringWriter();
      properties.store(text, "What the simulator has published of its history");
      Files.createDirectories(marker.toAbsolutePath().getParent());
      DurableDirectory.replace(marker, StandardCharsets.UTF_8.encode(text.toString()));
      saved = doneUntil();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + marker, e);
    }
  }
}
