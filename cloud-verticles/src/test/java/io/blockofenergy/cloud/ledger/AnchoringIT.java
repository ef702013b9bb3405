package io.blockofenergy.cloud.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockofenergy.cloud.topic.Await;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.UnavailableException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The anchoring with a real node and a real store: at two speeds, over a chain that changes its
 * mind, and ended at every step that leaves the process.
 */
@Timeout(60)
class AnchoringIT {
  private static final List<byte[]> ENTRIES = PlainTree.entries(100);

  @TempDir Path directory;

  private final List<ChainAnchor> chains = new ArrayList<>();
  private final List<Anchoring> anchorings = new ArrayList<>();
  private final List<JsonObject> live = new CopyOnWriteArrayList<>();
  private Mongo mongo;
  private EvmProcess node;
  private AnchorKey key;
  private TransparencyLog log;
  private int appended;

  @BeforeEach
  void open() throws Exception {
    mongo = new Mongo();
    node = EvmProcess.anvil();
    key = AnchorKey.loadOrCreate(directory.resolve("anchor.key"));
    node.fund(key.address());
    LedgerConfig config =
        new LedgerConfig(
            "test.example/log",
            directory,
            Duration.ofMillis(5),
            Duration.ofDays(1),
            10,
            1 << 20,
            Duration.ofSeconds(5));
    log =
        new TransparencyLog(
            mongo.vertx,
            new MongoLogStore(mongo.client),
            config,
            SigningKey.generate(),
            Clock.systemUTC(),
            new SimpleMeterRegistry());
    Mongo.await(log.start());
    append(10);
  }

  @AfterEach
  void close() throws Exception {
    for (Anchoring anchoring : anchorings) {
      Mongo.await(anchoring.close());
    }
    chains.forEach(ChainAnchor::close);
    Mongo.await(log.close());
    mongo.close();
    node.close();
  }

  static Stream<Arguments> steps() {
    return Stream.of(
            "insert log_state",
            "eth_sendRawTransaction 0",
            "eth_getTransactionReceipt 1",
            "updateCollection log_state",
            "insert anchors",
            "eth_sendRawTransaction 1",
            "eth_getTransactionReceipt 2",
            "updateCollection anchors")
        .flatMap(step -> Stream.of(Arguments.of(step, false), Arguments.of(step, true)));
  }

  @ParameterizedTest(name = "{0}, done: {1}")
  @MethodSource("steps")
  void endedAtAnyStepItAnchorsOnceAfterwards(String step, boolean done) throws Exception {
    RpcFault wire = new RpcFault(mongo.vertx, node.rpcUrl());
    MongoFault store = new MongoFault(mongo.client);
    String[] at = step.split(" ");
    if (at[0].startsWith("eth_")) {
      wire.cut(at[0], Integer.parseInt(at[1]), done);
    } else {
      store.cut(at[0], at[1], done);
    }
    Anchoring ended = anchoring(store.client(), chain(wire.url(), 0));
    assertThatThrownBy(() -> Mongo.await(ended.anchorNewest()))
        .isInstanceOf(UnavailableException.class);
    assertThat(wire.fired() || store.fired()).isTrue();

    Anchoring next = anchoring(mongo.client, chain(node.rpcUrl(), 0));
    Mongo.await(next.anchorNewest());
    append(10);
    Mongo.await(next.anchorNewest());
    Mongo.await(next.anchorNewest());

    assertAgreement(10, 20);
    // The deployment and one for each anchor.
    assertThat(node.rpc("eth_getTransactionCount", key.address(), "latest")).isEqualTo("0x3");
  }

  @Test
  void anAnchorIsRecordedAndAnnouncedOnceItIsDeepEnough() throws Exception {
    Anchoring anchoring = anchoring(mongo.client, chain(node.rpcUrl(), 3));
    Mongo.await(anchoring.anchorNewest());
    assertThat(states()).containsExactly("10 intended");
    append(10);
    Mongo.await(anchoring.anchorNewest());
    assertThat(states()).containsExactly("10 intended", "20 intended");
    assertThat(live).isEmpty();

    node.rpc("anvil_mine", "0x2");
    Mongo.await(anchoring.anchorNewest());
    assertThat(states()).containsExactly("10 anchored", "20 intended");
    node.rpc("anvil_mine", "0x1");
    Mongo.await(anchoring.anchorNewest());
    Mongo.await(anchoring.anchorNewest());

    assertAgreement(10, 20);
    assertThat(live).extracting(event -> event.getLong("treeSize")).containsExactly(10L, 20L);
  }

