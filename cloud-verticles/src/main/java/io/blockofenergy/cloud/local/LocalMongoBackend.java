package io.blockofenergy.cloud.local;

import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.AbstractMongoBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerException;
import io.netty.channel.Channel;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.mvstore.MVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands on one store. Writes run one at a time, each is committed as a whole, with its index
 * entries, and flushed to the disk before its answer; reads run beside them.
 */
final class LocalMongoBackend extends AbstractMongoBackend {
  private static final Logger log = LoggerFactory.getLogger(LocalMongoBackend.class);

  /** What does not write; a command that is missing here is only slower. */
  private static final Set<String> READS =
      Set.of(
          "find",
          "getmore",
          "killcursors",
          "count",
          "distinct",
          "aggregate",
          "listcollections",
          "listindexes",
          "listdatabases",
          "collstats",
          "dbstats",
          "validate",
          "ismaster",
          "hello",
          "buildinfo",
          "ping",
          "serverstatus",
          "whatsmyuri",
          "getlasterror",
          "connectionstatus",
          "endsessions",
          "hostinfo",
          "getlog");

  /** Documents in a batch when the client names no number; all of them would fill the memory. */
  private static final int BATCH = 500;

  private static final int COMPACT_FILL_PERCENT = 60;
  private static final int COMPACT_BYTES = 4 << 20;

  private final MVStore store;
  private final LongAdder visited = new LongAdder();
  private final ReentrantLock writing = new ReentrantLock();
  private final Object flushing = new Object();
  private volatile long committed;
  private long flushed;

  LocalMongoBackend(MVStore store) {
    this.store = store;
    store.getMapNames().stream()
        .filter(name -> name.startsWith(LocalMongoDatabase.DOCUMENTS))
        .map(name -> name.substring(LocalMongoDatabase.DOCUMENTS.length()))
        .map(name -> name.substring(0, name.indexOf('.')))
        .distinct()
        .toList()
        .forEach(this::resolveDatabase);
  }

  @Override
  protected MongoDatabase openOrCreateDatabase(String name) {
    return new LocalMongoDatabase(name, store, getCursorRegistry(), visited);
  }

  /** Documents that queries have looked at since the start. */
  long visited() {
    return visited.sum();
  }

  @Override
  public Document handleCommand(Channel channel, String database, String command, Document query) {
    String name = command.toLowerCase(Locale.ROOT);
    if ((name.equals("find") || name.equals("getmore"))
        && !(query.get("batchSize") instanceof Number size && size.intValue() > 0)) {
      query.put("batchSize", BATCH);
    }
    MVStore.TxCounter usage = store.registerVersionUsage();
    try {
      if (READS.contains(name) && !writesOut(query)) {
        return super.handleCommand(channel, database, command, query);
      }
      Document answer;
      writing.lock();
      try {
        try {
          answer = super.handleCommand(channel, database, command, query);
        } finally {
          if (store.hasUnsavedChanges()) {
            store.commit();
            committed++;
          }
        }
      } finally {
        writing.unlock();
      }
      flush();
      return answer;
    } catch (MongoServerException e) {
      throw e;
    } catch (RuntimeException e) {
      // The library would log the command, documents and all.
      log.error("Command {} on database {} failed", command, database, e);
      throw new MongoServerException("internal error: " + e.getMessage(), e);
    } finally {
      store.deregisterVersionUsage(usage);
    }
  }

  private static boolean writesOut(Document query) {
    return query.get("pipeline") instanceof Collection<?> stages
        && stages.stream()
            .anyMatch(
                stage ->
                    stage instanceof Document document
                        && (document.containsKey("$out") || document.containsKey("$merge")));
  }

  /** Writers that committed while another flushed share the next flush. */
  private void flush() {
    long mine = committed;
    synchronized (flushing) {
      if (flushed < mine) {
        long upTo = committed;
        store.sync();
        flushed = upTo;
      }
    }
  }

  /** Moves a little of what is live out of mostly dead parts of the file, so they can be reused. */
  void compact() {
    writing.lock();
    try {
      if (!store.isClosed()) {
        store.compact(COMPACT_FILL_PERCENT, COMPACT_BYTES);
      }
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close() {
    writing.lock();
    try {
      super.close();
      store.close();
    } finally {
      writing.unlock();
    }
  }
}
