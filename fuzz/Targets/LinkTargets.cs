using Weft.Bridge;
using Weft.Fuzz.Mutation;
using Weft.Packets;

namespace Weft.Fuzz.Targets;

/// <summary>What neighbours of a port say: frames of link protocols, which a mutator of IP packets would not know how to take apart.</summary>
internal abstract class LinkTarget<TEngine> : EngineTarget<TEngine> where TEngine : IDisposable
{
    /// <summary>Seconds that a link protocol is used to wait, as a step of a script.</summary>
    protected const byte Second = 160;

    public override IReadOnlyList<string> Assemblies => ["Bridge"];

    public override IMutator Mutator => new ScriptMutator(new ByteMutator(Words));

    protected static MacAddress Mac(int number) => new(0x0200_0000_0000UL + (uint)number);
}

internal sealed class LacpTarget : LinkTarget<LacpTarget.Bond>
{
    public override string Name => "lacp";

    public override string What => "LACP and marker frames at the links of two groups";

    protected override IReadOnlyList<byte[]> Words => [[0x01, 0x80, 0xC2, 0, 0, 2], [0x88, 0x09], [1, 1, 1, 20], [2, 20], [3, 16], [2, 1, 1, 22], [0x3D], [0x3F], [0x80, 0]];

    /// <summary>What another system at the other ends says until both groups carry frames.</summary>
    public override IEnumerable<byte[]> Beginnings()
    {
        using var here = new Bond(Timestamp.FromSeconds(1_000), system: 1);
        using var there = new Bond(Timestamp.FromSeconds(1_000), system: 2);
        var script = new List<byte>();
        for (int second = 0; second < 8; second++)
        {
            Timestamp now = Timestamp.FromSeconds(1_000 + second);
            there.Advance(now);
            here.Advance(now);
            foreach ((int port, byte[] frame) in there.TakeSaid())
            {
                here.Take(port, frame, now);
                script.AddRange(Script.Step((byte)port, Second, frame));
            }

            foreach ((int port, byte[] frame) in here.TakeSaid())
            {
                there.Take(port, frame, now);
            }

            yield return [.. script];
        }
    }

    protected override Bond Make(Timestamp start) => new(start, system: 1);

    protected override void Step(Bond engine, in ScriptStep step, Timestamp now)
    {
        engine.Take(step.Where & 3, step.Bytes, now);
        if ((step.Where & 0x40) != 0)
        {
            engine.Switch(step.Where & 3, (step.Where & 0x80) == 0, now);
        }

        engine.Advance(now);
        foreach ((int port, byte[] frame) in engine.TakeSaid())
        {
            Require(port is >= 0 and < 4 && LinkAggregator.IsSlowProtocol(frame), "a frame that is none of the protocol, or for no link");
        }
    }

    internal sealed class Bond : IDisposable
    {
        private readonly LinkAggregator _links;
        private readonly List<(int Port, byte[] Frame)> _said = [];

        public Bond(Timestamp start, int system)
        {
            _links = new LinkAggregator(new LinkAggregatorOptions
            {
                PortCount = 4,
                Groups =
                [
                    new LinkGroupOptions { Mode = LacpMode.Active, FastRate = true, Members = [new LinkMemberOptions { Port = 0 }, new LinkMemberOptions { Port = 1 }] },
                    new LinkGroupOptions { Mode = LacpMode.Passive, MinLinks = 2, Fallback = true, Members = [new LinkMemberOptions { Port = 2 }, new LinkMemberOptions { Port = 3, Priority = 1 }] },
                ],
                System = Mac(system),
                Seed = new HashSeed(1, (ulong)system),
                Start = start,
            });
            for (int port = 0; port < 4; port++)
            {
                _links.SetEnabled(port, enabled: true, start);
            }
        }

        public void Take(int port, ReadOnlySpan<byte> frame, Timestamp now)
        {
            var sink = new Listener(_said);
            _ = _links.Receive(port, frame, now, ref sink);
        }

        public void Switch(int port, bool enabled, Timestamp now) => _links.SetEnabled(port, enabled, now);

