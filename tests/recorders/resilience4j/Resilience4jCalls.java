package recorders;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.bulkhead.configuration.CommonBulkheadConfigurationProperties;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.common.circuitbreaker.configuration.CommonCircuitBreakerConfigurationProperties;
import io.github.resilience4j.common.retry.configuration.CommonRetryConfigurationProperties;
import io.github.resilience4j.common.retry.configuration.RetryConfigCustomizer;
import io.github.resilience4j.common.timelimiter.configuration.CommonTimeLimiterConfigurationProperties;
import io.github.resilience4j.core.CallableUtils;
import io.github.resilience4j.core.CompletionStageUtils;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.internal.RetryImpl;
import io.github.resilience4j.timelimiter.TimeLimiter;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.HttpStatusCodeException;
import org.springframework.web.client.ResourceAccessException;

/**
 * Records whole calls through resilience4j's decorators, in one of two styles: methods that return a
 * value, whose threads wait, or a CompletionStage. As Spring's clients do, an attempt throws for 4xx and
 * 5xx. What waits does so in fake time.
 */
public final class Resilience4jCalls {
  private static final String name = "recorded";

  /** Whose call a thread works for; breakers tell of their transitions within it. */
  private static final ThreadLocal<CallRecorder.Call> own = new ThreadLocal<>();

  public static void main(String[] arguments) throws Exception {
    FakeMath.redirect();
    RetryImpl.setSleepFunction(Strand::pause);
    CallRecorder.record(
        Recorder.nameAndVersion(Retry.class).replaceFirst("resilience4j-retry", "resilience4j"),
        Resilience4jCalls::make,
        Resilience4jCalls::delays);
  }

  private static CallRecorder.Client make(JsonObject script) throws Exception {
    List<Policy> policies = new ArrayList<>();
    for (JsonElement policy : script.getAsJsonArray("resilience4j")) {
      policies.add(0, policy(policy.getAsJsonObject().deepCopy()));
    }
    boolean stages =
        script.has("returns") && script.get("returns").getAsString().equals("CompletionStage");
    return call -> {
      own.set(call);
      try {
        return stages ? stage(policies, call) : value(policies, call);
      } catch (HttpStatusCodeException error) {
        return error.getStatusCode().value();
      }
    };
  }

  private static Object value(List<Policy> policies, CallRecorder.Call call) throws Exception {
    Callable<Integer> through = () -> send(call);
    for (Policy policy : policies) {
      through = policy.around(through);
    }
    return through.call();
  }

  private static Object stage(List<Policy> policies, CallRecorder.Call call) throws Exception {
    Supplier<CompletionStage<Integer>> through = () -> sendAsync(call);
    for (Policy policy : policies) {
      through = policy.aroundStage(through);
    }
    Strand caller = Strand.current();
    CompletableFuture<Integer> answer = through.get().toCompletableFuture();
    answer.whenComplete((status, error) -> caller.wake());
    if (!answer.isDone()) {
      Strand.pause(-1);
    }
    try {
      return answer.join();
    } catch (CompletionException error) {
      throw error.getCause() instanceof Exception cause ? cause : error;
    }
  }

  /** The upstream of a thread that waits for the answer; interrupted, it does as Spring's RestClient. */
  private static int send(CallRecorder.Call call) {
    CallRecorder.Attempt attempt = call.attempt();
    try {
      Strand.pause(attempt.after());
    } catch (InterruptedException gone) {
      attempt.cancelled();
      Thread.currentThread().interrupt();
      throw new ResourceAccessException("interrupted", new IOException(gone));
    }
    return resultOf(attempt.replied());
  }

  private static CompletionStage<Integer> sendAsync(CallRecorder.Call call) {
    CallRecorder.Attempt attempt = call.attempt();
    CompletableFuture<Integer> answer = new CompletableFuture<>();
    if (attempt.after() >= 0) {
      schedule(
          () -> {
            int status = attempt.replied();
            try {
              answer.complete(resultOf(status));
            } catch (RuntimeException error) {
              answer.completeExceptionally(error);
            }
          },
          attempt.after());
    }
    return answer;
  }

