using System.Text;
using System.Text.Json;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Events of a running switch through its socket and in the terminal.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class EventStreamTests : IDisposable
{
    private const string Mark = "<!-- Made from the types that the switch publishes; a test keeps it current. -->\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-events-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder, "weft.sock");

    [Fact]
    public async Task Events_come_through_the_socket_once_each()
    {
        await using SwitchHost host = Start();
        SwitchEvents first = await ControlClient.EventsAsync(SocketPath, cancellation: Cancelled);
        Assert.Equal(("switch", "started"), (first.Events[0].Source, first.Events[0].Name));
        Assert.NotNull(first.Events[0].Time);
        await host.ReloadAsync(Resolved() with { ControlSocket = SocketPath });
        SwitchEvents then = await ControlClient.EventsAsync(SocketPath, first.Next, TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal("reloaded", Assert.Single(then.Events).Name);
        Assert.Equal(first.Next, then.Events[0].Sequence);
        Assert.Empty((await ControlClient.EventsAsync(SocketPath, then.Next, cancellation: Cancelled)).Events);
    }

    [Fact]
    public async Task Who_waits_gets_an_event_when_it_happens()
    {
        await using SwitchHost host = Start();
        long next = (await ControlClient.EventsAsync(SocketPath, cancellation: Cancelled)).Next;
        Task<SwitchEvents> waiting = ControlClient.EventsAsync(SocketPath, next, TimeSpan.FromSeconds(30), Cancelled);
        Assert.False(waiting.IsCompleted);
        await host.ReloadAsync(Resolved() with { ControlSocket = SocketPath });
        Assert.Equal("reloaded", Assert.Single((await waiting).Events).Name);
    }

    [Fact]
    public async Task The_command_prints_a_line_for_each_event_for_people_and_for_programs()
    {
        await using SwitchHost host = Start();
        CommandResult text = WeftProgram.Run("events", "-s", SocketPath);
        Assert.True(text.Succeeded, text.Error);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info    switch started ports=5 segments=2\n$", text.Output);
        CommandResult json = WeftProgram.Run("events", "--json", "--socket", SocketPath);
        using JsonDocument line = JsonDocument.Parse(json.Output.Trim());
        Assert.Equal("started", line.RootElement.GetProperty("name").GetString());
        Assert.Equal("info", line.RootElement.GetProperty("severity").GetString());
        Assert.Equal("5", line.RootElement.GetProperty("fields").GetProperty("ports").GetString());
        Assert.Equal("", WeftProgram.Run("events", "--socket", SocketPath, "--source", "bridge").Output);
    }

    [Fact]
    public async Task Following_prints_what_happens_next()
    {
        await using SwitchHost host = Start();
        using RunningCommand follow = WeftProgram.Start("events", "--follow", "--socket", SocketPath);
        Assert.True(Wait.Until(() => follow.Output.Contains("started", StringComparison.Ordinal), TimeSpan.FromSeconds(30)), follow.Error);
        await host.ReloadAsync(Resolved() with { ControlSocket = SocketPath });
        Assert.True(Wait.Until(() => follow.Output.Contains("reloaded", StringComparison.Ordinal), TimeSpan.FromSeconds(30)), follow.Output + follow.Error);
    }

    [Fact]
    public void Without_a_switch_the_command_says_so()
    {
        CommandResult refused = WeftProgram.Run("events", "--socket", SocketPath);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("No switch answers", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guide_lists_every_kind_of_event()
    {
        string path = Repository.File("docs/guides/events.md");
        string guide = File.ReadAllText(path);
        int reference = guide.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(path, guide[..reference] + Table());
            Assert.Fail($"{path} was written; read it, then run without WEFT_GOLDEN");
        }

        Assert.Equal(Table(), guide[reference..]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Table()
    {
        var text = new StringBuilder("\n| source | event | severity | fields | meaning |\n|---|---|---|---|---|\n");
        foreach (EventType type in EventTypes.All)
        {
            string fields = type.Fields.Length == 0 ? "" : string.Join(", ", type.Fields.Select(field => $"`{field}`"));
            _ = text.Append($"| {type.Source} | `{type.Name}` | {type.Severity.ToString().ToLowerInvariant()} | {fields} | {type.Meaning} |\n");
        }

        return text.ToString();
    }

    private SwitchHost Start() => SwitchHost.Start(
        Resolved() with { ControlSocket = SocketPath },
        new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
}
