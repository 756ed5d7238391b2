package recorders;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.smallrye.faulttolerance.core.Completer;
import io.smallrye.faulttolerance.core.FaultToleranceContext;
import io.smallrye.faulttolerance.core.Future;
import io.smallrye.faulttolerance.core.circuit.breaker.CircuitBreaker;
import io.smallrye.faulttolerance.core.timer.Timer;
import io.smallrye.faulttolerance.core.timer.TimerTask;
import io.smallrye.faulttolerance.core.util.ExceptionDecision;
import java.util.concurrent.Executor;
import org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException;

/**
 * Records the strategy that is behind @CircuitBreaker, around asynchronous calls, which may end in
 * any order. What does not count is an exception that is considered expected, as skipOn makes it.
 */
public final class SmallRyeRecorder {
  private enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  public static void main(String[] arguments) throws Exception {
    Recorder.record(
        CircuitBreaker.class, CircuitBreakerOpenException.class, SmallRyeRecorder::make);
  }

  private static Recorder.Breaker make(JsonObject config) {
    ExceptionDecision skipOn = error -> error instanceof Recorder.IgnoredException;
    CircuitBreaker<Void> breaker =
        new CircuitBreaker<>(
            FaultToleranceContext::call,
            "recorded",
            skipOn,
            milliseconds(config.get("delay")),
            config.get("requestVolumeThreshold").getAsInt(),
            config.get("failureRatio").getAsDouble(),
            config.get("successThreshold").getAsInt(),
            () -> {
              long started = FakeTime.now();
              return () -> FakeTime.now() - started;
            },
            timer);
    return new Recorder.Breaker() {
      @Override
      public Recorder.Call start() throws Exception {
        Completer<Void> call = Completer.create();
        Exception[] refusal = {null};
        boolean[] admitted = {false};
        Future<Void> result =
            breaker.apply(
                new FaultToleranceContext<>(
                    () -> {
                      admitted[0] = true;
                      return call.future();
                    },
                    true));
        if (!admitted[0]) {
          result.then((nothing, error) -> refusal[0] = (Exception) error);
          throw refusal[0];
        }
        return error -> {
          if (error == null) {
            call.complete(null);
          } else {
            call.completeWithError(error);
          }
        };
      }

      @Override
      public Enum<?> state() {
        return State.values()[breaker.currentState()];
      }
    };
  }

  private static long milliseconds(JsonElement duration) {
    return Long.parseLong(duration.getAsString().replaceFirst("ms$", ""));
  }

  private static final Timer timer =
      new Timer() {
        @Override
        public int getId() {
          return 0;
        }

        @Override
        public TimerTask schedule(long delay, Runnable task) {
          return schedule(delay, task, null);
        }

        @Override
        public TimerTask schedule(long delay, Runnable task, Executor executor) {
          var scheduled = FakeTime.schedule(task, delay);
          return new TimerTask() {
            @Override
            public boolean isDone() {
              return scheduled.isDone();
            }

            @Override
            public boolean cancel() {
              return scheduled.cancel(false);
            }
          };
        }

        @Override
        public int countScheduledTasks() {
          return 0;
        }

        @Override
        public void shutdown() {}
      };
}