  @Test
  void whatAReorganisationTookIsSentAgain() throws Exception {
    Anchoring anchoring = anchoring(mongo.client, chain(node.rpcUrl(), 2));
    Mongo.await(anchoring.anchorNewest());
    append(10);
    Mongo.await(anchoring.anchorNewest());

    node.rpc("anvil_reorg", 2, List.of());
    dropPool();
    assertThat(chains.get(0).count()).isZero();
    Mongo.await(anchoring.anchorNewest());
    node.rpc("anvil_mine", "0x2");
    Mongo.await(anchoring.anchorNewest());

    assertAgreement(10, 20);
    assertThat(live).hasSize(2);
  }

  @Test
  void whatAReorganisationDeeperThanPromisedTookCountsNoMoreUntilItIsBack() throws Exception {
    Anchoring anchoring = anchoring(mongo.client, chain(node.rpcUrl(), 2));
    Mongo.await(anchoring.anchorNewest());
    node.rpc("anvil_mine", "0x2");
    Mongo.await(anchoring.anchorNewest());
    assertThat(states()).containsExactly("10 anchored");

    node.rpc("anvil_reorg", 3, List.of());
    dropPool();
    Mongo.await(anchoring.anchorNewest());
    assertThat(states()).containsExactly("10 intended");
    node.rpc("anvil_mine", "0x2");
    Mongo.await(anchoring.anchorNewest());

    assertAgreement(10);
  }

  @Test
  void manyEntriesDoNotWaitForTheInterval() throws Exception {
    Anchoring anchoring = anchoring(mongo.client, chain(node.rpcUrl(), 0));
    log.onCheckpoint(anchoring::observe);
    mongo.vertx.runOnContext(go -> anchoring.start());
    Await.until("the first is anchored", () -> live.size() == 1);

    append(4);
    append(6);
    Await.until("ten more are anchored", () -> live.size() == 2);

    assertAgreement(10, 20);
  }

