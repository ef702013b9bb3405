package io.blockofenergy.edge.journal;

import io.blockofenergy.telemetry.Batch;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * A process to be killed: appends numbered messages for ever, prints each number once it is
 * acknowledged, and meanwhile sends batches to a directory that stands for the hub. Arguments: the
 * journal, the hub, the first number, the number below which messages are redeliveries.
 */
final class JournalVictim {
  static final int IN_FLIGHT = 300;

  private JournalVictim() {}

  public static void main(String[] arguments) throws Exception {
    Path hub = Path.of(arguments[1]);
    long redeliverBelow = Long.parseLong(arguments[3]);
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out));
    Journal journal = JournalFixture.open(Path.of(arguments[0]));
    Thread uplink = new Thread(() -> send(journal, hub));
    uplink.start();
    Semaphore window = new Semaphore(IN_FLIGHT);
    for (long i = Long.parseLong(arguments[2]); ; i++) {
      long number = i;
      window.acquire();
      journal
          .append(
              JournalFixture.MEASUREMENT,
              JournalFixture.TOPIC,
              payload(number),
              number < redeliverBelow)
          .thenRun(
              () -> {
                out.println(number);
                window.release();
              });
    }
  }

  static String payload(long number) {
    return "{\"n\":" + number + ",\"x\":\"" + "x".repeat(300) + "\"}";
  }

  private static void send(Journal journal, Path hub) {
    try {
      while (true) {
        Optional<Batch> batch = JournalFixture.next(journal);
        if (batch.isPresent()) {
          deliver(hub, batch.get());
          journal.acknowledged(batch.get().id());
        } else {
          LockSupport.parkNanos(1_000_000);
        }
      }
    } catch (IOException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(3);
    }
  }

  /** Like the cloud: a repeat must be the very same, and counts once. */
  static void deliver(Path hub, Batch batch) throws IOException {
    Path file = hub.resolve(BatchFile.name(batch, 0));
    byte[] content = BatchFile.encode(batch).array();
    if (!Files.exists(file)) {
      Path temporary = hub.resolve("temporary");
      Files.write(temporary, content);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } else if (!Arrays.equals(Files.readAllBytes(file), content)) {
      throw new IOException("batch " + batch.id() + " is not the one sent before");
    }
  }
}
