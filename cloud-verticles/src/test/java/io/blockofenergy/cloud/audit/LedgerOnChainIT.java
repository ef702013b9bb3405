package io.blockofenergy.cloud.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.audit.alert.AlertConfig;
import io.blockofenergy.cloud.audit.alert.Alerts;
import io.blockofenergy.cloud.ingestion.BatchRegister;
import io.blockofenergy.cloud.ingestion.BridgeRegistry;
import io.blockofenergy.cloud.ledger.AnchorKey;
import io.blockofenergy.cloud.ledger.ChainAnchor;
import io.blockofenergy.cloud.ledger.EvmChain;
import io.blockofenergy.cloud.ledger.EvmProcess;
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
import io.blockofenergy.cloud.schedule.Schedule;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.cloud.topic.Addresses;
import io.blockofenergy.cloud.topic.AmqpConfig;
import io.blockofenergy.cloud.topic.TopicMessage;
import io.blockofenergy.cloud.topic.TopicSender;
import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.Reading;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.Sha256;
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
import java.util.HexFormat;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.methods.response.EthBlock;
import org.web3j.protocol.http.HttpService;

/**
 * The ledger's and the audit's verticle with a real broker and a real EVM node: the one that the
 * product starts, and another implementation of the same machine.
 */
@Timeout(120)
class LedgerOnChainIT {
  @TempDir Path data;

  private final BlockingQueue<JsonObject> checkpoints = new LinkedBlockingQueue<>();
  private final BlockingQueue<JsonObject> audits = new LinkedBlockingQueue<>();
  private final List<Reading> readings =
      IntStream.rangeClosed(1, 40).mapToObj(this::reading).toList();
  private Mongo mongo;
  private LocalBroker broker;
  private AutoCloseable chain;
  private String rpcUrl;
  private ChainAnchor anchors;

  @BeforeEach
  void open() throws Exception {
    mongo = new Mongo();
    broker = new LocalBroker(data.resolve("broker"), new LocalBrokerConfig(0, 32 << 20, 100));
    broker.start();
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

  private void startChain(String name, AnchorKey account) throws Exception {
    if (name.equals("ganache")) {
      EvmProcess ganache = EvmProcess.ganache();
      chain = ganache;
      ganache.fund(account.address());
      rpcUrl = ganache.rpcUrl();
      return;
    }
    LocalChain local = new LocalChain(LocalChain.findAnvil(), data.resolve("chain"), 0);
    chain = local;
    local.start();
    local.fund(account.address());
    rpcUrl = local.rpcUrl();
  }

  @ParameterizedTest
  @ValueSource(strings = {"anvil", "ganache"})
  void aBatchFromTheTopicIsLoggedAnchoredProvedAndAudited(String implementation) throws Exception {
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
    startChain(implementation, account);
    anchors = new ChainAnchor(rpcUrl, account, Duration.ofSeconds(10), Duration.ofMillis(20));
    Mongo.await(
        mongo.vertx.deployVerticle(
            new LedgerVerticle(
                config,
                amqp,
                mongo.client,
                key,
                new EvmChain(anchors),
                List.of(),
                Clock.systemUTC(),
                new SimpleMeterRegistry())));

    for (Reading reading : readings) {
      Mongo.await(mongo.client.insert("readings", document(reading)));
    }
    SigningKey bridge = SigningKey.generate();
    Batch batch =
        Batch.sign(
            "bridge",
            "0a0b0c0d",
            1,
            readings.stream().map(Reading::canonicalJson).toList(),
            Batch.NO_PREV,
            bridge);
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
    EvmNode node = new EvmNode(rpcUrl);
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
    ChainAnchor.Anchored head = anchors.find(40).orElseThrow();
    ChainAnchor.AnchorReceipt found = anchors.anchor(40, head.rootHash());
    assertThat(found.txHash()).isEqualTo(transaction);
    assertThat(anchors.count()).isEqualTo(found.index() + 1);
    String published = "0x" + contract.substring(2).toUpperCase(Locale.ROOT);
    assertThat(new ReceiptVerifier(verifier, node, published).verify(receipt).valid()).isTrue();
    String another = "0x" + "ab".repeat(20);
    for (EvmNode asked : new EvmNode[] {node, null}) {
      result = new ReceiptVerifier(verifier, asked, another).verify(receipt);
      assertThat(result.valid()).isFalse();
      assertThat(result.fault()).contains(contract).contains(another);
    }
    Mongo.await(new BatchRegister(mongo.client, Clock.systemUTC()).claim(batch));
    Mongo.await(
        new BridgeRegistry(mongo.client, Clock.systemUTC())
            .enrol("bridge", Base64.getEncoder().encodeToString(bridge.publicKey())));
    Mongo.await(new RollupStore(mongo.client).fold(readings));
    AuditConfig auditConfig =
        new AuditConfig(
            Duration.ofHours(1), data, Duration.ofMinutes(10), Duration.ofDays(1), Schedule.NEVER);
    Mongo.await(
        mongo.vertx.deployVerticle(
            new AuditVerticle(
                auditConfig,
                live ->
                    new Audit(
                        mongo.client,
                        new ContractReader(node, contract),
                        verifier,
                        AuditState.inMemory(),
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
        mongo.client.removeDocument(
            "readings", new JsonObject().put("_id", readings.get(3).sortableId())));
    Mongo.await(
        mongo.client.updateCollection(
            "batches",
            new JsonObject().put("_id", batch.sortableId()),
            new JsonObject().put("$set", new JsonObject().put("storedAt", "2026-11-23"))));
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
    Web3j web3j = Web3j.build(new HttpService(rpcUrl));
    try {
      for (BigInteger block = BigInteger.ONE; ; block = block.add(BigInteger.ONE)) {
        var transactions =
            web3j
                .ethGetBlockByNumber(DefaultBlockParameter.valueOf(block), true)
                .send()
                .getBlock()
                .getTransactions();
        if (!transactions.isEmpty()) {
          return ((EthBlock.TransactionObject) transactions.get(0).get()).getHash();
        }
      }
    } finally {
      web3j.shutdown();
    }
  }

  /** The receipt with something else in the part that no signature covers, its checksum right. */
  private static byte[] replace(byte[] receipt, String from, String to) {
    String[] lines = new String(receipt, StandardCharsets.UTF_8).split("\n", 3);
    assertThat(lines[1]).startsWith("extra ");
    byte[] extra = Base64.getDecoder().decode(lines[1].substring("extra ".length()));
    String changed = new String(extra, StandardCharsets.UTF_8).replace(from, to);
    String checksum = ",\"fileSha256\":\"[0-9a-f]{64}\"";
    String hash = sha256(changed.replaceFirst(checksum, "") + lines[2]);
    changed = changed.replaceFirst(checksum, ",\"fileSha256\":\"" + hash + '"');
    lines[1] =
        "extra " + Base64.getEncoder().encodeToString(changed.getBytes(StandardCharsets.UTF_8));
    return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
  }

  private static String sha256(String text) {
    return HexFormat.of().formatHex(Sha256.hash(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static void assertNoByteCanBeChanged(byte[] receipt, ReceiptVerifier verifier) {
    for (int i = 0; i < receipt.length; i++) {
      receipt[i] ^= 1;
      assertThat(verifier.verify(receipt).valid())
          .as("byte %d of %s", i, new String(receipt, StandardCharsets.UTF_8))
          .isFalse();
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
    // The pinned key is an act, which the ledger appends within a second: before this or after.
    assertThat(ended.getLong("treeSize")).isBetween(40L, 41L);
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
    document.remove("id");
    document.put("_id", reading.sortableId());
    return document;
  }
}