  @Test
  void aNodeThatWasAwayGetsWhatWasIntendedMeanwhile() throws Exception {
    String contract = chain(node.rpcUrl(), 0).ensureContract(null);
    Anchoring lonely = anchoring(mongo.client, chain("http://127.0.0.1:9", 0));
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> Mongo.await(lonely.anchorNewest()))
          .isInstanceOf(UnavailableException.class);
      append(10);
    }

    Anchoring back = anchoring(mongo.client, chain(node.rpcUrl(), 0));
    Mongo.await(back.anchorNewest());
    assertAgreement(40);
    assertThat(chains.get(2).contractAddress()).isEqualTo(contract);
  }

  @Test
  void aStandbyAnchorsNothingUntilItIsItsTurn() throws Exception {
    Anchoring anchoring = anchoring(mongo.client, chain(node.rpcUrl(), 0));
    log.onCheckpoint(anchoring::observe);
    mongo.vertx.runOnContext(go -> anchoring.start());
    Await.until("the first is anchored", () -> live.size() == 1);

    anchoring.pause();
    append(10);
    assertThatThrownBy(() -> Mongo.await(anchoring.anchorNewest()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("another process");
    assertThat(states()).containsExactly("10 anchored");

    mongo.vertx.runOnContext(go -> anchoring.start());
    Await.until("it goes on", () -> live.size() == 2);
    assertAgreement(10, 20);
  }

  @Test
  void anIntentIsNotForgottenWhileTheChainsAnswersDoNotAgree() throws Exception {
    ChainAnchor chain = chain(node.rpcUrl(), 3);
    Mongo.await(anchoring(mongo.client, chain).anchorNewest());
    EvmChain whole = new EvmChain(chain);
    Chain behind =
        (Chain)
            Proxy.newProxyInstance(
                Chain.class.getClassLoader(),
                new Class<?>[] {Chain.class},
                (proxy, method, arguments) ->
                    method.getName().equals("isAnchored")
                        ? (Object) false
                        : method.invoke(whole, arguments));

    assertThatThrownBy(() -> Mongo.await(anchoring(mongo.client, behind).anchorNewest()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("do not agree");
    assertThat(states()).containsExactly("10 intended");
  }

  @Test
  void aLogThatTheChainContradictsSignsNothingMore() throws Exception {
    ChainAnchor chain = chain(node.rpcUrl(), 0);
    chain.ensureContract(null);
    chain.anchor(50, PlainTree.root(ENTRIES.subList(0, 50)));
    Anchoring anchoring = anchoring(mongo.client, chain);
    anchoring.onRollBack(log::stop);

    assertThatThrownBy(() -> Mongo.await(anchoring.anchorNewest()))
        .isInstanceOf(LogContradictionException.class)
        .hasMessageContaining("rolled back");

    Await.until("the log stops", () -> log.fault().isPresent());
    assertThatThrownBy(() -> append(10)).isInstanceOf(UnavailableException.class);
    assertThat(log.newest().treeSize()).isEqualTo(10);
  }

  private void append(int entries) throws Exception {
    Mongo.await(
        log.append(
            "bridge.0a0b0c0d.%016d".formatted(appended + 1),
            ENTRIES.subList(appended, appended + entries)));
    appended += entries;
    Await.until("there is a checkpoint", () -> log.newest().treeSize() == appended);
  }

  private void dropPool() {
    node.rpc("anvil_dropAllTransactions");
  }

  private ChainAnchor chain(String url, int confirmations) {
    ChainConfig config =
        new ChainConfig(
            Optional.empty(),
            Optional.empty(),
            confirmations,
            500,
            Optional.empty(),
            Optional.empty());
    ChainAnchor chain =
        new ChainAnchor(url, key, config, Duration.ofSeconds(5), Duration.ofMillis(10));
    chains.add(chain);
    return chain;
  }

  private Anchoring anchoring(MongoClient client, ChainAnchor chain) {
    return anchoring(client, new EvmChain(chain));
  }

  private Anchoring anchoring(MongoClient client, Chain chain) {
    Anchoring anchoring =
        new Anchoring(
            mongo.vertx,
            client,
            new MongoLogStore(mongo.client),
            log.verifierKey(),
            log::newest,
            chain,
            Duration.ofDays(1),
            10,
            Clock.systemUTC(),
            new SimpleMeterRegistry());
    anchoring.onAnchor(live::add);
    anchorings.add(anchoring);
    return anchoring;
  }

  private List<JsonObject> anchors() throws Exception {
    return Mongo.await(
        mongo.client.findWithOptions(
            "anchors",
            new JsonObject(),
            new FindOptions().setSort(new JsonObject().put("_id", 1))));
  }

  private List<String> states() throws Exception {
    return anchors().stream()
        .map(anchor -> anchor.getLong("_id") + " " + anchor.getString("state"))
        .toList();
  }

  /** The contract holds these sizes and no other, and the store says where. */
  private void assertAgreement(long... sizes) throws Exception {
    ChainAnchor chain = chain(node.rpcUrl(), 0);
    chain.ensureContract(null);
    assertThat(chain.count()).isEqualTo(sizes.length);
    List<JsonObject> anchors = anchors();
    assertThat(anchors).hasSize(sizes.length);
    for (int i = 0; i < sizes.length; i++) {
      JsonObject anchor = anchors.get(i);
      assertThat(anchor.getLong("_id")).isEqualTo(sizes[i]);
      assertThat(anchor.getString("state")).isEqualTo("anchored");
      assertThat(anchor.getLong("index")).isEqualTo(i);
      byte[] root = PlainTree.root(ENTRIES.subList(0, (int) sizes[i]));
      ChainAnchor.AnchorReceipt there = chain.anchor(sizes[i], root);
      assertThat(there.index()).isEqualTo(i);
      assertThat(there.txHash()).isEqualTo(anchor.getString("transaction"));
      assertThat(there.block()).isEqualTo(anchor.getLong("block"));
    }
  }
}
