package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.audit.alert.AlertConfig;
import io.blockofenergy.cloud.audit.alert.Alerts;
import io.blockofenergy.cloud.ledger.AnchorKey;
import io.blockofenergy.cloud.ledger.ChainAnchor;
import io.blockofenergy.cloud.ledger.EvmChain;
import io.blockofenergy.cloud.ledger.LedgerConfig;
import io.blockofenergy.cloud.ledger.LedgerVerticle;
import io.blockofenergy.cloud.ledger.LogReader;
import io.blockofenergy.cloud.ledger.Mongo;
import io.blockofenergy.cloud.ledger.MongoLogStore;
import io.blockofenergy.cloud.ledger.ReceiptVerifier;
import io.blockofenergy.cloud.ledger.Receipts;
import io.blockofenergy.cloud.local.LocalBroker;
import io.blockofenergy.cloud.local.LocalBrokerConfig;
import io.blockofenergy.cloud.local.LocalChain;
import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.cloud.topic.TopicSender;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.methods.response.EthBlock;
import org.web3j.protocol.http.HttpService;

/** The ledger's and the audit's verticle with a real broker and a real EVM node. */
@Timeout(120)
class LedgerOnChainIT {
  @TempDir Path data;

  private final BlockingQueue<JsonObject> checkpoints = new LinkedBlockingQueue<>();
  private final BlockingQueue<JsonObject> audits = new LinkedBlockingQueue<>();
  private final List<Reading> readings =
      IntStream.rangeClosed(1, 40).mapToObj(this::reading).toList();
  private Mongo mongo;
  private LocalBroker broker;
  private LocalChain chain;
  private ChainAnchor anchors;

  @BeforeEach
  void open() throws Exception {
    mongo = new Mongo();
    broker = new LocalBroker(data.resolve("broker"), new LocalBrokerConfig(0, 32 << 20, 100));
    broker.start();
    chain = new LocalChain(LocalChain.findAnvil(), data.resolve("chain"), 0);
    chain.start();
    mongo.vertx.eventBus().<JsonObject>consumer("live.checkpoints", m -> checkpoints.add(m.body()));
    mongo.vertx.eventBus().<JsonObject>consumer("live.audit", m -> audits.add(m.body()));
  }

  @AfterEach
  void close() throws Exception {
    mongo.close();
    anchors.close();
    chain.close();
    broker.close();
  }

