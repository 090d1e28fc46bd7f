using System.Text.Json.Nodes;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>The one command of the README that shows live traffic in the dashboard.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class DemonstrationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_demonstration_serves_live_traffic_and_leaves_nothing_behind()
    {
        LiveRequirements.Need("ping", "bash", "kill");
        LiveRequirements.NeedTap();
        int port = FreePort.OnLoopback();
        string name = $"weft-{Environment.ProcessId}-demo";
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : Command.Find("dotnet");
        using var leftovers = new Leftovers(name);
        using RunningCommand demo = Command.Start("env", $"WEFT_DEMO_PORT={port}", $"WEFT_DEMO_NAME={name}", $"WEFT={host} {WeftProgram.Assembly}", "bash", Repository.File("samples/live/demo"));
        Assert.True(demo.WaitForOutput("live traffic at", Patience), demo.Output + demo.Error);

        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60) };
        Assert.Contains("<title>", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
        long received = 0;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (received < 50)
        {
            await Task.Delay(200, patience.Token);
            JsonNode shown = JsonNode.Parse(await client.GetStringAsync("/api/v1/show/ports", patience.Token))!;
            received = shown["ports"]!.AsArray().Single(shownPort => shownPort!["name"]!.GetValue<string>() == "db")!["receivedFrames"]!.GetValue<long>();
        }

        _ = Command.Run("kill", "-TERM", $"{demo.ProcessId}").Required();
        Assert.Equal(0, demo.WaitForExit(Patience).ExitCode);
        Assert.DoesNotContain(name, Command.Run("ip", "netns", "list").Required().Output);
    }

    /// <summary>Namespaces that the demonstration leaves behind when it is killed, as a test that failed does.</summary>
    private sealed class Leftovers(string name) : IDisposable
    {
        public void Dispose()
        {
            foreach (string machine in new[] { "web", "db", "lost" })
            {
                _ = Command.Run("ip", "netns", "delete", $"{name}-{machine}");
            }
        }
    }
}
