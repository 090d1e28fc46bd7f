using Weft.Encap;
using Weft.Fuzz.Mutation;
using Weft.Packets;

namespace Weft.Fuzz.Targets;

/// <summary>Frames to a tunnel endpoint, and what it makes of fragments.</summary>
internal sealed class TunnelsTarget : EngineTarget<TunnelsTarget.Endpoint>
{
    private static readonly VtepAddress Here = VtepAddress.Parse("192.0.2.1");
    private static readonly VtepAddress There = VtepAddress.Parse("192.0.2.2");
    private static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:01");

    public override string Name => "tunnels";

    public override string What => "VXLAN and Geneve endpoints, fragments in outer headers, path MTU, echo, neighbours";

    public override IReadOnlyList<string> Assemblies => ["Encap", "Packets"];

    public override IEnumerable<byte[]> Beginnings() => base.Beginnings().Concat(Own());

    protected override IReadOnlyList<byte[]> Words => [[192, 0, 2, 1], [192, 0, 2, 2], [2, 0, 0, 0, 0, 1], [0x12, 0xB5], [0x17, 0xC1], [0, 0, 0x13, 0x89]];

    protected override Endpoint Make(Timestamp start) => new(start);

    protected override void Step(Endpoint engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    /// <summary>Whole and cut frames as the other endpoint would send them.</summary>
    private static IEnumerable<byte[]> Own()
    {
        foreach (TunnelProtocol protocol in new[] { TunnelProtocol.Vxlan, TunnelProtocol.Geneve })
        {
            var encapsulator = new TunnelEncapsulator(Options(protocol) with { Address = There, Mac = MacAddress.Parse("02:00:00:00:00:02") });
            TunnelPeer peer = encapsulator.CreatePeer(Here);
            peer.SetNextHop(Mac);
            byte[] inner = [.. Captures.Frames().First()];
            byte[] buffer = [.. new byte[peer.HeaderBytes], .. inner];
            _ = PacketLayout.TryParse(inner, out PacketLayout layout);
            _ = encapsulator.WriteHeader(buffer.AsSpan(0, peer.HeaderBytes), inner, layout, peer, 5001);
            yield return [.. Script.Step(0, 0, buffer), .. Script.Step(1, 90, buffer)];
        }
    }

    private static VtepOptions Options(TunnelProtocol protocol) => new() { Protocol = protocol, Address = Here, Mac = Mac, EntropySeed = new HashSeed(1, 2), AcceptZeroChecksumOverIPv6 = true };

    internal sealed class Endpoint(Timestamp start) : IDisposable
    {
        private readonly TunnelDecapsulator _vxlan = new(Options(TunnelProtocol.Vxlan));
        private readonly TunnelDecapsulator _geneve = new(Options(TunnelProtocol.Geneve));
        private readonly TunnelReassembler _reassembler = new(new ReassemblyOptions { Seed = new HashSeed(3, 4) });
        private readonly PacketTooBigResponder _tooBig = new(100, start);
        private readonly EchoResponder _echo = new(Here, Mac);
        private readonly byte[] _frame = new byte[FrameBytes * 8];
        private readonly byte[] _answer = new byte[2_048];

        public void Take(byte where, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            Span<byte> frame = _frame.AsSpan(0, bytes.Length);
            bytes.CopyTo(frame);
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            int answered = _tooBig.Write(frame, in layout, 1_280, now, _answer);
            Require(answered >= 0 && answered <= _answer.Length, "an answer longer than its room");
            if (((where & 1) == 0 ? _vxlan : _geneve).Decapsulate(frame, in layout, out DecapsulatedFrame inner) is DecapVerdict.Decapsulated or DecapVerdict.Fragment)
            {
                Require(inner.InnerOffset >= 0 && inner.InnerOffset + inner.InnerLength <= frame.Length, "an inner frame beyond the outer");
            }

            if (bytes.Length > 12)
            {
                var info = new FragmentInfo(bytes[0], (ushort)((bytes[1] << 8) | bytes[2]), (ushort)((bytes[3] << 8) | bytes[4]));
                var source = new FragmentSource((where & 2) == 0 ? Here : There, 100, 0);
                if (_reassembler.Add(source, info, bytes[5..], where & 3, now, out DatagramHandle handle) == ReassemblyVerdict.Completed)
                {
                    Require(_reassembler.Bytes(handle).Length == info.TotalLength, "a datagram of another length");
                    Require(_reassembler.Release(handle), "a datagram that was not there");
                }
            }

            _ = _reassembler.Expire(now, 8);
            bytes.CopyTo(frame);
            _ = _echo.TryAnswer(frame, in layout);
        }

        public void Dispose() => _reassembler.Dispose();
    }
}

internal sealed class EspTarget : EngineTarget<EspTarget.Opener>
{
    public override string Name => "esp";

    public override string What => "ESP in UDP and alone, forged and replayed";

    public override IReadOnlyList<string> Assemblies => ["Encap"];

    public override IEnumerable<byte[]> Beginnings()
    {
        using var outbound = new EspOutboundSa(Keys());
        byte[] packet = [.. Captures.Frames().First(frame => PacketLayout.TryParse(frame, out PacketLayout layout) && layout.IsIPv4 && layout.Protocol == IpProtocol.Udp)];
        for (int i = 0; i < 3; i++)
        {
            byte[] room = [.. new byte[EspSealer.MaxTransportHeadroom], .. packet, .. new byte[EspSealer.MaxTailroom]];
            (int offset, int length) = (EspSealer.MaxTransportHeadroom, packet.Length);
            _ = PacketLayout.TryParse(packet, out PacketLayout layout);
            _ = EspSealer.SealTransport(outbound, room, ref offset, ref length, layout);
            yield return [.. Script.Step(0, 0, room.AsSpan(offset, length)), .. Script.Step(0, 0, room.AsSpan(offset, length))];
        }
    }

    protected override Opener Make(Timestamp start) => new();

    protected override void Step(Opener engine, in ScriptStep step, Timestamp now) => engine.Take(step.Bytes);

    private static EspSaOptions Keys() => new() { Spi = 0x1000, Algorithm = AeadAlgorithm.Aes128Gcm, KeyMaterial = Enumerable.Range(1, 20).Select(i => (byte)i).ToArray(), ExtendedSequence = true, Udp = new EspUdpPorts(49_999) };

    internal sealed class Opener : IDisposable
    {
        private readonly EspInboundSa _inbound = new(Keys());
        private readonly EspOpener _opener;
        private readonly byte[] _frame = new byte[FrameBytes];

        public Opener()
        {
            var database = new SecurityAssociationDatabase(capacity: 16, new HashSeed(3, 4));
            _ = database.TryAdd(_inbound);
            _opener = new EspOpener(database);
        }

        public void Take(ReadOnlySpan<byte> bytes)
        {
            Span<byte> frame = _frame.AsSpan(0, Math.Min(bytes.Length, _frame.Length));
            bytes[..frame.Length].CopyTo(frame);
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            if (_opener.Open(frame, in layout, out OpenedFrame opened) == EspStatus.Ok)
            {
                Require(opened.Offset >= 0 && opened.Offset + opened.Length <= frame.Length, "an opened frame beyond the sealed one");
            }
        }

        public void Dispose() => _inbound.Dispose();
    }
}