  @Test
  void aBatchFromTheTopicIsLoggedAnchoredProvedAndAudited() throws Exception {
    Settings settings =
        Settings.of(
            Map.of(
                "BOE_LEDGER_DIRECTORY", data.resolve("ledger").toString(),
                "BOE_LEDGER_CHECKPOINT_INTERVAL", "20ms",
                "BOE_LEDGER_ANCHOR_INTERVAL", "50ms"));
    LedgerConfig config = LedgerConfig.from(settings);
    AmqpConfig amqp = broker.clientConfig(AmqpConfig.from(settings));
    settings.validate();
    SigningKey key = LedgerVerticle.signingKey(config);
    VerifierKey verifier =
        VerifierKey.parse(Files.readString(data.resolve("ledger").resolve("log.pub")));
    AnchorKey account = AnchorKey.loadOrCreate(data.resolve("anchor.key"));
    chain.fund(account.address());
    anchors =
        new ChainAnchor(chain.rpcUrl(), account, Duration.ofSeconds(10), Duration.ofMillis(20));
    Mongo.await(
        mongo.vertx.deployVerticle(
            new LedgerVerticle(
                config,
                amqp,
                mongo.client,
                key,
                new EvmChain(anchors),
                Clock.systemUTC(),
                new SimpleMeterRegistry())));

    for (Reading reading : readings) {
      Mongo.await(mongo.client.insert("readings", document(reading)));
    }
    Batch batch =
        Batch.sign(
            "bridge",
            "0a0b0c0d",
            1,
            readings.stream().map(Reading::canonicalJson).toList(),
            Batch.NO_PREV,
            SigningKey.generate());
    TopicSender sender = new TopicSender(mongo.vertx, amqp, Addresses.TELEMETRY_TOPIC);
    sender.start();
    Mongo.await(sender.send(TopicMessage.of(batch)));
    Mongo.await(sender.send(TopicMessage.of(batch))); // as a redelivery would

    JsonObject anchored = next(checkpoints, "type", "anchor");
    assertThat(anchored.getLong("treeSize")).isEqualTo(40);
    while (broker.messageCount(Addresses.LEDGER) > 0) {
      Thread.onSpinWait();
    }

    Receipts receipts =
        new Receipts(new LogReader(new MongoLogStore(mongo.client)), mongo.client, verifier);
    byte[] receipt =
        Mongo.await(receipts.receipt(find("bridge.0a0b0c0d.17").orElseThrow()))
            .getBytes(StandardCharsets.UTF_8);
    EvmNode node = new EvmNode(chain.rpcUrl());
    ReceiptVerifier.Result result = new ReceiptVerifier(verifier, node, null).verify(receipt);
    assertThat(result.fault()).isNull();
    assertThat(result.steps()).anyMatch(step -> step.contains("holds the same root"));
    assertThat(result.steps().get(result.steps().size() - 1))
        .contains(anchored.getString("transaction"));
    assertNoByteCanBeChanged(receipt, new ReceiptVerifier(verifier, node, null));

    String transaction = anchored.getString("transaction");
    byte[] forgotten = replace(receipt, transaction, "0x" + "12".repeat(32));
    result = new ReceiptVerifier(verifier, node, null).verify(forgotten);
    assertThat(result.fault()).isNull();
    assertThat(result.steps().get(result.steps().size() - 1))
        .contains("no longer known to this node; the contract holds the root");
    byte[] misplaced = replace(receipt, transaction, firstTransaction());
    result = new ReceiptVerifier(verifier, node, null).verify(misplaced);
    assertThat(result.fault()).contains("did not anchor this");

    String contract = anchors.contractAddress();
    assertThat(account.contractAddress()).isEqualTo(contract);
    String published = "0x" + contract.substring(2).toUpperCase(Locale.ROOT);
    assertThat(new ReceiptVerifier(verifier, node, published).verify(receipt).valid()).isTrue();
    String another = "0x" + "ab".repeat(20);
    for (EvmNode asked : new EvmNode[] {node, null}) {
      result = new ReceiptVerifier(verifier, asked, another).verify(receipt);
      assertThat(result.valid()).isFalse();
      assertThat(result.fault()).contains(contract).contains(another);
    }
    AuditConfig auditConfig = new AuditConfig(Duration.ofHours(1), Duration.ofMinutes(10));
    Mongo.await(
        mongo.vertx.deployVerticle(
            new AuditVerticle(
                auditConfig,
                live ->
                    new Audit(
                        mongo.client,
                        new ContractReader(node, contract),
                        verifier,
                        auditConfig,
                        Clock.systemUTC(),
                        new SimpleMeterRegistry(),
                        live),
                mongo.client,
                Clock.systemUTC(),
                new Alerts(
                    mongo.vertx,
                    mongo.client,
                    AlertConfig.NONE,
                    Clock.systemUTC(),
                    new SimpleMeterRegistry()))));
    assertThat(audit().getLong("findings")).isZero();

    Mongo.await(
        mongo.client.removeDocument("readings", new JsonObject().put("_id", readings.get(3).id())));
    Mongo.await(
        mongo.client.insert(
            "batches",
            new JsonObject().put("_id", batch.sortableId()).put("storedAt", "2026-11-23")));
    JsonObject run = audit();
    assertThat(run.getLong("findings")).isEqualTo(1);
    JsonObject finding =
        Mongo.await(mongo.client.findOne("audit_findings", new JsonObject(), null));
    assertThat(finding.getString("type")).isEqualTo("DELETED");
    assertThat(finding.getString("subject")).isEqualTo(readings.get(3).id());
    assertThat(finding.getString("run")).isEqualTo(run.getString("id"));
  }