        public void Advance(Timestamp now)
        {
            var sink = new Listener(_said);
            _links.Advance(now, ref sink);
            for (int group = 0; group < 2; group++)
            {
                int usable = _links.Usable(group);
                int port = _links.PortOf(group, (uint)now.Nanoseconds);
                Require(usable is >= 0 and <= 2 && (port < 0 || port / 2 == group), "a frame for a link of another group");
            }
        }

        public List<(int Port, byte[] Frame)> TakeSaid()
        {
            List<(int, byte[])> said = [.. _said];
            _said.Clear();
            return said;
        }

        public void Dispose() => _said.Clear();
    }

    private readonly struct Listener(List<(int Port, byte[] Frame)> said) : ILinkSink
    {
        public void Send(int port, scoped ReadOnlySpan<byte> frame) => said.Add((port, frame.ToArray()));
    }
}

internal sealed class LldpTarget : LinkTarget<LldpTarget.Agent>
{
    public override string Name => "lldp";

    public override string What => "LLDP frames of neighbours that come, change and go";

    protected override IReadOnlyList<byte[]> Words => [[0x01, 0x80, 0xC2, 0, 0, 0x0E], [0x88, 0xCC], [2, 7, 4], [4, 3, 5], [6, 2, 0, 120], [6, 2, 0, 0], [0, 0], [0x10, 12, 5, 1], [0x10, 24, 17, 2], [0xFE, 6, 0, 0x80, 0xC2, 1], [0xFF, 0xFF], [0x0E, 4]];

    public override IEnumerable<byte[]> Beginnings()
    {
        using var there = new Agent(Timestamp.FromSeconds(1_000), system: 2);
        there.Advance(Timestamp.FromSeconds(1_001));
        byte[][] frames = [.. there.Said];
        yield return [.. frames.SelectMany((frame, port) => Script.Step((byte)port, Second, frame))];
        there.Say();
        yield return [.. frames.Concat(there.Said).SelectMany((frame, port) => Script.Step((byte)port, Second, frame))];
    }

    protected override Agent Make(Timestamp start) => new(start, system: 1);

    protected override void Step(Agent engine, in ScriptStep step, Timestamp now)
    {
        engine.Take(step.Where & 1, step.Bytes, now);
        engine.Advance(now);
        engine.Said.Clear();
    }

    internal sealed class Agent : IDisposable
    {
        private readonly LldpAgent _agent;

        public Agent(Timestamp start, int system) => _agent = new LldpAgent(new LldpAgentOptions
        {
            Ports = [new LldpPortOptions { Name = "one", Mac = Mac(16 + system), Transmits = true, Receives = true, Pvid = 7, MaxFrameBytes = 1_522, AggregatedPort = 3 }, new LldpPortOptions { Name = "two", Mac = Mac(32 + system), Transmits = true, Receives = true }],
            Chassis = Mac(system),
            SystemName = "sw",
            SystemDescription = "a switch",
            IsRouter = true,
            ManagementAddress4 = IPv4Address.Parse("192.0.2.1"),
            ManagementAddress6 = IPv6Address.Parse("2001:db8::1"),
            MaxNeighborsPerPort = 3,
            Start = start,
        });

        public List<byte[]> Said { get; } = [];

        public void Take(int port, ReadOnlySpan<byte> frame, Timestamp now)
        {
            LldpVerdict verdict = _agent.Receive(port, frame, now, out LldpNeighbor? neighbor);
            Require(neighbor is null || verdict is not LldpVerdict.Malformed, "a neighbour made of a malformed frame");
        }

        public void Advance(Timestamp now)
        {
            var sink = new Listener(Said);
            _agent.Advance(now, ref sink);
            for (int port = 0; port < 2; port++)
            {
                Require(_agent.Neighbors(port).Count() <= 3, "more neighbours than there is room for");
            }
        }

        /// <summary>Takes its leave of everybody.</summary>
        public void Say()
        {
            Said.Clear();
            var sink = new Listener(Said);
            _agent.Shutdown(-1, ref sink);
        }

        public void Dispose() => Said.Clear();
    }

    private readonly struct Listener(List<byte[]> said) : ILinkSink
    {
        public void Send(int port, scoped ReadOnlySpan<byte> frame) => said.Add(frame.ToArray());
    }
}
