package io.blockofenergy.cloud.local;

import static io.blockofenergy.cloud.topic.Addresses.HUB_EVENTS;
import static io.blockofenergy.cloud.topic.Addresses.INGESTION_DEAD_LETTERS;
import static io.blockofenergy.cloud.topic.Addresses.LEDGER;
import static io.blockofenergy.cloud.topic.Addresses.STORAGE;
import static io.blockofenergy.cloud.topic.Addresses.TELEMETRY_TOPIC;
import static io.blockofenergy.cloud.topic.Addresses.deadLetterQueue;

import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.telemetry.Secret;
import io.blockofenergy.telemetry.SecretFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.CoreAddressConfiguration;
import org.apache.activemq.artemis.core.config.DivertConfiguration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.ComponentConfigurationRoutingType;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.Queue;
import org.apache.activemq.artemis.core.server.impl.ActiveMQServerImpl;
import org.apache.activemq.artemis.core.settings.impl.AddressFullMessagePolicy;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;

/**
 * Stands in for the hub's event stream and for Azure Service Bus: Apache Artemis in this JVM, AMQP
 * 1.0 on loopback, with the pipeline's addresses. What it has accepted is on disk: neither {@code
 * kill -9} nor a power cut loses it. Its state is in {@code broker/} of the data directory; the
 * password of its only user lies there too, mode 0600, drawn at the first start.
 *
 * <p>Start and stop block: call them on a worker. Not for concurrent use.
 */