  /** Of this chain: the deployment of the contract. */
  private String firstTransaction() throws Exception {
    Web3j web3j = Web3j.build(new HttpService(chain.rpcUrl()));
    try {
      return web3j
          .ethGetBlockByNumber(DefaultBlockParameter.valueOf(BigInteger.ONE), true)
          .send()
          .getBlock()
          .getTransactions()
          .stream()
          .map(transaction -> ((EthBlock.TransactionObject) transaction.get()).getHash())
          .findFirst()
          .orElseThrow();
    } finally {
      web3j.shutdown();
    }
  }

  /** The receipt with something else in the part that no signature covers. */
  private static byte[] replace(byte[] receipt, String from, String to) {
    String[] lines = new String(receipt, StandardCharsets.UTF_8).split("\n", 3);
    assertThat(lines[1]).startsWith("extra ");
    byte[] extra = Base64.getDecoder().decode(lines[1].substring("extra ".length()));
    String changed = new String(extra, StandardCharsets.UTF_8).replace(from, to);
    lines[1] =
        "extra " + Base64.getEncoder().encodeToString(changed.getBytes(StandardCharsets.UTF_8));
    return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
  }

  private static void assertNoByteCanBeChanged(byte[] receipt, ReceiptVerifier verifier) {
    for (int i = 0; i < receipt.length; i++) {
      receipt[i] ^= 1;
      ReceiptVerifier.Result result = verifier.verify(receipt);
      // Another transaction's hash is one that the node may have forgotten: the contract decides.
      if (!result.valid() || !result.steps().get(result.steps().size() - 1).contains("no longer")) {
        assertThat(result.valid())
            .as("byte %d of %s", i, new String(receipt, StandardCharsets.UTF_8))
            .isFalse();
      }
      receipt[i] ^= 1;
    }
  }

  private JsonObject audit() throws Exception {
    JsonObject begun =
        Mongo.await(
                mongo
                    .vertx
                    .eventBus()
                    .<JsonObject>request(AuditVerticle.START, new JsonObject().put("kind", "full")))
            .body();
    assertThat(begun.getString("state")).isEqualTo("running");
    JsonObject ended = next(audits, "state", "completed");
    assertThat(ended.getString("id")).isEqualTo(begun.getString("id"));
    assertThat(ended.getLong("treeSize")).isEqualTo(40);
    return ended;
  }

  private static JsonObject next(BlockingQueue<JsonObject> queue, String name, String value)
      throws InterruptedException {
    while (true) {
      JsonObject message = queue.poll(30, TimeUnit.SECONDS);
      assertThat(message).as("%s = %s", name, value).isNotNull();
      if (value.equals(message.getString(name))) {
        return message;
      }
    }
  }

  private Optional<Reading> find(String id) {
    return readings.stream().filter(reading -> reading.id().equals(id)).findFirst();
  }

  private Reading reading(int seq) {
    Instant at = Instant.parse("2026-11-23T10:00:00Z").plusSeconds(seq);
    TreeMap<String, Double> quantities = new TreeMap<>();
    quantities.put("powerW", seq * 1.25);
    return new Reading(
        "bridge",
        "0a0b0c0d",
        seq,
        "plug7",
        "home",
        at,
        at,
        "tele/plug7/SENSOR",
        "tasmota",
        quantities,
        "",
        String.format("%032x", seq),
        "{}");
  }

  private static JsonObject document(Reading reading) {
    JsonObject document =
        new JsonObject(new String(reading.canonicalJson(), StandardCharsets.UTF_8));
    document.put("_id", document.remove("id"));
    return document;
  }
}
