using System.Net.Sockets;
using System.Text.Json;
using Weft.Host.Config.Comparison;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Host.Observe.Captures;

namespace Weft.Host.Control;

/// <summary>Asks a running switch through its control socket.</summary>
public static class ControlClient
{
    /// <summary>Longest answer that is read: room for more than a million addresses.</summary>
    private const int MaxResponseBytes = 256 << 20;

    private static readonly TimeSpan ReloadPatience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan MovePatience = TimeSpan.FromHours(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A picture of the switch; parts that the topic does not concern stay empty.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or the request was refused.</exception>
    public static async Task<SwitchSnapshot> ShowAsync(string path, ShowTopic topic, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "show", Topic = topic.ToString() }, cancellation).ConfigureAwait(false)).Snapshot);

    /// <summary>What the switch would do with a packet now, with all it has learned.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or the request was refused.</exception>
    public static async Task<PacketTrace> TraceAsync(string path, string port, ReadOnlyMemory<byte> frame, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "trace", Port = port, Packet = Convert.ToHexString(frame.Span) }, cancellation).ConfigureAwait(false)).Trace);

    /// <summary>The version of Weft that runs the switch.</summary>
    /// <exception cref="ControlException">Nobody answers on the path.</exception>
    public static async Task<string> VersionAsync(string path, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "version" }, cancellation).ConfigureAwait(false)).Version);

    /// <summary>Approves a behaviour: it is normal from now on and never forgotten.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or there is no such cluster.</exception>
    public static async Task PinAsync(string path, int cluster, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "analytics-pin", Cluster = cluster }, cancellation).ConfigureAwait(false);

    /// <summary>Refuses a behaviour: it never becomes normal while it is remembered.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or there is no such cluster.</exception>
    public static async Task VetoAsync(string path, int cluster, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "analytics-veto", Cluster = cluster }, cancellation).ConfigureAwait(false);

    /// <summary>Silences an alarm, or ends its silence.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or there is no such alarm.</exception>
    public static async Task ShelveAsync(string path, string type, string qualifier, bool shelved, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = shelved ? "analytics-shelve" : "analytics-unshelve", AlarmType = type, Subject = qualifier }, cancellation).ConfigureAwait(false);

    /// <summary>What quotients would be without a rule of a firewall.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="service">Name of the service.</param>
    /// <param name="rule">Name of its rule.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ControlException">Nobody answers on the path, there is no such rule, or nobody judges quotients.</exception>
    public static async Task<IReadOnlyList<QuotientForecastSnapshot>> WhatIfWithoutAsync(string path, string service, string rule, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "what-if", Service = service, Subject = rule }, cancellation).ConfigureAwait(false)).Forecast);

    /// <summary>What quotients would be with another configuration, whose file the switch reads.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, the file is no configuration, or nobody judges quotients.</exception>
    public static async Task<IReadOnlyList<QuotientForecastSnapshot>> WhatIfAsync(string path, string candidate, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "what-if", Candidate = Path.GetFullPath(candidate) }, cancellation).ConfigureAwait(false)).Forecast);

    /// <summary>Ends the learning of behaviour: what was seen so far is normal.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or processes are not watched.</exception>
    public static async Task FinishLearningAsync(string path, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "analytics-learned" }, cancellation).ConfigureAwait(false);

    /// <summary>Groups normal behaviours into roles now.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or processes are not watched.</exception>
    public static async Task RegroupAsync(string path, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "analytics-regroup" }, cancellation).ConfigureAwait(false);

    /// <summary>Has the other node of a pair take over: a standby takes the role, an active node gives it away.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or there is no such bridge.</exception>
    public static async Task FailoverAsync(string path, string? bridge = null, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "failover", Bridge = bridge }, cancellation).ConfigureAwait(false);

    /// <summary>Has a node give its role away, until somebody gives it back by <see cref="FailoverAsync"/> or the other node dies.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or there is no such bridge.</exception>
    public static async Task DrainAsync(string path, string? bridge = null, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "drain", Bridge = bridge }, cancellation).ConfigureAwait(false);

    /// <summary>Has a load balancer keep its flows and get no others.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or there is no such load balancer.</exception>
    public static async Task DrainLbAsync(string path, string member, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "drain-lb", Subject = member }, cancellation).ConfigureAwait(false);

    /// <summary>Opens a port that the switch has shut itself.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, there is no such port, or it is not shut.</exception>
    public static async Task EnablePortAsync(string path, string port, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "enable-port", Subject = port }, cancellation).ConfigureAwait(false);

    /// <summary>Has a service node hand its bundles over to their backups and take no others, or take them again.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or the switch is no service node.</exception>
    public static async Task DrainSaseAsync(string path, bool back, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "drain-sase", Subject = back ? "back" : null }, cancellation).ConfigureAwait(false);

    /// <summary>The flows of a machine behind a NAT, for another host to take over.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or there is no such NAT.</exception>
    public static async Task<byte[]> ExportMachineAsync(string path, string? nat, string machine, CancellationToken cancellation = default) =>
        (await AskAsync(path, new ControlRequest { Verb = "nat-export", Nat = nat, Subject = machine }, cancellation).ConfigureAwait(false)).Flows ?? [];

    /// <summary>Takes the flows of a machine over.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, there is no such NAT, or not all flows could be taken.</exception>
    public static async Task ImportMachineAsync(string path, string? nat, byte[] flows, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "nat-import", Nat = nat, Flows = flows }, cancellation).ConfigureAwait(false);

    /// <summary>Ends a machine's flows, and sends what still comes for them on to the host where it is now.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or there is no such NAT.</exception>
    public static async Task MoveMachineAsync(string path, string? nat, string machine, string host, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "nat-move", Nat = nat, Subject = machine, To = host }, cancellation).ConfigureAwait(false);

    /// <summary>Moves a machine to another host, and waits for the end of the move.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or the move could not begin.</exception>
    public static async Task<MoveSnapshot> MigrateAsync(string path, string machine, string host, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "migrate", Subject = machine, To = host }, cancellation, MovePatience).ConfigureAwait(false)).Move);

    /// <summary>Ends a move whose target fell silent after it was told to take over, by word of a person.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or the move is not in doubt.</exception>
    public static async Task<MoveSnapshot> SettleMoveAsync(string path, string machine, bool isHere, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "settle", Subject = machine, To = isHere ? "here" : "there" }, cancellation).ConfigureAwait(false)).Move);

    /// <summary>What happened in the switch.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="since">Number of the first event wanted, <see cref="SwitchEvents.Next"/> of the last answer; 0 for the oldest that is left.</param>
    /// <param name="wait">Time to wait for an event if there is none, 10 s at most.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <exception cref="ControlException">Nobody answers on the path.</exception>
    public static async Task<SwitchEvents> EventsAsync(string path, long since = 0, TimeSpan wait = default, CancellationToken cancellation = default)
    {
        var request = new ControlRequest { Verb = "events", Since = since, WaitMilliseconds = (int)Math.Clamp(wait.TotalMilliseconds, 0, int.MaxValue) };
        return Expect((await AskAsync(path, request, cancellation, wait).ConfigureAwait(false)).Events);
    }

    /// <summary>Has every sensor read its rule files again, and returns the switch with the rules that are in force then.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or a file cannot be read.</exception>
    public static async Task<SwitchSnapshot> ReloadRulesAsync(string path, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "reload-rules" }, cancellation, ReloadPatience).ConfigureAwait(false)).Snapshot);

    /// <summary>Asks the switch to stop gracefully.</summary>
    /// <exception cref="ControlException">Nobody answers on the path.</exception>
    public static async Task StopAsync(string path, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "stop" }, cancellation).ConfigureAwait(false);

    /// <summary>Adds, replaces or removes one security association.</summary>
    /// <exception cref="ControlException">Nobody answers on the path, or the request was refused.</exception>
    public static async Task RekeyAsync(string path, RekeyRequest request, CancellationToken cancellation = default) =>
        _ = await AskAsync(path, new ControlRequest { Verb = "rekey", Rekey = request }, cancellation).ConfigureAwait(false);

    /// <summary>What a reload with a file would change, which the switch reads itself.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="candidate">The new configuration.</param>
    /// <param name="overrides">Values laid over it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ControlException">Nobody answers on the path, or the file is no configuration.</exception>
    public static async Task<ConfigurationDiff> DiffAsync(string path, string candidate, IReadOnlyList<string> overrides, CancellationToken cancellation = default) =>
        Expect((await AskAsync(path, new ControlRequest { Verb = "diff", Candidate = Path.GetFullPath(candidate), Overrides = overrides }, cancellation).ConfigureAwait(false)).Diff);

    /// <summary>Captures in the switch, as pcapng, until there is enough or <paramref name="end"/> says so.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="request">What to capture, and for how long.</param>
    /// <param name="destination">Gets the file in pieces of whole blocks, each in one write and flushed.</param>
    /// <param name="end">Ends the capture; what was captured is written still.</param>
    /// <returns>How much was captured and lost; null if the switch ended without a word.</returns>
    /// <exception cref="ControlException">Nobody answers on the path, or the request was refused.</exception>
    /// <exception cref="CaptureOutputException">The destination takes no more.</exception>
    public static async Task<CaptureSummary?> CaptureAsync(string path, CaptureRequest request, Stream destination, CancellationToken end = default)
    {
        try
        {
            using Socket socket = await ConnectAsync(path, end).ConfigureAwait(false);
            await using var stream = new NetworkStream(socket);
            // A byte more than the line may be in the reader's hands otherwise: what follows is not lines.
            _ = await AskAsync(stream, path, new ControlRequest { Verb = "capture", Capture = request }, Patience, oneByOne: true, end).ConfigureAwait(false);
            return await CaptureChannel.ReceiveAsync(socket, stream, destination, end).ConfigureAwait(false);
        }
        catch (Exception failed) when (Explain(failed, path, end) is ControlException explained)
        {
            throw explained;
        }
    }

    private static T Expect<T>(T? answer)
        where T : class => answer ?? throw new ControlException("The switch gave an answer of another version; use the same weft for both.");

    private static async Task<ControlResponse> AskAsync(string path, ControlRequest request, CancellationToken cancellation, TimeSpan more = default)
    {
        try
        {
            using Socket socket = await ConnectAsync(path, cancellation).ConfigureAwait(false);
            await using var stream = new NetworkStream(socket);
            return await AskAsync(stream, path, request, Patience + more, oneByOne: false, cancellation).ConfigureAwait(false);
        }
        catch (Exception failed) when (Explain(failed, path, cancellation) is ControlException explained)
        {
            throw explained;
        }
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<ControlResponse> AskAsync(Stream stream, string path, ControlRequest request, TimeSpan patience, bool oneByOne, CancellationToken cancellation)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(request, SnapshotJson.Compact.ControlRequest), (byte)'\n'];
        await stream.WriteAsync(line, cancellation).ConfigureAwait(false);
        ReadOnlyMemory<byte> answer = await new LineReader(stream, MaxResponseBytes, oneByOne).ReadAsync(patience, cancellation).ConfigureAwait(false)
            ?? throw new ControlException($"The switch at {path} hung up.");
        ControlResponse response = JsonSerializer.Deserialize(answer.Span, SnapshotJson.Compact.ControlResponse) ?? new ControlResponse();
        return response.Error is null ? response : throw new ControlException(response.Error);
    }

    /// <summary>What to tell a person; null if it is not about the connection.</summary>
    private static ControlException? Explain(Exception failed, string path, CancellationToken cancellation) => failed switch
    {
        // The system says of a path without a socket that an address cannot be assigned.
        SocketException when !File.Exists(path) => new ControlException($"No switch answers at {path}: there is no such socket. Is one running, and may you use its socket?", failed),
        SocketException => new ControlException($"No switch answers at {path}: {failed.Message}. Is one running, and may you use its socket?", failed),
        IOException or JsonException or ArgumentException => new ControlException($"Talking to the switch at {path} failed: {failed.Message}", failed),
        OperationCanceledException when !cancellation.IsCancellationRequested => new ControlException($"The switch at {path} did not answer in time.", failed),
        _ => null,
    };
}
