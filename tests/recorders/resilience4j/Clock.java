package io.github.resilience4j.core;

import java.util.concurrent.TimeUnit;
import recorders.FakeTime;

/** Stands before the library's interface of this name, whose SYSTEM a LOCK_FREE window asks. */
public interface Clock {
  long wallTime();

  long monotonicTime();

  Clock SYSTEM =
      new Clock() {
        @Override
        public long wallTime() {
          return FakeTime.now();
        }

        @Override
        public long monotonicTime() {
          return TimeUnit.MILLISECONDS.toNanos(FakeTime.now());
        }
      };
}
