package io.blockofenergy.edge;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.blockofenergy.edge", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule stagesHaveNoCycles =
      slices().matching("io.blockofenergy.edge.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule theJournalKnowsNeitherMqttNorTheHub =
      noClasses()
          .that()
          .resideInAPackage("..edge.journal..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..edge.mqtt..", "..edge.uplink..");

  @ArchTest
  static final ArchRule onlyTheUplinkKnowsAzure =
      noClasses()
          .that()
          .resideOutsideOfPackage("..edge.uplink..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.microsoft.azure..");

  @ArchTest
  static final ArchRule theSimulatorIsAClientLikeAnyOther =
      noClasses()
          .that()
          .resideInAPackage("..edge.simulator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..edge.mqtt..", "..edge.uplink..", "..edge.journal..");

  @ArchTest
  static final ArchRule packagesAreNamedForWhatTheyDo =
      noClasses()
          .should()
          .resideInAnyPackage("..util..", "..common..", "..impl..", "..service..", "..helper..");
}
