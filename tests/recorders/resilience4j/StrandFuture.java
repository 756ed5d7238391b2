package recorders;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What an executor gives for a task: it runs in a thread of its own, in fake time. */
final class StrandFuture<T> implements Future<T> {
  private final Strand worker;
  private Strand waiting;
  private boolean done;
  private boolean cancelled;
  private T result;
  private Exception error;

  StrandFuture(Callable<T> task) {
    worker =
        Strand.begin(
            () -> {
              try {
                result = task.call();
              } catch (Exception thrown) {
                error = thrown;
              }
              done = true;
              if (waiting != null) {
                waiting.wake();
              }
            });
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (!done) {
      waiting = Strand.current();
      Strand.pause(unit.toMillis(timeout));
      waiting = null;
    }
    if (!done) {
      throw new TimeoutException();
    }
    if (error != null) {
      throw new ExecutionException(error);
    }
    return result;
  }

  @Override
  public T get() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    if (done || cancelled) {
      return false;
    }
    cancelled = true;
    if (mayInterrupt) {
      worker.interrupt();
      letItEnd();
    }
    return true;
  }

  /** Threads race here; the one that was interrupted goes first. */
  private static void letItEnd() {
    try {
      Strand.pause(0);
    } catch (InterruptedException gone) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public boolean isDone() {
    return done || cancelled;
  }
}
