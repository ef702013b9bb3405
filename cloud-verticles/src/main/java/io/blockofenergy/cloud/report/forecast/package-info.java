/** What loads will be, and where they were not as expected: learned from the rollups alone. */
package io.blockofenergy.cloud.report.forecast;
