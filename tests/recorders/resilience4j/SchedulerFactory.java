package io.github.resilience4j.circuitbreaker.internal;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import recorders.FakeTime;

/** Stands before the library's class of this name: its timers become those of the fake time. */
public final class SchedulerFactory {
  private static final SchedulerFactory instance = new SchedulerFactory();

  private final ScheduledExecutorService scheduler =
      new ScheduledThreadPoolExecutor(0) {
        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
          return FakeTime.schedule(task, unit.toMillis(delay));
        }
      };

  private SchedulerFactory() {}

  public static SchedulerFactory getInstance() {
    return instance;
  }

  public ScheduledExecutorService getScheduler() {
    return scheduler;
  }
}
