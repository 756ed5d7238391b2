package recorders;

import com.google.gson.JsonObject;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.common.circuitbreaker.configuration.CommonCircuitBreakerConfigurationProperties;
import io.github.resilience4j.common.circuitbreaker.configuration.CommonCircuitBreakerConfigurationProperties.InstanceProperties;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Records resilience4j. The breaker is configured by the class that its Spring modules fill from
 * properties; what is no property (the clock, which exceptions are ignored) comes from a customizer.
 */
public final class Resilience4jRecorder {
  private static final String name = "recorded";
  private static final String strategy = "slidingWindowSynchronizationStrategy";

  public static void main(String[] arguments) throws Exception {
    Recorder.record(
        CircuitBreaker.class, CallNotPermittedException.class, Resilience4jRecorder::make);
  }

  private static Recorder.Breaker make(JsonObject config) throws Exception {
    InstanceProperties properties = new InstanceProperties();
    for (String key : config.keySet()) {
      if (!key.equals(strategy)) {
        Settings.set(properties, key, config.get(key));
      }
    }
    CircuitBreakerConfigCustomizer customizer =
        CircuitBreakerConfigCustomizer.of(
            name,
            builder -> {
              builder.clock(Settings.clock).ignoreExceptions(Recorder.IgnoredException.class);
              if (config.has(strategy)) {
                chooseStrategy(builder, config.get(strategy).getAsString());
              }
            });
    CircuitBreaker breaker =
        CircuitBreaker.of(
            name,
            new CommonCircuitBreakerConfigurationProperties()
                .createCircuitBreakerConfig(
                    name, properties, new CompositeCustomizer<>(List.of(customizer))));
    return new Recorder.Breaker() {
      @Override
      public Recorder.Call start() {
        breaker.acquirePermission();
        long started = FakeTime.now();
        return error -> {
          long duration = FakeTime.now() - started;
          if (error == null) {
            breaker.onSuccess(duration, TimeUnit.MILLISECONDS);
          } else {
            breaker.onError(duration, TimeUnit.MILLISECONDS, error);
          }
        };
      }

      @Override
      public Enum<?> state() {
        return breaker.getState();
      }
    };
  }

  /** The window's other settings are given again, as the builder takes them only together. */
  private static void chooseStrategy(CircuitBreakerConfig.Builder builder, String chosen) {
    CircuitBreakerConfig asSet = builder.build();
    builder.slidingWindow(
        asSet.getSlidingWindowSize(),
        asSet.getMinimumNumberOfCalls(),
        asSet.getSlidingWindowType(),
        SlidingWindowSynchronizationStrategy.valueOf(chosen));
    builder.minimumNumberOfCalls(asSet.getMinimumNumberOfCalls());
  }
}