public final class LocalBroker implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final String USER = "boe";
  private static final String ACCEPTOR = "amqp";
  private static final int MAX_DELIVERY_ATTEMPTS = 10;
  private static final int PAGE_BYTES = 2 << 20;

  /** Messages below it stay in the journal; "large" ones get a file each, which is slow. */
  private static final int LARGE_MESSAGE_BYTES = 400_000;

  // The default of 3.3 ms would be the latency of every message that is sent alone.
  private static final int JOURNAL_FLUSH_NS = 500_000;
  private static final long LOCK_TIMEOUT_MS = 2_000;

  private final Path directory;
  private final LocalBrokerConfig config;
  private ActiveMQServer server;
  private int port;
  private Secret password;

  /**
   * @param dataDirectory the cloud's data directory
   */
  public LocalBroker(Path dataDirectory, LocalBrokerConfig config) {
    this.directory = dataDirectory.resolve("broker").toAbsolutePath();
    this.config = config;
  }

  /**
   * Listens when it returns; what the journal held is there again.
   *
   * @throws IOException when the port is taken, when another process uses the directory, or when
   *     the disk fails
   */
  public void start() throws IOException {
    Files.createDirectories(directory);
    password =
        new Secret(
            SecretFile.loadOrCreate(directory.resolve("password"), LocalBroker::drawPassword));
    requireFreePort(config.port());
    ActiveMQServer starting =
        new ActiveMQServerImpl(configuration(), null, security(password), null);
    try {
      starting.start();
      if (!starting.isStarted() || !starting.isActive()) {
        throw new IOException("another process uses " + directory);
      }
      NettyAcceptor acceptor = (NettyAcceptor) starting.getRemotingService().getAcceptor(ACCEPTOR);
      if (acceptor == null || acceptor.getActualPort() <= 0) {
        throw taken(config.port(), null);
      }
      port = acceptor.getActualPort();
      server = starting;
    } catch (Exception e) {
      try {
        starting.stop();
      } catch (Exception suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e instanceof IOException io
          ? io
          : new IOException("the embedded broker does not start: " + e.getMessage(), e);
    }
  }

  /** The port that it listens on, once started. */
  public int port() {
    return port;
  }

  /** {@code base} with this broker as the peer, once started. */
  public AmqpConfig clientConfig(AmqpConfig base) {
    return base.withPeer(HOST, port, USER, password);
  }

  /** Messages of a queue, those with a consumer included; once started. Blocks for a moment. */
  public long messageCount(String queue) {
    Queue counted = server.locateQueue(SimpleString.of(queue));
    // Artemis counts a message only when the queue's own thread has seen it, which can be after
    // its sender was told that it is there.
    counted.flushExecutor();
    return counted.getMessageCount();
  }

  /** Messages that have left a queue since the start, accepted or dead-lettered; once started. */
  public long settledCount(String queue) {
    Queue counted = server.locateQueue(SimpleString.of(queue));
    return counted.getMessagesAcknowledged() + counted.getMessagesKilled();
  }

  @Override
  public void close() throws IOException {
    if (server == null) {
      return;
    }
    try {
      server.stop();
    } catch (Exception e) {
      throw new IOException("the embedded broker does not stop: " + e.getMessage(), e);
    } finally {
      server = null;
    }
  }

  private Configuration configuration() {
    Map<String, Object> transport = new HashMap<>();
    transport.put("host", HOST);
    transport.put("port", config.port());
    transport.put("protocols", "AMQP");
    transport.put("saslMechanisms", "PLAIN");
    transport.put("amqpMinLargeMessageSize", LARGE_MESSAGE_BYTES);
    transport.put("useEpoll", false);
    transport.put("remotingThreads", 2);

    ConfigurationImpl configuration = new ConfigurationImpl();
    configuration.setName("block-of-energy");
    configuration.setBindingsDirectory(directory.resolve("bindings").toString());
    configuration.setJournalDirectory(directory.resolve("journal").toString());
    configuration.setPagingDirectory(directory.resolve("paging").toString());
    configuration.setLargeMessagesDirectory(directory.resolve("large").toString());
    configuration.setPersistenceEnabled(true);
    configuration.setJournalType(JournalType.NIO);
    configuration.setJournalDatasync(true);
    configuration.setJournalSyncTransactional(true);
    configuration.setJournalSyncNonTransactional(true);
    configuration.setJournalBufferTimeout_NIO(JOURNAL_FLUSH_NS);
    configuration.setJournalLockAcquisitionTimeout(LOCK_TIMEOUT_MS);
    configuration.setGlobalMaxSize(config.maxMemoryBytes());
    configuration.setMaxDiskUsage(config.maxDiskUsagePercent());
    configuration.setJMXManagementEnabled(false);
    configuration.setMessageCounterEnabled(false);
    configuration.setCriticalAnalyzer(false);
    configuration.setSecurityEnabled(true);
    configuration.putSecurityRoles("#", Set.of(role()));
    configuration.addAcceptorConfiguration(
        new TransportConfiguration(
            NettyAcceptorFactory.class.getName(), transport, ACCEPTOR, Map.of()));

    addQueue(configuration, HUB_EVENTS, INGESTION_DEAD_LETTERS, MAX_DELIVERY_ATTEMPTS);
    addDeadLetterQueue(configuration, INGESTION_DEAD_LETTERS);
    configuration.addAddressConfiguration(
        new CoreAddressConfiguration()
            .setName(TELEMETRY_TOPIC)
            .addRoutingType(RoutingType.MULTICAST));
    configuration.addAddressSetting("#", settings(INGESTION_DEAD_LETTERS, MAX_DELIVERY_ATTEMPTS));
    for (String subscription : new String[] {STORAGE, LEDGER}) {
      String deadLetters = deadLetterQueue(subscription);
      addQueue(configuration, subscription, deadLetters, MAX_DELIVERY_ATTEMPTS);
      addDeadLetterQueue(configuration, deadLetters);
      // Named apart: broker-wide, a divert may not have the name of a queue.
      // A queue bound to the topic itself could not be reached under Service Bus's name for it.
      configuration.addDivertConfiguration(
          new DivertConfiguration()
              .setName("to " + subscription)
              .setAddress(TELEMETRY_TOPIC)
              .setForwardingAddress(subscription)
              .setRoutingType(ComponentConfigurationRoutingType.ANYCAST)
              .setExclusive(false));
    }
    return configuration;
  }

  /** What is given back here, however often, or rejected, stays here: this is the last place. */
  private void addDeadLetterQueue(Configuration configuration, String name) {
    addQueue(configuration, name, name, -1);
  }

  private void addQueue(
      Configuration configuration, String name, String deadLetters, int maxDeliveryAttempts) {
    configuration.addAddressSetting(name, settings(deadLetters, maxDeliveryAttempts));
    configuration.addAddressConfiguration(
        new CoreAddressConfiguration()
            .setName(name)
            .addRoutingType(RoutingType.ANYCAST)
            .addQueueConfig(
                QueueConfiguration.of(name)
                    .setAddress(name)
                    .setRoutingType(RoutingType.ANYCAST)
                    .setDurable(true)));
  }

  private AddressSettings settings(String deadLetters, int maxDeliveryAttempts) {
    return new AddressSettings()
        .setAutoCreateAddresses(false)
        .setAutoCreateQueues(false)
        .setAutoDeleteAddresses(false)
        .setAutoDeleteQueues(false)
        .setAddressFullMessagePolicy(AddressFullMessagePolicy.PAGE)
        .setMaxSizeBytes(config.maxMemoryBytes() / 2)
        .setPageSizeBytes(PAGE_BYTES)
        .setMaxReadPageBytes(2 * PAGE_BYTES)
        .setPrefetchPageBytes(2 * PAGE_BYTES)
        .setRedeliveryDelay(0)
        .setMaxDeliveryAttempts(maxDeliveryAttempts)
        .setDeadLetterAddress(SimpleString.of(deadLetters))
        .setExpiryAddress(SimpleString.of(deadLetters));
  }

  private static Role role() {
    Role role = new Role();
    role.setName(USER);
    role.setSend(true);
    role.setConsume(true);
    role.setBrowse(true);
    return role;
  }

  private static ActiveMQJAASSecurityManager security(Secret password) {
    SecurityConfiguration users = new SecurityConfiguration();
    users.addUser(USER, password.reveal());
    users.addRole(USER, USER);
    return new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), users);
  }

  private static void requireFreePort(int port) throws IOException {
    if (port == 0) {
      return;
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(HOST), port));
    } catch (IOException e) {
      throw taken(port, e);
    }
  }

  private static IOException taken(int port, IOException cause) {
    return new IOException(
        "port " + port + " for AMQP is taken: choose another with BOE_AMQP_PORT", cause);
  }

  private static String drawPassword() {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
