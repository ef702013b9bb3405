package io.blockofenergy.edge.source;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** Debian's Mosquitto as a process, which keeps what it has for its sessions when it is stopped. */
public final class Mosquitto {
  private final Path directory;
  private final String more;
  private final int port;
  private Process process;

  /**
   * @param more lines for its configuration file
   */
  public Mosquitto(Path directory, String more) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.more = more;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  public int port() {
    return port;
  }

  /** What it has logged. */
  public Path log() {
    return directory.resolve("log");
  }

  public Mosquitto start() throws IOException {
    Path file = directory.resolve("mosquitto.conf");
    Files.writeString(
        file,
        """
        listener %d 127.0.0.1
        persistence true
        persistence_location %s/
        max_queued_messages 0
        user root
        %s
        """
            .formatted(port, directory, more));
    Path binary = Path.of("/usr/sbin/mosquitto");
    process =
        new ProcessBuilder(Files.exists(binary) ? binary.toString() : "mosquitto", "-c", "" + file)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!accepts()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError(Files.readString(log()));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    return this;
  }

  private boolean accepts() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Publishes at QoS 1, and returns when Mosquitto has all of them. */
  void publish(List<String> payloads, String topic, boolean retained) throws MqttException {
    try (MqttClient client =
        new MqttClient("tcp://127.0.0.1:" + port, "publisher", new MemoryPersistence())) {
      MqttConnectOptions options = new MqttConnectOptions();
      options.setMaxInflight(1000);
      client.connect(options);
      for (String payload : payloads) {
        client.publish(topic, payload.getBytes(), 1, retained);
      }
      client.disconnect();
    }
  }

  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
