package io.blockofenergy.cloud.local;

import de.bwaldvogel.mongo.MongoServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A MongoDB server for one machine: mongo-java-server on one H2 MVStore file, on the loopback
 * interface, without authentication. A write command that was answered survives {@code kill -9},
 * and, as far as the disk honours a flush, the loss of power: it was committed and flushed before
 * the answer. Secondary indexes are ordered, and queries in their order stop at their limit.
 *
 * <p>Start and close block: not for an event loop.
 */
public final class LocalMongo implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalMongo.class);
  private static final int CACHE_MEBIBYTES = 64;
  private static final int COMPACT_SECONDS = 5;

  /** Flushes keep older versions valid on disk, so this only has to outlast a slow disk cache. */
  private static final int RETENTION_MILLISECONDS = 5_000;

  private final LocalMongoBackend backend;
  private final MongoServer server;
  private final ScheduledExecutorService housekeeping;

  private LocalMongo(LocalMongoBackend backend, MongoServer server) {
    this.backend = backend;
    this.server = server;
    this.housekeeping =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "local-mongo-housekeeping");
              thread.setDaemon(true);
              return thread;
            });
    housekeeping.scheduleWithFixedDelay(
        this::compact, COMPACT_SECONDS, COMPACT_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Opens or creates {@code energy.mv} in the directory and listens on 127.0.0.1.
   *
   * @param port 0 lets the system choose
   * @throws IllegalStateException when the port is taken or the file in use, saying what to do
   */
  public static LocalMongo start(Path directory, int port) {
    MVStore store = open(directory);
    LocalMongoBackend backend = new LocalMongoBackend(store);
    MongoServer server = new MongoServer(backend);
    try {
      server.bind(new InetSocketAddress("127.0.0.1", port), 1, 0);
    } catch (Exception e) {
      server.shutdownNow();
      throw new IllegalStateException(
          "the local MongoDB server cannot listen on port "
              + port
              + ": it is taken; set BOE_MONGO_PORT to a free one",
          e);
    }
    LocalMongo mongo = new LocalMongo(backend, server);
    log.info("local MongoDB server on 127.0.0.1:{}, data in {}", mongo.port(), directory);
    return mongo;
  }

  private static MVStore open(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + directory, e);
    }
    try {
      // Commits happen only between commands: one in the middle could store a document without
      // its index entries.
      MVStore store =
          new MVStore.Builder()
              .fileName(directory.resolve("energy.mv").toString())
              .autoCommitDisabled()
              .autoCommitBufferSize(0)
              .cacheSize(CACHE_MEBIBYTES)
              .compress()
              .open();
      store.setAutoCommitDelay(0);
      store.setRetentionTime(RETENTION_MILLISECONDS);
      return store;
    } catch (MVStoreException e) {
      throw new IllegalStateException(
          "cannot open the local MongoDB data in " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Done by itself every few seconds. */
  void compact() {
    try {
      backend.compact();
    } catch (RuntimeException e) {
      log.warn("compaction of the local MongoDB data failed", e);
    }
  }

  public int port() {
    return server.getLocalAddress().getPort();
  }

  /** {@code mongodb://127.0.0.1:<port>}. */
  public String connectionString() {
    return "mongodb://127.0.0.1:" + port();
  }

  /** Documents that queries have looked at since the start: what a walk costs. */
  long visitedDocuments() {
    return backend.visited();
  }

  @Override
  public void close() {
    housekeeping.shutdownNow();
    server.shutdownNow();
  }
}
