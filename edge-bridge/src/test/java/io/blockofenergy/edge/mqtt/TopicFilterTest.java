package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicFilterTest {

  /** The examples of MQTT 5, 4.7. */
  @ParameterizedTest
  @CsvSource({
    "sport/tennis/player1/#, sport/tennis/player1, true",
    "sport/tennis/player1/#, sport/tennis/player1/ranking, true",
    "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
    "sport/tennis/player1/#, sport/tennis/player10, false",
    "sport/#, sport, true",
    "#, sport/tennis, true",
    "sport/tennis/+, sport/tennis/player1, true",
    "sport/tennis/+, sport/tennis/player1/ranking, false",
    "sport/+, sport, false",
    "sport/+, sport/, true",
    "+/+, /finance, true",
    "/+, /finance, true",
    "+, /finance, false",
    "#, $SYS/uptime, false",
    "+/uptime, $SYS/uptime, false",
    "$SYS/#, $SYS, true",
    "$SYS/#, $SYS/uptime, true",
    "$SYS/+, $SYS/uptime, true",
    "a//b, a//b, true",
    "a/+/b, a//b, true",
    "a/b, a/b/c, false",
    "A, a, false"
  })
  void matchesWhatTheStandardSays(String filter, String topic, boolean matches) {
    assertThat(filter(filter).matches(topic)).isEqualTo(matches);
    assertThat(treeMatches(filter, topic)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/#/b", "a#", "a/b+", "+a", "##", "a\0b"})
  void refusesWhatIsNoFilter(String text) {
    assertThat(TopicFilter.parse(text)).isEmpty();
  }

  @Test
  void refusesFiltersThatAreDeeperThanTheStack() {
    assertThat(TopicFilter.parse("/".repeat(127))).isPresent();
    assertThat(TopicFilter.parse("/".repeat(128))).isEmpty();
    assertThat(treeMatches("#", "/".repeat(60_000))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "tele/plug7/#, tele/plug7/SENSOR, true",
    "tele/plug7/#, tele/plug7, true",
    "tele/plug7/#, tele/plug7/#, true",
    "tele/plug7/#, tele/plug7/+, true",
    "tele/plug7/#, tele/+/SENSOR, false",
    "tele/plug7/#, tele/#, false",
    "tele/plug7/#, #, false",
    "tele/+/SENSOR, tele/+/SENSOR, true",
    "tele/+/SENSOR, tele/plug7/SENSOR, true",
    "tele/+/SENSOR, tele/#, false",
    "tele/+, tele/+/SENSOR, false",
    "#, +/a, true",
    "#, $SYS/#, false",
    "+/a, $SYS/a, false"
  })
  void coversNoMoreThanItMatches(String wide, String narrow, boolean covers) {
    assertThat(filter(wide).covers(filter(narrow))).isEqualTo(covers);
  }

  /** Against matching: a filter that covers another matches every topic of it. */
  @Test
  void agreesWithTheTreeOnRandomFiltersAndTopics() {
    Random random = new Random(7);
    List<String> topics = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      topics.add(text(random, List.of("a", "b", "", "$s")));
    }
    for (int i = 0; i < 300; i++) {
      String text = text(random, List.of("a", "b", "", "+", "$s")) + (i % 3 == 0 ? "/#" : "");
      TopicFilter filter = filter(text);
      TopicFilter other = filter(text(random, List.of("a", "b", "+", "$s")));
      for (String topic : topics) {
        if (topic.isEmpty()) {
          continue;
        }
        assertThat(treeMatches(text, topic))
            .as(text + " " + topic)
            .isEqualTo(filter.matches(topic));
        if (filter.matches(topic)) {
          assertThat(topic).startsWith(filter.literalPrefix());
        }
        if (filter.covers(other) && other.matches(topic)) {
          assertThat(filter.matches(topic)).as(text + " covers " + other).isTrue();
        }
      }
    }
  }

  @Test
  void aTreeForgetsWhatIsRemoved() {
    SubscriptionTree<String> tree = new SubscriptionTree<>();
    assertThat(tree.add("x", subscription("a/+"))).isTrue();
    assertThat(tree.add("x", subscription("a/+"))).isFalse();
    assertThat(tree.add("y", subscription("a/+"))).isTrue();
    assertThat(tree.size()).isEqualTo(2);
    assertThat(tree.remove("x", filter("a/+"))).isTrue();
    assertThat(tree.remove("x", filter("a/+"))).isFalse();
    assertThat(tree.remove("x", filter("a/b/c"))).isFalse();
    List<String> found = new ArrayList<>();
    tree.match("a/b", (subscriber, subscription) -> found.add(subscriber));
    assertThat(found).containsExactly("y");
  }

  private static String text(Random random, List<String> levels) {
    StringBuilder text = new StringBuilder(levels.get(random.nextInt(levels.size())));
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append('/').append(levels.get(random.nextInt(levels.size())));
    }
    return text.isEmpty() ? "a" : text.toString();
  }

  private static boolean treeMatches(String filter, String topic) {
    SubscriptionTree<String> tree = new SubscriptionTree<>();
    tree.add("x", subscription(filter));
    List<String> found = new ArrayList<>();
    tree.match(topic, (subscriber, subscription) -> found.add(subscriber));
    return !found.isEmpty();
  }

  private static Subscription subscription(String filter) {
    return new Subscription(filter(filter), 0, false, false, 0);
  }

  private static TopicFilter filter(String text) {
    return TopicFilter.parse(text).orElseThrow();
  }
}
