using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>
/// A point of presence in memory: gateways, nodes, and a network between them that loses, delays, repeats and cuts as it is told. Time passes
/// in steps of a millisecond, and everything that is random comes from one seed.
/// </summary>
internal sealed class Pop : IDisposable
{
    public static readonly TimeSpan Detection = TimeSpan.FromMilliseconds(30);
    public static readonly Timestamp Start = Timestamp.FromSeconds(1000);

    private static readonly TimeSpan Hello = TimeSpan.FromMilliseconds(10);

    private readonly List<Datagram>[] _wire;
    private readonly List<Datagram> _due = [];
    private readonly Random _random;
    private readonly bool[,] _cut;
    private readonly Timestamp[,] _heard;
    private readonly bool[,] _up;
    private readonly Timestamp[] _stopped;
    private readonly Func<int, ServiceNodeOptions, ServiceNodeOptions> _adjust;
    private readonly (TimeSpan Offset, double Drift)[] _clocks;
    private uint _incarnation = 1;

    public Pop(int gateways, int nodes, IReadOnlyList<SegmentOptions> segments, int seed = 1, PopOptions? options = null, Func<int, ServiceNodeOptions, ServiceNodeOptions>? adjust = null, bool skewed = false)
    {
        _random = new Random(seed);

        // Clocks of members have nothing in common, and go up to a fiftieth too fast or too slow.
        _clocks = [.. Enumerable.Range(0, gateways + nodes).Select(_ => skewed ? (TimeSpan.FromSeconds(_random.Next(-900, 900)), (_random.NextDouble() - 0.5) / 25) : default)];
        _adjust = adjust ?? ((_, made) => made);
        Segments = segments;
        Options = (options ?? Base(gateways, nodes)) with { Gateways = Addresses(10, gateways), Nodes = Addresses(20, nodes) };
        Gateways = [.. Enumerable.Range(0, gateways).Select(gateway => new CloudGateway(new CloudGatewayOptions
        {
            Pop = Options,
            Gateway = gateway,
            Segments = [.. segments.Select(segment => new GatewaySegment(segment.Vni, segment.Bundle, (ushort)segment.Vni))],
            Start = ClockOf(gateway),
        }))];
        Nodes = [.. Enumerable.Range(0, nodes).Select(MakeNode)];
        int members = gateways + nodes;
        _wire = [.. Enumerable.Range(0, members).Select(_ => new List<Datagram>())];
        (_cut, _heard, _up) = (new bool[members, members], new Timestamp[members, members], new bool[members, members]);
        _stopped = [.. Enumerable.Repeat(Timestamp.Zero, members)];
    }

    public PopOptions Options { get; }

    public IReadOnlyList<SegmentOptions> Segments { get; }

    public CloudGateway[] Gateways { get; }

    public ManagedServiceNode[] Nodes { get; }

    public Timestamp Now { get; private set; } = Start;

    /// <summary>Share of messages that are lost.</summary>
    public double Loss { get; set; }

    /// <summary>Share of messages that come twice.</summary>
    public double Duplication { get; set; }

    /// <summary>Longest additional delay of a message, which makes messages overtake each other.</summary>
    public int JitterMilliseconds { get; set; }

    /// <summary>Told of every packet that a gateway takes for a tenant.</summary>
    public Action<int, uint, byte[]>? OnTenant { get; set; }

    /// <summary>Told by whom, and in what epoch, every packet was sent that a gateway takes: gateway, tenant, node, epoch.</summary>
    public Action<int, uint, int, Epoch>? OnAccepted { get; set; }

    /// <summary>Told of every packet that a node sends to the Internet.</summary>
    public Action<int, uint, byte[]>? OnUplink { get; set; }

    /// <summary>Told of every drop.</summary>
    public Action<int, SaseDrop>? OnDrop { get; set; }

    public static PopOptions Base(int gateways, int nodes) => new() { Gateways = Addresses(10, gateways), Nodes = Addresses(20, nodes), Bundles = 4, Seed = new HashSeed(7, 8), MtuBytes = 1600 };

    public static IPv4Address[] Addresses(byte third, int count) => [.. Enumerable.Range(1, count).Select(number => new IPv4Address(0x0A63_0000u | ((uint)third << 8) | (uint)number))];

    /// <summary>What a member takes for the time.</summary>
    public Timestamp ClockOf(int member) => Now + _clocks[member].Offset + (Now - Start) * _clocks[member].Drift;

    public bool IsRunning(int member) => _stopped[member] <= Now;

    /// <summary>Member number of a node.</summary>
    public int MemberOf(int node) => Gateways.Length + node;

    /// <summary>Stops a node for a while, as SIGSTOP or a busy machine does; what comes meanwhile waits.</summary>
    public void Pause(int node, int milliseconds) => _stopped[MemberOf(node)] = Now + TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>Ends a node; what it knew is lost, and what was on its way to it.</summary>
    public void Kill(int node)
    {
        _stopped[MemberOf(node)] = Timestamp.MaxValue;
        _wire[MemberOf(node)].Clear();
    }

