/** When something is to be done again. */
package io.blockofenergy.cloud.schedule;
