package io.blockofenergy.edge;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a file says something else. Its content is compared, once a second, so a file that
 * is replaced, or reached by a symbolic link that is switched, is noticed like one that is written.
 */
final class ConfigurationWatch extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ConfigurationWatch.class);
  private static final long INTERVAL_MS = 1_000;

  private final Path file;
  private final Runnable changed;
  private WorkerExecutor worker;
  private byte[] known;

  /**
   * @param known what the file said when it was read
   * @param changed called on a worker thread
   */
  ConfigurationWatch(Path file, byte[] known, Runnable changed) {
    this.file = file;
    this.known = known;
    this.changed = changed;
  }

  @Override
  public Future<?> start() {
    worker = vertx.createSharedWorkerExecutor("configuration", 1);
    vertx.setTimer(INTERVAL_MS, timer -> look());
    return Future.succeededFuture();
  }

  private void look() {
    worker
        .executeBlocking(
            () -> {
              byte[] content = Files.readAllBytes(file);
              if (!Arrays.equals(content, known)) {
                known = content;
                changed.run();
              }
              return null;
            })
        .onFailure(
            failure -> {
              if (failure instanceof IOException) {
                log.debug("{} cannot be read now: {}", file, failure.toString());
              } else {
                log.error("{} could not be followed", file, failure);
              }
            })
        .onComplete(done -> vertx.setTimer(INTERVAL_MS, timer -> look()));
  }
}
