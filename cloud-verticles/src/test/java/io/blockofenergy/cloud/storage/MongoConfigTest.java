package io.blockofenergy.cloud.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.ConnectionString;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MongoConfigTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mongodb://a:1,b:2",
        "mongodb://user:p%2Fw@a:1,b:2/",
        "mongodb://a:1/energy",
        "mongodb://a:1/?",
        "mongodb://a:1/?replicaSet=r",
        "mongodb://a:1/?replicaSet=r&W=majority&readpreference=primary",
        "mongodb://a:1/?w=majority&wtimeoutMS=5000&journal=true"
      })
  void whatIsAcknowledgedIsDurableAndWhatIsReadIsNew(String uri) {
    var used = new ConnectionString(config(uri).connection().orElseThrow());

    WriteConcern writes = used.getWriteConcern();
    assertThat(writes.getWString()).isEqualTo("majority");
    assertThat(writes.getJournal()).isTrue();
    assertThat(used.getReadPreference()).isEqualTo(ReadPreference.primary());
  }

  @ParameterizedTest
  @ValueSource(strings = {"w=1", "w=0", "W=2", "journal=false", "readPreference=secondary"})
  void aWeakerConnectionIsRefused(String option) {
    String uri = "mongodb://user:secret@a:1/?replicaSet=r&w=majority&" + option;

    assertThatThrownBy(() -> config(uri))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("mongo.uri")
        .hasMessageNotContaining("secret");
  }

  @Test
  void theEmbeddedServerHasNoConnectionString() {
    Settings settings = Settings.of(Map.of());
    MongoConfig config = MongoConfig.from(settings);
    settings.validate();

    assertThat(config.connection()).isEmpty();
  }

  private static MongoConfig config(String uri) {
    Settings settings = Settings.of(Map.of("BOE_MONGO_URI", uri));
    MongoConfig config = MongoConfig.from(settings);
    settings.validate();
    return config;
  }
}
