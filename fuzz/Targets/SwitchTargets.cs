using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Weft.Fuzz.Mutation;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Fuzz.Targets;

/// <summary>A whole switch of one of the samples, or of a configuration made for this: whatever comes in at its ports, its books balance.</summary>
internal abstract partial class SwitchTarget(string sample) : EngineTarget<SwitchTarget.Rig>
{
    private const int MaxWords = 96;

    private readonly Lazy<SwitchPlan> _plan = new(() => ReadPlan(sample));
    private readonly List<byte[]> _words = [.. WordsOf(File.ReadAllText(PathOf(sample)))];

    public override string Name => "switch-" + sample;

    public override string What => $"all of {sample}.yaml: {string.Join(", ", Assemblies)}";

    public override int CasesOfLife => 100;

    protected override IReadOnlyList<byte[]> Words => _words;

    /// <summary>The captures, and everybody asking for and talking to everybody that the configuration names.</summary>
    public override IEnumerable<byte[]> Beginnings()
    {
        byte[][] addresses = [.. _words.Where(word => word.Length == 4)];
        byte ports = (byte)_plan.Value.Ports.Count;
        for (byte port = 0; port < ports; port++)
        {
            byte from = port;
            yield return [.. addresses.SelectMany(target => Script.Step(from, 60, Ask(addresses[from % addresses.Length], target)))];
            foreach (byte[] target in addresses)
            {
                byte[] talk = Talk(addresses[^1], target);
                yield return [.. Script.Step(from, 0, Ask(addresses[^1], target)), .. Script.Step(from, 90, talk), .. Script.Step((byte)((from + 1) % ports), 90, talk)];
            }
        }

        foreach (byte[] conversation in base.Beginnings())
        {
            yield return conversation;
        }
    }

    protected override Rig Make(Timestamp start) => new(_plan.Value, start, Hear);

    protected override void Step(Rig engine, in ScriptStep step, Timestamp now) => engine.Pass(step.Where, step.Bytes, now);

    /// <summary>Who the switch says it is becomes a word: without its MAC address nothing gets past its bridge.</summary>
    private void Hear(byte[] mac)
    {
        if (_words.Count < MaxWords && !_words.Exists(word => word.AsSpan().SequenceEqual(mac)))
        {
            _words.Add(mac);
        }
    }

    private static string PathOf(string sample) => Path.Combine(AppContext.BaseDirectory, "samples", sample + ".yaml");

    private static SwitchPlan ReadPlan(string sample)
    {
        ConfigurationResult result = ConfigurationFile.Read(PathOf(sample));
        return result.Plan is { } plan
            ? plan with { VectorSize = 64 }
            : throw new InvalidOperationException($"{sample}: {string.Join("; ", result.Problems)}");
    }

    private static IEnumerable<byte[]> WordsOf(string text)
    {
        foreach (string address in Address4().Matches(text).Select(match => match.Value).Distinct())
        {
            if (IPv4Address.TryParse(address, out IPv4Address parsed))
            {
                byte[] word = new byte[4];
                parsed.Write(word);
                yield return word;
            }
        }

        foreach (string mac in Mac().Matches(text).Select(match => match.Value).Distinct())
        {
            byte[] word = new byte[6];
            MacAddress.Parse(mac).Write(word);
            yield return word;
        }

        foreach (string number in Number().Matches(text).Select(match => match.Groups[1].Value).Distinct())
        {
            byte[] word = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(word, ushort.Parse(number, System.Globalization.CultureInfo.InvariantCulture));
            yield return word;
        }
    }

    private static byte[] Ask(ReadOnlySpan<byte> from, ReadOnlySpan<byte> target)
    {
        byte[] frame = new byte[60];
        int at = new EthernetHeader { Destination = MacAddress.Broadcast, Source = MacOf(from), EtherType = EtherType.Arp }.Write(frame);
        frame.AsSpan(at).Clear();
        new byte[] { 0, 1, 8, 0, 6, 4, 0, 1 }.CopyTo(frame, at);
        MacOf(from).Write(frame.AsSpan(at + 8));
        from.CopyTo(frame.AsSpan(at + 14));
        target.CopyTo(frame.AsSpan(at + 24));
        return frame;
    }

