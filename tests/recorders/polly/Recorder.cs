// Runs scripts of events from stdin against the real Polly and prints the traces; see ../README.md.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Recorders;

/// <summary>The error of a call that failed.</summary>
public sealed class FailureException : Exception;

public interface IBreaker
{
    /// <summary>Asks the library to run the action, and gives the whole call.</summary>
    Task Execute(Func<Task> action);

    /// <summary>The library's name of the state, which nobody has read.</summary>
    string State { get; }

    /// <summary>The same, as a user reads it; that may change it.</summary>
    string Read();

    /// <summary>What ends a call that does not count.</summary>
    Exception Ignored();
}

/// <summary>Milliseconds since the breaker of the script was made; time 0 is the Unix epoch.</summary>
public static class FakeTime
{
    public static long Now { get; set; }
}

public static class Recorder
{
    private static readonly JsonSerializerOptions Json =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Main()
    {
        while (Console.In.ReadLine() is { } line)
        {
            var script = JsonNode.Parse(line)!.AsObject();
            FakeTime.Now = 0;
            var config = script["config"]!.AsObject();
            var (breaker, library) = (string)script["dialect"]! switch
            {
                "polly7" => (Policies.Make(config), NameAndVersion(typeof(Polly.Policy))),
#if STRATEGIES
                "polly" => (Strategies.Make(config), NameAndVersion(typeof(Polly.ResiliencePipeline))),
#endif
                var other => throw new ArgumentException($"no such dialect here: {other}"),
            };
            var trace = new JsonObject
            {
                ["id"] = script["id"]!.DeepClone(),
                ["dialect"] = script["dialect"]!.DeepClone(),
                ["library"] = library,
            };
            if (script["note"] is { } note)
            {
                trace["note"] = note.DeepClone();
            }
            trace["config"] = config.DeepClone();
            trace["steps"] = Play(script["events"]!.AsArray(), breaker);
            Console.Out.WriteLine(trace.ToJsonString(Json));
        }
    }

    private static JsonArray Play(JsonArray events, IBreaker breaker)
    {
        var running = new Dictionary<string, (Task Call, TaskCompletionSource Work)>();
        var steps = new JsonArray();
        foreach (var element in events)
        {
            var step = element!.DeepClone().AsArray();
            FakeTime.Now = (long)step[0]!;
            string? error = null;
            switch ((string)step[1]!)
            {
                case "start":
                    var work = new TaskCompletionSource();
                    var admitted = false;
                    var call = breaker.Execute(() =>
                    {
                        admitted = true;
                        return work.Task;
                    });
                    if (admitted)
                    {
                        running[step[2]!.ToJsonString()] = (call, work);
                    }
                    else
                    {
                        error = Rejection(call);
                    }
                    step.Add(admitted ? "admitted" : "rejected");
                    break;
                case "end":
                    if (!running.Remove(step[2]!.ToJsonString(), out var ending))
                    {
                        continue;
                    }
                    End(ending.Call, ending.Work, (string)step[3]!, breaker);
                    break;
                case "read":
                    breaker.Read();
                    break;
                default:
                    throw new ArgumentException($"unknown event: {step.ToJsonString()}");
            }
            step.Add(breaker.State switch
            {
                "HalfOpen" => "half_open",
                var state => state.ToLowerInvariant(),
            });
            if (error is not null)
            {
                step.Add(error);
            }
            steps.Add(step);
        }
        return steps;
    }

    private static string Rejection(Task call)
    {
        try
        {
            call.GetAwaiter().GetResult();
        }
        catch (Polly.CircuitBreaker.BrokenCircuitException rejection)
        {
            return rejection.GetType().Name;
        }
        throw new InvalidOperationException("the call neither ran nor was rejected");
    }

    private static void End(Task call, TaskCompletionSource work, string outcome, IBreaker breaker)
    {
        Exception? error = outcome switch
        {
            "success" => null,
            "failure" => new FailureException(),
            "ignored" => breaker.Ignored(),
            _ => throw new ArgumentException($"unknown outcome: {outcome}"),
        };
        if (error is null)
        {
            work.SetResult();
        }
        else
        {
            work.SetException(error);
        }
        try
        {
            call.GetAwaiter().GetResult();
            error = error is null ? null : throw new InvalidOperationException("the error got lost");
        }
        catch (Exception thrown) when (ReferenceEquals(thrown, error))
        {
        }
    }

    private static string NameAndVersion(Type type)
    {
        var file = System.Diagnostics.FileVersionInfo.GetVersionInfo(type.Assembly.Location);
        return $"{type.Assembly.GetName().Name} {file.ProductVersion!.Split('+')[0]}";
    }
}
