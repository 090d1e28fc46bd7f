using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Handover;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Fuzz.Targets;

/// <summary>Switches of some samples, and what they knew after they had carried something: what a state file is made of.</summary>
internal sealed class Successors : IDisposable
{
    private static readonly string[] Samples = ["nat", "services", "router", "multicast", "lb", "vxlan-gateway"];

    private static readonly Lazy<SwitchPlan[]> Plans = new(() => [.. Samples.Select(Read)]);

    private readonly Switch?[] _switches = new Switch?[Samples.Length];

    public static int Count => Samples.Length;

    public static SwitchPlan PlanOf(int sample) => Plans.Value[sample];

    /// <summary>What a switch knows after frames of everybody.</summary>
    public static SwitchSnapshot Lived(int sample, Timestamp now)
    {
        using var rig = new SwitchTarget.Rig(PlanOf(sample), now, _ => { });
        foreach (byte[] frame in Captures.Frames().Take(200))
        {
            rig.Pass(0, frame, now);
            rig.Pass(1, frame, now);
        }

        return rig.Snapshot();
    }

    /// <summary>Has the switch of a sample go on with a state.</summary>
    public void GoOn(int sample, SwitchSnapshot state, Timestamp now)
    {
        Switch next = _switches[sample] ??= new Switch(PlanOf(sample), [.. PlanOf(sample).Ports.Select(IPort (port) => new MemoryLink(port.Name, "far", new MemoryLinkOptions { QueueFrames = 16, MaxFrameBytes = 9_000 }).Left)], new SwitchOptions { Seed = new HashSeed(1, 2), Start = now });
        next.Resume(KeptState.Fitting(state, PlanOf(sample)), now);
        _ = next.RunOnce(now);
        if (!next.Totals.Balanced)
        {
            throw new FuzzFaultException($"books that do not balance: {next.Totals}");
        }
    }

    public void Dispose() => Array.ForEach(_switches, each => each?.Dispose());

    private static SwitchPlan Read(string sample)
    {
        SwitchPlan plan = ConfigurationFile.Read(Path.Combine(AppContext.BaseDirectory, "samples", sample + ".yaml")).Plan!;
        return plan with { PoolBuffers = 256, ControlSocket = null, StateFile = null };
    }
}

/// <summary>The file that a switch leaves behind when it is stopped, in the hands of somebody who knows how to make its digest right.</summary>
internal sealed class StateFileTarget : BytesTarget, IDisposable
{
    private static readonly Timestamp Start = Timestamp.FromSeconds(1_000);
    private static readonly DateTimeOffset Wall = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private Successors _successors = new();

    public override string Name => "state-file";

    public override string What => "the state that a switch leaves to the next one, read and gone on with";

    public override IReadOnlyList<string> Assemblies => ["Host", "Nat", "Services"];

    public override int MaxBytes => 32_768;

    public override int CasesOfLife => 100;

    protected override IReadOnlyList<byte[]> Words => Texts(
        "null", "[]", "{}", "[null]", "\"\"", "-1", "1e308", "9223372036854775807", "\"fdb\":", "\"nats\":", "\"export\":", "\"machines\":", "\"bindings\":", "\"routers\":", "\"neighbors\":", "\"name\":", "\"mac\":", "\"02:00:00:00:00:01\"", "\"10.0.0.1\"",
        "\"::1\"", "AAAA", "weft-state 1 ", "weft-state 2 ");

    public override IEnumerable<byte[]> Beginnings()
    {
        for (int sample = 0; sample < Successors.Count; sample++)
        {
            byte[] content = JsonSerializer.SerializeToUtf8Bytes(Successors.Lived(sample, Start), SnapshotJson.Compact.SwitchSnapshot);
            yield return [(byte)sample, .. content];
        }

        yield return [0x80, .. "weft-state 1 1728000000000 2 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n{}"u8];
    }

    public override void Reset()
    {
        _successors.Dispose();
        _successors = new Successors();
    }

