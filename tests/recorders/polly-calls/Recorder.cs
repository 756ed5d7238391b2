// Runs scripts of calls from stdin through the real .NET resilience handlers and prints the traces.
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Recorders;

public sealed class Recorder
{
    private static readonly JsonSerializerOptions Json =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly HttpRequestOptionsKey<string> CallKey = new("call");

    private readonly FakeTime time = new();
    private readonly JsonArray steps = [];
    private readonly Dictionary<string, JsonArray> answers = [];
    private readonly Dictionary<string, int> attempts = [];
    private readonly PriorityQueue<Action, long> due = new();
    private readonly HashSet<string> answered = [];
    private bool tied;

    public static void Main()
    {
        ThreadPool.SetMinThreads(8, 8);
        while (Console.In.ReadLine() is { } line)
        {
            var script = JsonNode.Parse(line)!.AsObject();
            if (script.ContainsKey("draws"))
            {
                script["library"] = Library();
                script["delays_ms"] = Jitter.Delays(script);
                Console.Out.WriteLine(script.ToJsonString(Json));
                continue;
            }
            var recorder = new Recorder();
            recorder.Play(script);
            if (recorder.tied)
            {
                Console.Error.WriteLine($"{script["id"]}: two things at one instant, left out");
                continue;
            }
            script["library"] = Library();
            script["steps"] = recorder.Steps();
            Console.Out.WriteLine(script.ToJsonString(Json));
        }
    }

    private static string Library() =>
        $"Microsoft.Extensions.Http.Resilience {Version(typeof(Microsoft.Extensions.Http.Resilience.HttpRetryStrategyOptions))}, "
            + $"Polly.Core {Version(typeof(Polly.ResiliencePipeline))}";

    private static string Version(Type type) =>
        System.Diagnostics.FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

    private sealed class Upstream(Recorder recorder) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancelled)
        {
            return recorder.Sent(Of(request).ToJsonString(), cancelled);
        }
    }

    private static JsonNode Of(HttpRequestMessage request) =>
        JsonNode.Parse(request.Options.TryGetValue(CallKey, out var call) ? call : throw new ArgumentException("whose?"))!;

    private void Play(JsonObject script)
    {
        var client = Policies.Client(script, time, new Upstream(this), (request, state) => Say("breaker", Of(request), state));
        foreach (var element in script["calls"]!.AsArray())
        {
            var call = element!.AsObject();
            due.Enqueue(() => Call(client, call), (long)call["at"]!);
        }
        while (true)
        {
            Pool.Settle();
            var (timer, timers) = time.Next();
            var own = due.TryPeek(out _, out var at) ? at : long.MaxValue;
            if (timer == long.MaxValue && own == long.MaxValue)
            {
                break;
            }
            if (timer == own || (timer < own && timers > 1))
            {
                tied = true;
                break;
            }
            if (timer < own)
            {
                time.FireNext();
            }
            else
            {
                time.Now = own;
                var next = due.Dequeue();
                if (due.TryPeek(out _, out var another) && another == own)
                {
                    tied = true;
                    break;
                }
                next();
            }
        }
    }

    private void Call(HttpClient client, JsonObject call)
    {
        var name = call["id"]!.ToJsonString();
        answers[name] = call["upstream"]!.AsArray();
        attempts[name] = 0;
        var gone = new CancellationTokenSource();
        if (call["gone"] is { } after)
        {
            due.Enqueue(
                () =>
                {
                    if (!answered.Contains(name))
                    {
                        Say("gone", JsonNode.Parse(name)!);
                        gone.Cancel();
                    }
                },
                time.Now + (long)after);
        }
        Say("call", JsonNode.Parse(name)!);
        _ = Task.Run(async () =>
        {
            JsonNode answer;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "http://upstream/");
                request.Options.Set(CallKey, name);
                using var response = await client.SendAsync(request, gone.Token);
                answer = (int)response.StatusCode;
            }
            catch (Exception error)
            {
                answer = error is OperationCanceledException ? nameof(OperationCanceledException) : error.GetType().Name;
            }
            lock (steps)
            {
                answered.Add(name);
            }
            Say("answer", JsonNode.Parse(name)!, answer);
        });
    }

    // Answers with the call's next reply; the last one of its list stands for all that follow.
    private async Task<HttpResponseMessage> Sent(string call, CancellationToken cancelled)
    {
        JsonObject reply;
        int attempt;
        lock (steps)
        {
            attempt = ++attempts[call];
            reply = answers[call][Math.Min(attempt, answers[call].Count) - 1]!.AsObject();
        }
        Say("send", JsonNode.Parse(call)!, attempt);
        var ended = new TaskCompletionSource<HttpResponseMessage>();
        using var watch = cancelled.Register(() =>
        {
            if (!ended.Task.IsCompleted)
            {
                Say("cancel", JsonNode.Parse(call)!, attempt);
                ended.TrySetCanceled(cancelled);
            }
        });
        if (reply["after"] is { } after)
        {
            lock (steps)
            {
                due.Enqueue(() => Reply(call, attempt, reply, ended), time.Now + (long)after);
            }
        }
        return await ended.Task;
    }

    private void Reply(string call, int attempt, JsonObject reply, TaskCompletionSource<HttpResponseMessage> ended)
    {
        if (ended.Task.IsCompleted)
        {
            return;
        }
        Say("reply", JsonNode.Parse(call)!, attempt, reply["status"]!.DeepClone());
        if (reply["status"]!.GetValueKind() == JsonValueKind.String)
        {
            ended.TrySetException(new HttpRequestException((string)reply["status"]!));
            return;
        }
        var response = new HttpResponseMessage((HttpStatusCode)(int)reply["status"]!);
        if (reply["retry_after"] is { } seconds)
        {
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds((int)seconds));
        }
        ended.TrySetResult(response);
    }

    // Where one call wakes another, threads race; so the steps of an instant stand call by call. Attempts
    // of a call that are cancelled together stand in their order.
    private JsonArray Steps() => new(
        steps.GroupBy(step => (long)step![0]!)
            .SelectMany(instant => instant.GroupBy(step => step![2]!.ToJsonString()).SelectMany(CancelsInOrder))
            .Select(step => step!.DeepClone())
            .ToArray());

    private static IEnumerable<JsonNode?> CancelsInOrder(IEnumerable<JsonNode?> call)
    {
        var ordered = call.ToList();
        for (var i = 1; i < ordered.Count; i++)
        {
            for (var j = i; j > 0 && Cancels(ordered[j - 1]) > Cancels(ordered[j]); j--)
            {
                (ordered[j - 1], ordered[j]) = (ordered[j], ordered[j - 1]);
            }
        }
        return ordered;

        static int? Cancels(JsonNode? step) => (string)step![1]! == "cancel" ? (int)step[3]! : null;
    }

    private void Say(params JsonNode[] what)
    {
        lock (steps)
        {
            steps.Add(new JsonArray([time.Now, .. what]));
        }
    }
}
