package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WriterLeaseIT {
  private static final Duration LENGTH = Duration.ofSeconds(5);
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private final AtomicLong nanos = new AtomicLong();
  private Mongo mongo;
  private LogStore store;
  private WriterLease lease;

  @BeforeEach
  void open() {
    mongo = new Mongo();
    store = new MongoLogStore(mongo.client);
    lease = at(NOW);
  }

  @AfterEach
  void close() throws Exception {
    mongo.close();
  }

  private WriterLease at(Instant time) {
    return new WriterLease(store, LENGTH, Clock.fixed(time, ZoneOffset.UTC), nanos::get);
  }

  @Test
  void isHeldByOneAndNotByTheOther() throws Exception {
    WriterLease other = at(NOW);
    assertThat(Mongo.await(lease.acquire())).isTrue();
    assertThat(Mongo.await(other.acquire())).isFalse();
    assertThat(other.otherHolder()).isPresent();
    assertThat(Mongo.await(lease.acquire())).isTrue();
    assertThat(lease.epoch()).isEqualTo(1);
  }

  @Test
  void isTakenWhenItHasRunOutAndLostByWhoHadIt() throws Exception {
    Mongo.await(lease.acquire());
    WriterLease later = at(NOW.plus(LENGTH));

    assertThat(Mongo.await(later.acquire())).isTrue();
    assertThat(later.epoch()).isEqualTo(2);
    assertThat(Mongo.await(lease.renew())).isFalse();
    assertThat(lease.isHeld()).isFalse();
  }

  @Test
  void isKeptByRenewingHoweverWrongTheClocksAre() throws Exception {
    WriterLease ahead = at(NOW.plus(Duration.ofDays(1)));
    Mongo.await(ahead.acquire());
    for (int i = 0; i < 5; i++) {
      assertThat(Mongo.await(lease.acquire())).isFalse();
      nanos.addAndGet(LENGTH.toNanos() - 1);
      assertThat(Mongo.await(ahead.renew())).isTrue();
    }
    assertThat(Mongo.await(lease.acquire())).isFalse();

    nanos.addAndGet(LENGTH.toNanos());
    assertThat(Mongo.await(lease.acquire())).isTrue();
  }

  @Test
  void isFreeOnceGivenBack() throws Exception {
    Mongo.await(lease.acquire());
    Mongo.await(lease.release());

    WriterLease other = at(NOW);
    assertThat(Mongo.await(other.acquire())).isTrue();
    assertThat(other.epoch()).isEqualTo(2);
  }

  @Test
  void isTakenAtOnceFromAProcessOfThisHostThatIsGone() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    String host = java.lang.management.ManagementFactory.getRuntimeMXBean().getName().split("@")[1];
    Lease left = new Lease(gone.pid() + "@" + host + "/0a0b0c0d", 7, 3, NOW.plusSeconds(60));
    Mongo.await(store.createLease(left));

    assertThat(Mongo.await(lease.acquire())).isTrue();
    assertThat(lease.epoch()).isEqualTo(8);
  }

  @Test
  void isWaitedForWhenItsHolderIsOfAnotherHost() throws Exception {
    Mongo.await(store.createLease(new Lease("1@elsewhere/0a0b0c0d", 7, 3, NOW.plusSeconds(60))));

    assertThat(Mongo.await(lease.acquire())).isFalse();
  }

  @Test
  void goesBeyondAnEpochThatTheStoreKnowsThoughTheLeaseIsLost() throws Exception {
    Mongo.await(lease.acquire());
    Mongo.await(mongo.client.removeDocument("log_state", new JsonObject().put("_id", "lease")));

    lease.lose(9);

    assertThat(Mongo.await(lease.acquire())).isTrue();
    assertThat(lease.epoch()).isEqualTo(10);
    lease.lose(12);
    assertThat(Mongo.await(lease.acquire())).isTrue();
    assertThat(lease.epoch()).isEqualTo(13);
  }
}