    public void Dispose() => _successors.Dispose();

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        // With the upper bit the bytes are the file as it is; without, what is in it.
        ReadOnlySpan<byte> file = (input[0] & 0x80) != 0 ? input[1..] : [.. Head(input[1..]), .. input[1..]];
        SwitchSnapshot? state = StateFile.Read(file, Wall, TimeSpan.FromMinutes(5), out TimeSpan age, out string? problem);
        Require(state is null == problem is { Length: > 0 }, "neither a state nor a reason, or both");
        Require(state is null || age >= TimeSpan.Zero, "a state of the future");
        if (state is not null)
        {
            _successors.GoOn(input[0] % Successors.Count, state, Start);
        }
    }

    private static byte[] Head(ReadOnlySpan<byte> content) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"weft-state 1 {Wall.ToUnixTimeMilliseconds()} {content.Length} {Convert.ToHexStringLower(SHA256.HashData(content))}\n"));
}

/// <summary>What passes between two processes of which one goes on in the other's place.</summary>
internal sealed class TakeoverTarget : BytesTarget, IDisposable
{
    private const int MaxMessage = 1 << 20;

    private static readonly string SocketPath = Path.Combine(ScratchFolder.Create("takeover"), "s");
    private static readonly Lazy<Socket> Listener = new(Listen);
    private static readonly Timestamp Start = Timestamp.FromSeconds(1_000);

    private Successors _successors = new();

    public override string Name => "takeover";

    public override string What => "offer and goods of a switch whose ports are to be taken over";

    public override IReadOnlyList<string> Assemblies => ["Host", "Ports"];

    public override int MaxBytes => 32_768;

    public override int CasesOfLife => 100;

    protected override IReadOnlyList<byte[]> Words => Texts("\"format\":1", "\"ports\":", "\"listeners\":[\"control\"]", "\"descriptors\":", "-1", "null", "[null]", "\"positions\":[[]]", "\"state\":", "\"refusal\":\"no\"", "\"layout\":[1,2]", "ready", "yours");

    public override IEnumerable<byte[]> Beginnings()
    {
        var offer = new HandoverOffer { Format = HandoverOffer.CurrentFormat, Version = "1", Name = "x", Ports = [new OfferedPort("a", "a", null, PortKind.Tap, default, 1_500, [1, 2], 1)], Listeners = ["control"], OldestMoment = 5 };
        yield return Message(JsonSerializer.SerializeToUtf8Bytes(offer, HandoverProtocol.Json.HandoverOffer));
        for (int sample = 0; sample < Successors.Count; sample++)
        {
            byte[] goods = JsonSerializer.SerializeToUtf8Bytes(new HandoverGoods([[1, 2]], Successors.Lived(sample, Start), 7), HandoverProtocol.Json.HandoverGoods);
            yield return [(byte)sample, .. Message(goods)[1..]];
        }
    }

    public override void Reset()
    {
        _successors.Dispose();
        _successors = new Successors();
    }

    public void Dispose() => _successors.Dispose();

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        Socket listener = Listener.Value;
        using var giver = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        giver.Connect(new UnixDomainSocketEndPoint(SocketPath));
        using var channel = new DescriptorChannel(listener.Accept());
        _ = giver.Send(input[1..]);
        giver.Shutdown(SocketShutdown.Send);
        byte[] message;
        try
        {
            (message, int[] descriptors) = channel.Receive(MaxMessage, TimeSpan.FromSeconds(10));
            Require(descriptors.Length == 0, "descriptors that nobody sent");
        }
        catch (IOException refused)
        {
            Require(refused.Message.Length > 0, "a refusal without words");
            return;
        }

        try
        {
            HandoverOffer offer = HandoverProtocol.Read<HandoverOffer>(message);
            Require(HandoverTaker.ProblemOf(offer, descriptors: 2) is null or { Length: > 0 }, "a problem without words");
        }
        catch (IOException)
        {
            // The switch starts as if there were no other, or not at all; it says which.
        }

        try
        {
            _successors.GoOn(input[0] % Successors.Count, HandoverTaker.StateOf(HandoverProtocol.Read<HandoverGoods>(message), ports: 1), Start);
        }
        catch (IOException)
        {
            // The other switch goes on.
        }
    }

    private static byte[] Message(byte[] content)
    {
        byte[] message = new byte[1 + 8 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), content.Length);
        content.CopyTo(message, 9);
        return message;
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen(1);
        return listener;
    }
}