  private static int resultOf(int status) {
    if (status < 0) {
      throw new ResourceAccessException("refused", new IOException("refused"));
    } else if (status >= 500) {
      throw new HttpServerErrorException(HttpStatusCode.valueOf(status));
    } else if (status >= 400) {
      throw new HttpClientErrorException(HttpStatusCode.valueOf(status));
    }
    return status;
  }

  /** Runs in a thread that works for the same call. */
  private static ScheduledFuture<?> schedule(Runnable task, long delay) {
    CallRecorder.Call call = own.get();
    return FakeTime.schedule(
        () ->
            Strand.begin(
                () -> {
                  own.set(call);
                  task.run();
                }),
        delay);
  }

  private static final ScheduledExecutorService scheduler =
      new ScheduledThreadPoolExecutor(0) {
        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
          return Resilience4jCalls.schedule(task, unit.toMillis(delay));
        }
      };

  private interface Policy {
    Callable<Integer> around(Callable<Integer> inside);

    Supplier<CompletionStage<Integer>> aroundStage(Supplier<CompletionStage<Integer>> inside);
  }

  private static Policy policy(JsonObject settings) throws Exception {
    return switch (settings.remove("policy").getAsString()) {
      case "retry" -> retry(settings);
      case "circuitbreaker" -> circuitBreaker(settings);
      case "timelimiter" -> timeLimiter(settings);
      case "bulkhead" -> bulkhead(settings);
      case "fallback" -> fallback();
      default -> throw new IllegalArgumentException("no such policy");
    };
  }

  @SuppressWarnings("unchecked") // the customizer's builder is raw
  private static Retry makeRetry(JsonObject settings) throws Exception {
    // A class in a file; here the statuses that it answers true to.
    JsonElement results = settings.remove("resultPredicate");
    var properties = new CommonRetryConfigurationProperties.InstanceProperties();
    fill(properties, settings);
    var customizer =
        RetryConfigCustomizer.of(
            name,
            builder -> {
              if (results != null) {
                List<String> again = Arrays.asList(results.getAsString().split(","));
                builder.retryOnResult(status -> again.contains(status.toString()));
              }
            });
    return Retry.of(
        name,
        new CommonRetryConfigurationProperties()
            .createRetryConfig(properties, new CompositeCustomizer<>(List.of(customizer)), name));
  }

  private static Policy retry(JsonObject settings) throws Exception {
    Retry retry = makeRetry(settings);
    return new Policy() {
      @Override
      public Callable<Integer> around(Callable<Integer> inside) {
        return Retry.decorateCallable(retry, inside);
      }

      @Override
      public Supplier<CompletionStage<Integer>> aroundStage(
          Supplier<CompletionStage<Integer>> inside) {
        return Retry.decorateCompletionStage(retry, scheduler, inside);
      }
    };
  }

  private static Policy circuitBreaker(JsonObject settings) throws Exception {
    var properties = new CommonCircuitBreakerConfigurationProperties.InstanceProperties();
    fill(properties, settings);
    var customizer =
        CircuitBreakerConfigCustomizer.of(
            name,
            builder ->
                builder
                    .clock(Settings.clock)
                    .currentTimestampFunction(clock -> FakeTime.now(), TimeUnit.MILLISECONDS));
    CircuitBreaker breaker =
        CircuitBreaker.of(
            name,
            new CommonCircuitBreakerConfigurationProperties()
                .createCircuitBreakerConfig(
                    name, properties, new CompositeCustomizer<>(List.of(customizer))));
    breaker
        .getEventPublisher()
        .onStateTransition(
            event ->
                own.get()
                    .say(
                        "breaker",
                        event
                            .getStateTransition()
                            .getToState()
                            .name()
                            .toLowerCase(Locale.ROOT)));
    return new Policy() {
      @Override
      public Callable<Integer> around(Callable<Integer> inside) {
        return CircuitBreaker.decorateCallable(breaker, inside);
      }

      @Override
      public Supplier<CompletionStage<Integer>> aroundStage(
          Supplier<CompletionStage<Integer>> inside) {
        return CircuitBreaker.decorateCompletionStage(breaker, inside);
      }
    };
  }

  private static Policy timeLimiter(JsonObject settings) throws Exception {
    var properties = new CommonTimeLimiterConfigurationProperties.InstanceProperties();
    fill(properties, settings);
    TimeLimiter limiter =
        TimeLimiter.of(
            name,
            new CommonTimeLimiterConfigurationProperties()
                .createTimeLimiterConfig(name, properties, new CompositeCustomizer<>(List.of())));
    return new Policy() {
      @Override
      public Callable<Integer> around(Callable<Integer> inside) {
        CallRecorder.Call call = own.get();
        return limiter.decorateFutureSupplier(
            () ->
                new StrandFuture<>(
                    () -> {
                      own.set(call);
                      return inside.call();
                    }));
      }

      @Override
      public Supplier<CompletionStage<Integer>> aroundStage(
          Supplier<CompletionStage<Integer>> inside) {
        return limiter.decorateCompletionStage(scheduler, inside);
      }
    };
  }

  private static Policy bulkhead(JsonObject settings) throws Exception {
    var properties = new CommonBulkheadConfigurationProperties.InstanceProperties();
    fill(properties, settings);
    Bulkhead bulkhead =
        Bulkhead.of(
            name,
            new CommonBulkheadConfigurationProperties()
                .createBulkheadConfig(properties, new CompositeCustomizer<>(List.of()), name));
    Field semaphore = bulkhead.getClass().getDeclaredField("semaphore");
    semaphore.setAccessible(true);
    semaphore.set(
        bulkhead, new FakePermits(bulkhead.getBulkheadConfig().getMaxConcurrentCalls()));
    return new Policy() {
      @Override
      public Callable<Integer> around(Callable<Integer> inside) {
        return Bulkhead.decorateCallable(bulkhead, inside);
      }

      @Override
      public Supplier<CompletionStage<Integer>> aroundStage(
          Supplier<CompletionStage<Integer>> inside) {
        return Bulkhead.decorateCompletionStage(bulkhead, inside);
      }
    };
  }

  private static Policy fallback() {
    return new Policy() {
      @Override
      public Callable<Integer> around(Callable<Integer> inside) {
        return CallableUtils.recover(inside, error -> 203);
      }

      @Override
      public Supplier<CompletionStage<Integer>> aroundStage(
          Supplier<CompletionStage<Integer>> inside) {
        return CompletionStageUtils.recover(inside, error -> 203);
      }
    };
  }

  private static void fill(Object properties, JsonObject settings) throws Exception {
    for (String key : settings.keySet()) {
      Settings.set(properties, key, settings.get(key));
    }
  }

  /** The waits of a retry whose attempts all fail, with these draws. */
  private static List<Long> delays(JsonObject script) throws Exception {
    JsonObject settings =
        script.getAsJsonArray("resilience4j").get(0).getAsJsonObject().deepCopy();
    settings.remove("policy");
    FakeMath.draw(
        StreamSupport.stream(script.getAsJsonArray("draws").spliterator(), false)
            .map(JsonElement::getAsDouble)
            .toList());
    List<Long> waits = new ArrayList<>();
    RetryImpl.setSleepFunction(waits::add);
    try {
      Retry.decorateCallable(makeRetry(settings), () -> resultOf(503)).call();
    } catch (HttpServerErrorException last) {
      // as it must end
    }
    RetryImpl.setSleepFunction(Strand::pause);
    return waits;
  }
}