    /// <summary>Starts a node that was ended. A new process has a new session, so that the others notice; unless they are to hear from it before that.</summary>
    public void Restart(int node, bool isMissed = true)
    {
        Nodes[node].Dispose();
        Nodes[node] = MakeNode(node);
        _stopped[MemberOf(node)] = Now;
        for (int other = 0; other < _stopped.Length; other++)
        {
            (_up[MemberOf(node), other], _heard[MemberOf(node), other]) = (false, Timestamp.Zero);

            if (_up[other, MemberOf(node)])
            {
                _heard[other, MemberOf(node)] = isMissed ? Timestamp.Zero : Now;
            }
        }
    }

    /// <summary>Cuts or mends the way between two members.</summary>
    public void Cut(int left, int right, bool cut = true) => _cut[left, right] = _cut[right, left] = cut;

    /// <summary>Cuts or mends all ways of a node.</summary>
    public void Isolate(int node, bool cut = true)
    {
        for (int other = 0; other < _stopped.Length; other++)
        {
            Cut(MemberOf(node), other, cut);
        }
    }

    public void Run(int milliseconds)
    {
        for (int i = 0; i < milliseconds; i++)
        {
            Step();
        }
    }

    /// <summary>Hands a tenant's packet to a gateway; it and what it causes are on their way afterwards.</summary>
    public SaseVerdict FromSite(int gateway, uint vni, byte[] packet)
    {
        (byte[] buffer, int offset) = WithRoom(packet);
        SaseVerdict verdict = Gateways[gateway].ToNode(buffer, offset, packet.Length, vni);
        Follow(gateway, verdict, buffer);
        return verdict;
    }

    /// <summary>Hands a packet from the Internet to a node.</summary>
    public SaseVerdict FromInternet(int node, byte[] packet)
    {
        if (!IsRunning(MemberOf(node)))
        {
            return default;
        }

        (byte[] buffer, int offset) = WithRoom(packet);
        SaseVerdict verdict = Nodes[node].FromUplink(buffer, offset, packet.Length, ClockOf(MemberOf(node)));
        Follow(MemberOf(node), verdict, buffer);
        return verdict;
    }

    /// <summary>The node that is active for a bundle and runs, -1 if there is none.</summary>
    public int ActiveOf(int bundle)
    {
        int found = -1;
        for (int node = 0; node < Nodes.Length; node++)
        {
            if (IsRunning(MemberOf(node)) && Nodes[node].RoleOf(bundle) == BundleRole.Active && (found < 0 || Nodes[node].EpochOf(bundle) > Nodes[found].EpochOf(bundle)))
            {
                found = node;
            }
        }

        return found;
    }

    public void Dispose()
    {
        Array.ForEach(Gateways, gateway => gateway.Dispose());
        Array.ForEach(Nodes, node => node.Dispose());
    }

    private ManagedServiceNode MakeNode(int node)
    {
        var made = new ManagedServiceNode(_adjust(node, new ServiceNodeOptions { Pop = Options, Node = node, Incarnation = _incarnation++, Flows = 4096, Segments = 64, Start = ClockOf(Options.Gateways.Count + node) }));
        made.Configure(Segments);
        return made;
    }

    private static (byte[] Buffer, int Offset) WithRoom(byte[] packet)
    {
        byte[] buffer = new byte[128 + packet.Length];
        packet.CopyTo(buffer, 128);
        return (buffer, 128);
    }

    private void Step()
    {
        Now += TimeSpan.FromMilliseconds(1);
        for (int member = 0; member < _stopped.Length; member++)
        {
            if (IsRunning(member))
            {
                Receive(member);
                Watch(member);
                Advance(member);
                Flush(member);
                Release(member);
            }
        }
    }

    private void Receive(int member)
    {
        _due.Clear();
        _due.AddRange(_wire[member].FindAll(message => message.At <= Now));
        _ = _wire[member].RemoveAll(message => message.At <= Now);
        foreach (Datagram message in _due)
        {
            _heard[member, message.From] = Now;
            if (message.Kind == DatagramKind.Packet)
            {
                Take(member, (byte[])message.Bytes.Clone());
            }
            else if (message.Kind == DatagramKind.Message && member < Gateways.Length)
            {
                _ = Gateways[member].Receive(message.Bytes, AddressOf(message.From));
            }
            else if (message.Kind == DatagramKind.Message)
            {
                _ = Nodes[member - Gateways.Length].Receive(message.Bytes, AddressOf(message.From), ClockOf(member));
            }

            Flush(member);
            Release(member);
        }
    }

    /// <summary>Sends packets whose flow the backup knows by now.</summary>
    private void Release(int member)
    {
        byte[] packet = new byte[Options.MtuBytes];
        while (member >= Gateways.Length && Nodes[member - Gateways.Length].TryTakeCommitted(packet, out SaseVerdict verdict))
        {
            Follow(member, verdict, packet);
        }
    }

