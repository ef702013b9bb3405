package io.blockofenergy.cloud;

import java.time.Duration;
import java.util.BitSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/**
 * A stream of numbered QoS 1 publishes by an independent client that goes on through every outage:
 * it keeps its session and sends what is not acknowledged again, with DUP.
 */
final class Publisher implements AutoCloseable {
  /** What an outage has kept from being published is not all made up for. */
  private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** Why a publish can be refused by the client for as long as it reconnects. */
  private static final Set<Integer> PASSING =
      Set.of(
          (int) MqttException.REASON_CODE_CLIENT_NOT_CONNECTED,
          (int) MqttException.REASON_CODE_CLIENT_DISCONNECTING,
          (int) MqttException.REASON_CODE_CONNECTION_LOST,
          (int) MqttException.REASON_CODE_MAX_INFLIGHT);

  private final MqttAsyncClient client;
  private final String device;
  private final int windowSize;
  private final long intervalNanos;
  private final Semaphore window;
  private final BitSet acknowledged = new BitSet();
  private final Thread thread;
  private volatile boolean finished;
  private volatile MqttException fault;

  /** Publishes up to 500 a second, 20 of them unacknowledged. */
  Publisher(int port, String device) throws MqttException {
    this(port, device, 500, 20);
  }

  /**
   * @param perSecond how many to publish, if they are acknowledged in time
   * @param windowSize how many may be unacknowledged
   */
  Publisher(int port, String device, int perSecond, int windowSize) throws MqttException {
    this.device = device;
    this.windowSize = windowSize;
    intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    window = new Semaphore(windowSize);
    client =
        new MqttAsyncClient(
            "tcp://127.0.0.1:" + port, "publisher-" + device, new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setCleanSession(false);
    options.setAutomaticReconnect(true);
    options.setMaxReconnectDelay(500);
    options.setMaxInflight(windowSize);
    client.connect(options).waitForCompletion(LIMIT.toMillis());
    thread = new Thread(this::run, "publisher");
    thread.start();
  }

  private void run() {
    long due = System.nanoTime();
    for (int number = 0; !finished; number++) {
      try {
        window.acquire();
        if (!publish(number)) {
          window.release();
        }
        due = Math.max(due + intervalNanos, System.nanoTime() - BURST_NANOS);
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      } catch (InterruptedException e) {
        return;
      } catch (MqttException e) {
        fault = e;
        return;
      }
    }
  }

  /** Whether it was, which is not so when this is finished before. */
  private boolean publish(int number) throws MqttException, InterruptedException {
    byte[] payload = ("{\"Number\":" + number + ",\"ENERGY\":{\"Power\":1}}").getBytes();
    while (!finished) {
      try {
        client.publish("tele/" + device + "/SENSOR", payload, 1, false, number, acknowledgement());
        return true;
      } catch (MqttException e) {
        if (!PASSING.contains(e.getReasonCode())) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(20); // not connected: the client is reconnecting by itself
      }
    }
    return false;
  }

  private IMqttActionListener acknowledgement() {
    return new IMqttActionListener() {
      @Override
      public void onSuccess(IMqttToken token) {
        synchronized (acknowledged) {
          acknowledged.set((Integer) token.getUserContext());
          acknowledged.notifyAll();
        }
        window.release();
      }

      @Override
      public void onFailure(IMqttToken token, Throwable cause) {
        // A lost connection: the client keeps the message and sends it again by itself.
      }
    };
  }

  int acknowledged() {
    synchronized (acknowledged) {
      return acknowledged.cardinality();
    }
  }

  Set<Integer> acknowledgedNumbers() {
    synchronized (acknowledged) {
      Set<Integer> numbers = new TreeSet<>();
      acknowledged.stream().forEach(numbers::add);
      return numbers;
    }
  }

  void awaitAcknowledged(int count) throws InterruptedException, MqttException {
    long end = System.nanoTime() + LIMIT.toNanos();
    synchronized (acknowledged) {
      while (acknowledged.cardinality() < count) {
        if (fault != null) {
          throw fault;
        }
        if (System.nanoTime() > end) {
          throw new AssertionError(acknowledged.cardinality() + " acknowledged, expected " + count);
        }
        acknowledged.wait(100);
      }
    }
  }

  /** Stops publishing and waits until everything published is acknowledged. */
  void finish() throws InterruptedException {
    finished = true;
    thread.join();
    if (!window.tryAcquire(windowSize, LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError(
          device
              + ": not acknowledged are "
              + (windowSize - window.availablePermits())
              + (client.isConnected() ? ", and it is connected" : ", and it is not connected"));
    }
    window.release(windowSize);
  }

  @Override
  public void close() throws MqttException {
    finished = true;
    thread.interrupt();
    client.disconnectForcibly(100, 1000);
    client.close(true);
  }
}