    private static byte[] Talk(ReadOnlySpan<byte> from, ReadOnlySpan<byte> target)
    {
        byte[] frame = new byte[60];
        int at = new EthernetHeader { Destination = MacOf(target), Source = MacOf(from), EtherType = EtherType.IPv4 }.Write(frame);
        at += new IPv4Header { Source = IPv4Address.Read(from), Destination = IPv4Address.Read(target), Protocol = IpProtocol.Udp, PayloadLength = 26 }.Write(frame.AsSpan(at));
        _ = new UdpHeader(4000, 53, 18).Write(frame.AsSpan(at));
        return frame;
    }

    private static MacAddress MacOf(ReadOnlySpan<byte> address) => new(0x0200_0000_0000UL + BinaryPrimitives.ReadUInt32BigEndian(address));

    [GeneratedRegex(@"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex Address4();

    [GeneratedRegex(@"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b")]
    private static partial Regex Mac();

    [GeneratedRegex(@"(?:[pP]ort|ports|vni|id): \D*(\d{2,4})\b")]
    private static partial Regex Number();

    internal sealed class Rig : IDisposable
    {
        private const int MaxRounds = 64;

        private readonly MemoryLink[] _links;
        private readonly Switch _switch;
        private readonly Action<byte[]> _heard;
        private readonly byte[] _buffer = new byte[65_536];

        public Rig(SwitchPlan plan, Timestamp start, Action<byte[]> heard)
        {
            _heard = heard;
            _links = [.. plan.Ports.Select(port => new MemoryLink(port.Name, "far-" + port.Name, new MemoryLinkOptions { QueueFrames = 512, MaxFrameBytes = 9_000 }))];
            _switch = new Switch(plan, [.. _links.Select(link => link.Left)], new SwitchOptions { Seed = new HashSeed(1, 2), Start = start });
        }

        public void Pass(byte where, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            _ = _links[where % _links.Length].Right.TrySend(bytes, now);
            int rounds = 0;
            while (_switch.RunOnce(now) > 0)
            {
                Require(++rounds < MaxRounds, "frames that never come to rest");
            }

            Require(_switch.Totals.Balanced, $"books that do not balance: {_switch.Totals}");
            foreach (MemoryLink link in _links)
            {
                while (link.Right.TryReceive(_buffer, now, out int length))
                {
                    Require(length >= 14, "a frame that was sent without a header");
                    _heard(_buffer[6..12]);
                }
            }
        }

        /// <summary>What the switch knows.</summary>
        public Weft.Host.Observe.SwitchSnapshot Snapshot() => _switch.Snapshot();

        public void Dispose()
        {
            _switch.Dispose();
            foreach (MemoryLink link in _links)
            {
                link.Dispose();
            }
        }
    }
}

internal sealed class VxlanSwitchTarget() : SwitchTarget("vxlan-gateway")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Encap", "Bridge"];
}

internal sealed class ProtectedSwitchTarget() : SwitchTarget("protected")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Bridge"];
}

internal sealed class RouterSwitchTarget() : SwitchTarget("router")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Packets"];
}

internal sealed class NatSwitchTarget() : SwitchTarget("nat")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Nat"];
}

internal sealed class LbSwitchTarget() : SwitchTarget("lb")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Lb"];
}

internal sealed class ServicesSwitchTarget() : SwitchTarget("services")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Services"];
}

internal sealed class SaseNodeSwitchTarget() : SwitchTarget("sase-node")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Sase"];
}

internal sealed class SaseGatewaySwitchTarget() : SwitchTarget("sase-gateway")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Sase"];
}

internal sealed class MulticastSwitchTarget() : SwitchTarget("multicast")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Multicast"];
}

internal sealed class MeshSwitchTarget() : SwitchTarget("mesh")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Mesh"];
}

internal sealed class IdsSwitchTarget() : SwitchTarget("ids-inline")
{
    public override IReadOnlyList<string> Assemblies => ["Host", "Ids"];
}