    private void Take(int member, byte[] packet)
    {
        (byte[] buffer, int offset) = WithRoom(packet);
        SaseVerdict verdict = member < Gateways.Length
            ? Gateways[member].FromNode(buffer, offset, packet.Length)
            : Nodes[member - Gateways.Length].FromTunnel(buffer, offset, packet.Length, ClockOf(member));
        if (verdict.Action == SaseAction.ToTenant && Options.Encapsulation == ServiceEncapsulation.Geneve)
        {
            // Outer headers, Geneve, and the header of the first option stand in front of the epoch.
            var epoch = new Epoch(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(28 + 8 + 4)));
            OnAccepted?.Invoke(member, verdict.Segment, MemberAt(IPv4Address.Read(packet.AsSpan(12))) - Gateways.Length, epoch);
        }

        Follow(member, verdict, buffer);
    }

    private void Follow(int member, SaseVerdict verdict, byte[] buffer)
    {
        // A flow's record goes ahead of its first packet.
        Flush(member);
        if (verdict.Drop != SaseDrop.None)
        {
            OnDrop?.Invoke(member, verdict.Drop);
        }

        byte[] packet = buffer.AsSpan(verdict.Offset, verdict.Length).ToArray();
        switch (verdict.Action)
        {
            case SaseAction.ToTunnel:
                Assert.True(IPv4View.TryParse(packet, out IPv4View outer));
                Send(member, MemberAt(outer.Destination), packet, DatagramKind.Packet);
                break;
            case SaseAction.ToTenant:
                OnTenant?.Invoke(member, verdict.Segment, packet);
                break;
            case SaseAction.ToUplink:
                OnUplink?.Invoke(member - Gateways.Length, verdict.Segment, packet);
                break;
            default:
                break;
        }
    }

    /// <summary>What BFD does: a member that is not heard for the detection time is down, one that is heard is up.</summary>
    private void Watch(int member)
    {
        for (int other = 0; other < _stopped.Length; other++)
        {
            if (other == member || (member < Gateways.Length && other < Gateways.Length))
            {
                continue;
            }

            if ((Now - Start).Ticks % Hello.Ticks == 0)
            {
                Send(member, other, [], DatagramKind.Hello);
            }

            bool up = Now - _heard[member, other] <= Detection;
            if (up != _up[member, other])
            {
                _up[member, other] = up;
                Tell(member, other - Gateways.Length, up);
            }
        }
    }

    private void Tell(int member, int node, bool up)
    {
        if (node < 0)
        {
            return;
        }

        if (member >= Gateways.Length && up)
        {
            Nodes[member - Gateways.Length].PeerUp(node);
        }
        else if (member >= Gateways.Length)
        {
            Nodes[member - Gateways.Length].PeerDown(node);
        }
        else if (up)
        {
            Gateways[member].NodeUp(node);
        }
        else
        {
            Gateways[member].NodeDown(node, ClockOf(member));
        }
    }

    private void Advance(int member)
    {
        if (member < Gateways.Length)
        {
            Gateways[member].Advance(ClockOf(member));
        }
        else
        {
            Nodes[member - Gateways.Length].Advance(ClockOf(member));
        }
    }

    private void Flush(int member)
    {
        Span<byte> message = stackalloc byte[1400];
        if (member < Gateways.Length)
        {
            while (Gateways[member].TryTakeMessage(message, out int length, out IPv4Address to))
            {
                Send(member, MemberAt(to), message[..length].ToArray(), DatagramKind.Message);
            }

            return;
        }

        while (Nodes[member - Gateways.Length].TryTakeMessage(message, out int length, out IPv4Address to, ClockOf(member)))
        {
            Send(member, MemberAt(to), message[..length].ToArray(), DatagramKind.Message);
        }
    }

    private void Send(int from, int to, byte[] bytes, DatagramKind kind)
    {
        if (to < 0 || _cut[from, to] || _stopped[to] == Timestamp.MaxValue || (kind != DatagramKind.Hello && _random.NextDouble() < Loss))
        {
            return;
        }

        int copies = _random.NextDouble() < Duplication ? 2 : 1;
        for (int copy = 0; copy < copies; copy++)
        {
            _wire[to].Add(new Datagram(from, to, Now + TimeSpan.FromMilliseconds(1 + _random.Next(JitterMilliseconds + 1)), kind, bytes));
        }
    }

    private int MemberAt(IPv4Address address)
    {
        for (int member = 0; member < _stopped.Length; member++)
        {
            if (AddressOf(member) == address)
            {
                return member;
            }
        }

        return -1;
    }

    private IPv4Address AddressOf(int member) => member < Gateways.Length ? Options.Gateways[member] : Options.Nodes[member - Gateways.Length];

    private enum DatagramKind
    {
        Hello,
        Message,
        Packet,
    }

    private sealed record Datagram(int From, int To, Timestamp At, DatagramKind Kind, byte[] Bytes);
}
