package recorders;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.circuitbreaker.impl.CircuitBreakerImpl;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;

/**
 * Records the breaker around calls that may end in any order. All of it runs in one context of
 * Vert.x; its timers are those of FakeTime, and so is the clock of its window. What does not count
 * is an exception that the failure policy leaves out.
 */
public final class VertxRecorder {
  private static final Vertx real = Vertx.vertx();
  private static final Context context = real.getOrCreateContext();
  private static final Map<Long, ScheduledFuture<?>> timers = new java.util.HashMap<>();

  public static void main(String[] arguments) throws Exception {
    redirectClock();
    Recorder.record(CircuitBreaker.class, OpenCircuitException.class, VertxRecorder::make);
    real.close().toCompletionStage().toCompletableFuture().get();
  }

  /** What the window's class calls in place of System. */
  public static final class FakeSystem {
    private FakeSystem() {}

    public static long currentTimeMillis() {
      return FakeTime.now();
    }
  }

  /** Loads the window's class with another name where it has that of System. */
  private static void redirectClock() throws Exception {
    String name = CircuitBreakerImpl.class.getName().replace('.', '/') + "$RollingCounter.class";
    try (var in = CircuitBreakerImpl.class.getClassLoader().getResourceAsStream(name)) {
      byte[] changed =
          replaced(in.readAllBytes(), constant("java/lang/System"),
              constant(FakeSystem.class.getName().replace('.', '/')));
      MethodHandles.privateLookupIn(CircuitBreakerImpl.class, MethodHandles.lookup())
          .defineClass(changed);
    }
  }

  /** A text in a class file: CONSTANT_Utf8, its length, its bytes. */
  private static byte[] constant(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    var out = new ByteArrayOutputStream();
    out.write(1);
    out.write(bytes.length >> 8);
    out.write(bytes.length);
    out.writeBytes(bytes);
    return out.toByteArray();
  }

  private static byte[] replaced(byte[] where, byte[] what, byte[] by) {
    String text = new String(where, StandardCharsets.ISO_8859_1);
    String sought = new String(what, StandardCharsets.ISO_8859_1);
    if (text.indexOf(sought) < 0 || text.indexOf(sought) != text.lastIndexOf(sought)) {
      throw new IllegalStateException("the window's class does not name System once");
    }
    return text.replace(sought, new String(by, StandardCharsets.ISO_8859_1))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Recorder.Breaker make(JsonObject config) {
    timers.clear();
    var options =
        new CircuitBreakerOptions()
            .setMaxFailures(config.get("maxFailures").getAsInt())
            .setFailuresRollingWindow(milliseconds(config.get("failuresRollingWindow")))
            .setResetTimeout(milliseconds(config.get("resetTimeout")))
            .setTimeout(-1);
    CircuitBreaker breaker =
        CircuitBreaker.create("recorded", vertx(), options)
            .failurePolicy(
                result -> result.failed() && !(result.cause() instanceof Recorder.IgnoredException));
    return new Recorder.Breaker() {
      @Override
      public Recorder.Call start() throws Exception {
        Promise<Void> call = Promise.promise();
        boolean[] admitted = {false};
        Future<Void> result =
            inContext(
                () ->
                    breaker.execute(
                        () -> {
                          admitted[0] = true;
                          return call.future();
                        }));
        if (!admitted[0]) {
          throw (Exception) result.cause();
        }
        return error ->
            inContext(
                () -> {
                  if (error == null) {
                    call.complete();
                  } else {
                    call.fail(error);
                  }
                  return null;
                });
      }

      @Override
      public Enum<?> state() {
        return breaker.state();
      }
    };
  }

  private static long milliseconds(JsonElement duration) {
    return Long.parseLong(duration.getAsString().replaceFirst("ms$", ""));
  }

  /** Runs it in the context, and all that it leaves to be run there. */
  private static <T> T inContext(Callable<T> task) {
    T result = runInContext(task);
    for (int i = 0; i < 4; i++) {
      runInContext(() -> null);
    }
    return result;
  }

  private static <T> T runInContext(Callable<T> task) {
    var result = new CompletableFuture<T>();
    context.runOnContext(
        nothing -> {
          try {
            result.complete(task.call());
          } catch (Throwable thrown) {
            result.completeExceptionally(thrown);
          }
        });
    return result.join();
  }

  /** Vert.x but for its timers. */
  @SuppressWarnings("unchecked")
  private static Vertx vertx() {
    return (Vertx)
        Proxy.newProxyInstance(
            Vertx.class.getClassLoader(),
            new Class<?>[] {Vertx.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("setTimer")) {
                long id = timers.size();
                Handler<Long> handler = (Handler<Long>) arguments[1];
                timers.put(id, FakeTime.schedule(() -> handler.handle(id), (Long) arguments[0]));
                return id;
              }
              if (method.getName().equals("getOrCreateContext")) {
                return context;
              }
              throw new UnsupportedOperationException(method.toString());
            });
  }
}
